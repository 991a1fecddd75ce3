import type { Series } from '../../broker/contract/api.ts';
import { type Counters, judge, type StoredRows, sumUp, type Verdict } from './judge.ts';
import type { DeviceLedger } from './ledger.ts';
import type { Load, Unanswered } from './load.ts';
import type { Topology } from './topology.ts';

/** What stood when everything had settled. */
export interface Check {
  afterStep: number;
  verdict: Verdict;
  /** Messages whose ack did not come although everything ran again. */
  unanswered: number;
  /** Their event times by device. */
  unansweredKeys: Unanswered;
  /** Of the process that runs now; only where the API shares it with ingest. */
  counters?: Counters;
  tookMs: number;
}

const backlogMsMax = 180_000;
/** So long without another key appearing: what is missing then is lost. */
const stalledMsMax = 20_000;
const pollMs = 250;
/** Width of one read, well below the rows of one answer even if every key were there twice. */
const spanMs = 40_000;

/** Ends the load for a while, waits until everything is stored, and reads every acknowledged key back. */
export async function checkAll(
  topology: Topology,
  load: Load,
  { afterStep }: { afterStep: number },
): Promise<Check> {
  const startedAt = Date.now();
  await topology.untilReady();
  const unansweredKeys = await load.drain();
  await topology.untilReady();
  const joined = topology.processes.length === 1;
  if (joined) await awaitBacklog(topology);
  const verdict = await readUntilSettled(topology, load);
  return {
    afterStep,
    verdict,
    unanswered: Object.values(unansweredKeys).flat().length,
    unansweredKeys,
    ...(joined ? { counters: await readCounters(topology) } : {}),
    tookMs: Date.now() - startedAt,
  };
}

async function awaitBacklog({ api }: Topology): Promise<void> {
  const until = Date.now() + backlogMsMax;
  while (Date.now() < until) {
    const backlog = await api.platform.metric('journal_backlog_bytes').catch(() => undefined);
    if (backlog === 0) return;
    await pause(pollMs);
  }
}

/** Reads again while keys still appear, e.g. out of the queue between broker and ingest. */
async function readUntilSettled(topology: Topology, load: Load): Promise<Verdict> {
  const verdicts = new Map<DeviceLedger, Verdict>();
  let missing = Number.POSITIVE_INFINITY;
  let progressAt = Date.now();
  for (;;) {
    for (const ledger of load.ledgers) {
      if (verdicts.get(ledger)?.lost === 0) continue;
      verdicts.set(ledger, judge(ledger, await readRows(topology, ledger)));
    }
    const sum = sumUp([...verdicts.values()]);
    if (sum.lost < missing) progressAt = Date.now();
    missing = sum.lost;
    if (sum.lost === 0 || Date.now() - progressAt > stalledMsMax) return sum;
    await pause(pollMs);
  }
}

async function readRows({ api }: Topology, ledger: DeviceLedger): Promise<StoredRows> {
  const at: number[] = [];
  const value: (number | null)[] = [];
  // A second on either side, for rows that nobody sent.
  for (let from = ledger.startAt - 1_000; from < ledger.endAt + 1_000; from += spanMs) {
    const range = `from=${from}&to=${from + spanMs}`;
    const path = `/api/v1/series?device=${ledger.device}&metric=pm10&resolution=raw&${range}`;
    const columns = await readColumns(api.platform, path);
    for (const item of columns.at) at.push(item);
    for (const item of columns.value) value.push(item);
  }
  return { at, value };
}

const nothing: StoredRows = { at: [], value: [] };
const triesMax = 40;

/** A device that the registry does not know has no rows; anything else but rows is tried again. */
async function readColumns(
  platform: Topology['api']['platform'],
  path: string,
): Promise<StoredRows> {
  for (let tries = 1; ; tries++) {
    const response = await platform.api(path).catch(() => undefined);
    if (response?.status === 404) return nothing;
    if (response?.ok) return ((await response.json()) as Series).columns as StoredRows;
    if (tries === triesMax) throw new Error(`${path}: ${await response?.text()}`);
    await pause(pollMs);
  }
}

async function readCounters({ api }: Topology): Promise<Counters> {
  const read = (name: string) => api.platform.metric(`readings_${name}_total`);
  return {
    received: await read('received'),
    stored: await read('stored'),
    duplicate: await read('duplicate'),
    rejected: await read('rejected'),
  };
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
