import type { Device } from '../../../broker/contract/device.ts';
import { type DeviceKey, deviceKey } from '../../../broker/contract/ids.ts';
import type { MetricName } from '../../../broker/contract/metrics.ts';
import { emptyTierColumns, type TierColumns } from '../../../broker/contract/series.ts';
import { windowStart } from '../../../broker/contract/windows.ts';
import { measuredBy } from '../../../ingest/domain/waste/container-facts.ts';
import {
  type FillHistory,
  fillHistory,
  fillsOfHours,
} from '../../../ingest/domain/waste/fill-hours.ts';
import type { FillSample } from '../../../ingest/domain/waste/forecast.ts';
import { readRollupsOfMany } from '../../../ingest/store/read-of-many.ts';
import type { Context } from '../context.ts';
import { DeviceMemory, type Look } from '../device-memory.ts';
import { apiLimits } from '../limits.ts';
import type { ReadQueue } from '../read-queue.ts';

const hourMs = 3_600_000;
/** How far back filling is looked at. */
export const historyMs = 30 * 24 * hourMs;

/** The hours of a container, and what they say; hours that cannot change any more are not read again. */
interface Read {
  samples: readonly FillSample[];
  reportedAt: number | null;
  history: FillHistory;
  readAt: number;
  /** When all of its hours were read. */
  wholeAt: number;
}

/** What was read now of some containers. */
interface Rows {
  found: ReadonlyMap<string, TierColumns | undefined>;
  /** Before this nothing counts; from `from` on it was read now. */
  oldest: number;
  from: number;
  now: number;
}

/** How often a container is looked at again: it fills in days. */
const freshMs = 5 * 60_000;
const staleMs = 2 * hourMs;
/** Hours of the last few are always read; once a day all, since late readings correct them. */
const againMs = 3 * hourMs;
const wholeMs = 24 * hourMs;

/** How containers filled in the last 30 days, by the first and last value of each hour. */
export class FillHistories {
  readonly #context: Context;
  readonly #memory: DeviceMemory<Read>;

  constructor(context: Context, queue: ReadQueue) {
    this.#context = context;
    this.#memory = new DeviceMemory<Read>({
      clock: context.deps.clock,
      queue,
      atOnce: apiLimits.containersAtOnce,
      devicesMax: apiLimits.containersMax,
      freshMs,
      staleMs,
      basis: ({ container }) => JSON.stringify(container ?? {}),
      read: (asked) => this.#read(asked),
    });
  }

  /** The histories of containers, in their order, as far as they are read. */
  look(containers: readonly Device[]): Look<FillHistory> {
    const { whole, values } = this.#memory.look(containers);
    return {
      whole,
      values: () =>
        values().map((read, index) => read && this.#withReport(read, containers[index])),
    };
  }

  /** The history of one container, before all that waits to be read. @throws StoreUnavailable */
  async one(container: Device): Promise<FillHistory> {
    return this.#withReport(await this.#memory.one(container), container);
  }

  /** A report counts at once. */
  #withReport({ samples, reportedAt, history }: Read, device: Device | undefined): FillHistory {
    const newest = device ? this.#reportedAt(device) : null;
    return newest === reportedAt ? history : fillHistory(samples, newest);
  }

  #reportedAt({ provider, id }: Device): number | null {
    const reports = this.#context.deps.collections?.of(deviceKey(provider, id)) ?? [];
    return reports.find(({ result }) => result === 'emptied')?.at ?? null;
  }

  async #read(asked: readonly { device: Device; before: Read | undefined }[]): Promise<Read[]> {
    const { clock, store } = this.#context.deps;
    const now = clock();
    const oldest = windowStart('1h', now - historyMs);
    const again = asked.map(({ before }) =>
      before && now - before.wholeAt < wholeMs ? before.readAt - againMs : oldest,
    );
    const from = windowStart('1h', Math.max(oldest, Math.min(...again)));
    const span = { from, to: windowStart('1h', now) + hourMs };
    const series = asked.flatMap(({ device }) => seriesOf(device));
    const rowsMax = (series.length * (span.to - from)) / hourMs;
    const rows = await readRollupsOfMany(store, '1h', { series, ...span, rowsMax });
    const found = new Map<string, TierColumns | undefined>(
      series.map(({ device, metric }, index) => [`${device} ${metric}`, rows[index]]),
    );
    const made: Read[] = [];
    for (const one of asked) {
      made.push(this.#fit(one, { found, oldest, from, now }));
      // A fit takes milliseconds: others have their turn between two.
      await new Promise((resolve) => setImmediate(resolve));
    }
    return made;
  }

  #fit(
    { device, before }: { device: Device; before: Read | undefined },
    { found, oldest, from, now }: Rows,
  ): Read {
    const key = deviceKey(device.provider, device.id);
    const { container } = device;
    const fills = found.get(`${key} ${measuredBy(container)}`) ?? emptyTierColumns();
    const newer = fillsOfHours(fills, container, found.get(`${key} temperature`));
    const kept = (before?.samples ?? []).filter(({ at }) => at >= oldest && at < from);
    const samples = [...kept, ...newer];
    const reportedAt = this.#reportedAt(device);
    const history = fillHistory(samples, reportedAt);
    const wholeAt = from === oldest ? now : (before?.wholeAt ?? 0);
    return { samples, reportedAt, history, readAt: now, wholeAt };
  }
}

function seriesOf({
  provider,
  id,
  container,
}: Device): { device: DeviceKey; metric: MetricName }[] {
  const device = deviceKey(provider, id);
  const fill = { device, metric: measuredBy(container) };
  const isCorrected = container?.echoAssumesC !== undefined && fill.metric === 'distance';
  return isCorrected ? [fill, { device, metric: 'temperature' }] : [fill];
}
