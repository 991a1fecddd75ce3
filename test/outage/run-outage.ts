import { readFileSync } from 'node:fs';
import { type EventStream, openEventStream } from '../support/event-stream.ts';
import { type Fault, type FaultProxy, startFaultProxy } from '../support/fault-proxy.ts';
import { type InfluxServer, startInfluxServer } from '../support/influx-server.ts';
import { adminToken, type Platform, startPlatform } from '../support/platform.ts';
import { until } from '../support/until.ts';
import { type SteadyLoad, startSteadyLoad } from './steady-load.ts';

export interface OutageOptions {
  /** How long the store is away. */
  outageMs: number;
  /** Messages per second. */
  rate: number;
  devices: number;
  /** Time with the store before it goes away: for the figures to compare with. */
  warmUpMs: number;
  print: (line: string) => void;
}

/** Figures of one phase: before, during and after the outage. */
export interface Phase {
  seconds: number;
  ackedPerS: number;
  ackMsP50: number;
  ackMsP99: number;
  /** Frames of the live stream. */
  framesPerS: number;
  /** The longest time without a frame. */
  frameGapMsMax: number;
  rssMbMax: number;
}

export interface OutageReport {
  before: Phase;
  during: Phase;
  catchUp: Phase;
  /** Growth of the largest memory during the outage and catch-up against before. */
  rssGrowthMb: number;
  backlogMb: number;
  /** From the return of the store to its first confirmed write. */
  noticedMs: number;
  /** Readings that the store took per second while it caught up, and that as a multiple of the rate. */
  storedPerS: number;
  catchUpFactor: number;
  acked: number;
  /** Acknowledged, and not in the store. */
  missing: number;
  /** In the store, and never acknowledged. */
  surplus: number;
  counters: { received: number; stored: number; rejected: number; duplicate: number };
}

/** What the line does while the store is away, one after the other. */
const faults: readonly { name: string; fault?: Fault }[] = [
  { name: 'cut' },
  { name: 'hangs', fault: { kind: 'hang' } },
  { name: '503', fault: { kind: 'answer', status: 503 } },
  { name: '401', fault: { kind: 'answer', status: 401 } },
];

interface Stage {
  platform: Platform;
  influx: InfluxServer;
  proxy: FaultProxy;
  load: SteadyLoad;
  live: EventStream;
}

/** Runs the whole platform through an outage of a real InfluxDB and measures it. */
export async function runOutage(options: OutageOptions): Promise<OutageReport> {
  const influx = await startInfluxServer();
  const proxy = await startFaultProxy(influx.url);
  const platform = await startPlatform({ env: { INFLUX_URL: proxy.url } });
  try {
    const token = await platform.provider('ulm');
    const load = await startSteadyLoad({
      mqttPort: platform.mqttPort,
      provider: 'ulm',
      token,
      devices: options.devices,
      rate: options.rate,
    });
    const live = await openEventStream(`${platform.url}/api/v1/live`, {
      authorization: `Bearer ${adminToken}`,
    });
    try {
      return await measure({ platform, influx, proxy, load, live }, options);
    } finally {
      live.close();
      await load.stop();
    }
  } finally {
    await platform.stop();
    await proxy.stop();
    await influx.remove();
  }
}

async function measure(stage: Stage, options: OutageOptions): Promise<OutageReport> {
  const { platform, proxy, load } = stage;
  const { print, rate } = options;
  const storedTotal = () => platform.metric('readings_stored_total');
  const backlog = () => platform.metric('journal_backlog_bytes');
  await until('the first readings to be stored', async () => (await storedTotal()) > 0, 20_000);

  const before = await watch(stage, within(options.warmUpMs));
  print(line('before', before));

  const parts: Phase[] = [];
  for (const { name, fault } of faults) {
    await proxy.restore();
    proxy.behave(...(fault ? [{ fault }] : []));
    if (!fault) await proxy.cut();
    const part = await watch(stage, within(options.outageMs / faults.length));
    parts.push(part);
    print(line(`away: ${name}`, part));
  }
  const backlogMb = (await backlog()) / 1e6;

  const storedBefore = await storedTotal();
  const returnedAt = performance.now();
  await proxy.restore();
  proxy.behave();
  let firstAt = 0;
  let caughtUpAt = 0;
  let storedAfter = storedBefore;
  const catchUp = await watch(stage, async () => {
    const stored = await storedTotal();
    if (firstAt === 0 && stored > storedBefore) firstAt = performance.now();
    // What arrives within a second is what the sink gathers anyway.
    if (stored < load.ackedCount() - rate) return performance.now() - returnedAt > 600_000;
    caughtUpAt = performance.now();
    storedAfter = stored;
    return true;
  });
  print(line('catch-up', catchUp));

  await load.stop();
  await until('rest', async () => (await backlog()) === 0 && stage.load.waiting() === 0, 60_000);
  const { missing, surplus } = await compare(stage);
  const storedPerS = (storedAfter - storedBefore) / ((caughtUpAt - firstAt) / 1000);
  const during = merged(parts);
  const [received = 0, stored = 0, rejected = 0, duplicate = 0] = await Promise.all(
    ['received', 'stored', 'rejected', 'duplicate'].map((name) =>
      platform.metric(`readings_${name}_total`),
    ),
  );
  return {
    before,
    during,
    catchUp,
    rssGrowthMb: Math.max(during.rssMbMax, catchUp.rssMbMax) - before.rssMbMax,
    backlogMb,
    noticedMs: firstAt - returnedAt,
    storedPerS,
    catchUpFactor: storedPerS / rate,
    acked: load.ackedCount(),
    missing,
    surplus,
    counters: { received, stored, rejected, duplicate },
  };
}

/** Looks on, five times a second, until `isOver`. */
async function watch(stage: Stage, isOver: () => boolean | Promise<boolean>): Promise<Phase> {
  const { load, live, platform } = stage;
  const beganAt = performance.now();
  const ackedBefore = load.ackedCount();
  load.takeLatencies();
  live.events.length = 0;
  let frames = 0;
  let lastFrameAt = beganAt;
  let frameGapMsMax = 0;
  let rssMbMax = 0;
  while (!(await isOver())) {
    await new Promise((resolve) => setTimeout(resolve, 200));
    const now = performance.now();
    if (live.events.length > 0) {
      frames += live.events.length;
      live.events.length = 0;
      lastFrameAt = now;
    }
    frameGapMsMax = Math.max(frameGapMsMax, now - lastFrameAt);
    rssMbMax = Math.max(rssMbMax, rssMb(platform));
  }
  const seconds = (performance.now() - beganAt) / 1000;
  const latencies = load.takeLatencies();
  return {
    seconds,
    ackedPerS: (load.ackedCount() - ackedBefore) / seconds,
    ackMsP50: latencies[Math.floor(latencies.length * 0.5)] ?? Number.NaN,
    ackMsP99: latencies[Math.floor(latencies.length * 0.99)] ?? Number.NaN,
    framesPerS: frames / seconds,
    frameGapMsMax,
    rssMbMax,
  };
}

function within(ms: number): () => boolean {
  const endAt = performance.now() + ms;
  return () => performance.now() >= endAt;
}

function rssMb({ process: { pid } }: Platform): number {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  return Number(/VmRSS:\s+(\d+) kB/.exec(status)?.[1]) / 1000;
}

/** Reads back, past the platform, what the store holds of each device: number and sum of the values. */
async function compare({ influx, load }: Stage): Promise<{ missing: number; surplus: number }> {
  const answer = (await influx.query(
    'SELECT count("value"), sum("value") FROM "pm10" GROUP BY "device"',
    'sensorplatz_raw',
  )) as { results: { series?: { tags: { device: string }; values: number[][] }[] }[] };
  const stored = new Map(
    (answer.results[0]?.series ?? []).map(({ tags, values }) => [tags.device, values[0] ?? []]),
  );
  let missing = 0;
  let surplus = 0;
  for (const [device, { count, sum }] of load.acked) {
    const [, storedCount = 0, storedSum = 0] = stored.get(device) ?? [];
    missing += Math.max(0, count - storedCount);
    surplus += Math.max(0, storedCount - count);
    // The same number of other readings would be a loss too.
    if (storedCount === count && storedSum !== sum) missing++;
  }
  return { missing, surplus };
}

function merged(parts: readonly Phase[]): Phase {
  const seconds = parts.reduce((sum, part) => sum + part.seconds, 0);
  const mean = (of: (part: Phase) => number) =>
    parts.reduce((sum, part) => sum + of(part) * part.seconds, 0) / seconds;
  const most = (of: (part: Phase) => number) => Math.max(...parts.map(of));
  return {
    seconds,
    ackedPerS: mean((part) => part.ackedPerS),
    ackMsP50: mean((part) => part.ackMsP50),
    ackMsP99: most((part) => part.ackMsP99),
    framesPerS: mean((part) => part.framesPerS),
    frameGapMsMax: most((part) => part.frameGapMsMax),
    rssMbMax: most((part) => part.rssMbMax),
  };
}

function line(name: string, phase: Phase): string {
  const { seconds, ackedPerS, ackMsP50, ackMsP99, framesPerS, frameGapMsMax, rssMbMax } = phase;
  return [
    name.padEnd(12),
    `${seconds.toFixed(0)} s`.padStart(7),
    `${ackedPerS.toFixed(0)} acks/s`.padStart(13),
    `ack p50 ${ackMsP50.toFixed(1)} p99 ${ackMsP99.toFixed(1)} ms`.padStart(28),
    `${framesPerS.toFixed(1)} frames/s, gap ${frameGapMsMax.toFixed(0)} ms`.padStart(28),
    `RSS ${rssMbMax.toFixed(0)} MB`.padStart(12),
  ].join('  ');
}
