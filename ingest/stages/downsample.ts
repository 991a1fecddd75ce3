import type { Logger } from 'pino';
import type { DeviceKey } from '../../broker/contract/ids.ts';
import type { MetricName } from '../../broker/contract/metrics.ts';
import { type Tier, tiers, windowStart } from '../../broker/contract/windows.ts';
import { ingestLimits } from '../limits.ts';
import type { SeriesWindow, Store, StoredReading } from '../store/store.ts';

/** How often the windows of the finer tiers that have new data are recomputed. */
const everyMs = { '1m': 5_000, '1h': 30_000 } as const;
/** How often all tiers are, and with them the position up to which a restart need not mark again. */
const settleEveryMs = 300_000;

interface SeriesWindows {
  device: DeviceKey;
  metric: MetricName;
  starts: Set<number>;
}

/**
 * Keeps the tiers true: a stored reading marks its window, on time or late, and marked windows are
 * recomputed from the tier below; each recomputed window marks the one above. Marks live in memory:
 * after a crash they are made again from the journal (see the checkpoint's `rolledUpTo`).
 */
export class Downsampler {
  readonly #store: Store;
  readonly #log: Logger;
  readonly #marked: Record<Tier, Map<string, SeriesWindows>> = {
    '1m': new Map(),
    '1h': new Map(),
    '1d': new Map(),
  };
  #count = 0;
  #timers: NodeJS.Timeout[] = [];
  /** Roll-ups run one after the other: two of the same window at once would be work done twice. */
  #turn: Promise<void> = Promise.resolve();

  /** Journal position of the sink, and how far it was when all tiers were last true. */
  #position: () => number = () => 0;
  #settledTo: number;

  constructor(deps: { store: Store; log: Logger }, settledTo: number) {
    this.#store = deps.store;
    this.#log = deps.log;
    this.#settledTo = settledTo;
  }

  /** Begins to recompute by the clock. `position`: all before it is stored and marked. */
  start(position: () => number): void {
    this.#position = position;
    this.#timers = [
      setInterval(() => this.#try(() => this.#rollUpTo('1m')), everyMs['1m']),
      setInterval(() => this.#try(() => this.#rollUpTo('1h')), everyMs['1h']),
      setInterval(() => this.#try(() => this.settle()), settleEveryMs),
    ];
  }

  #try(work: () => Promise<void>): void {
    work().catch((err: unknown) => this.#log.warn({ err }, 'roll-up postponed'));
  }

  stop(): void {
    for (const timer of this.#timers) clearInterval(timer);
    this.#timers = [];
  }

  /** All before this position of the journal is in every tier. */
  get settledTo(): number {
    return this.#settledTo;
  }

  /** Marks the windows of stored readings. At the bound it first rolls up, so that the sink waits. */
  async mark(readings: readonly StoredReading[]): Promise<void> {
    for (const { device, metric, at } of readings)
      this.#mark('1m', device, metric, windowStart('1m', at));
    if (this.#count > ingestLimits.dirtyWindowsMax) await this.settle();
  }

  /** Recomputes every window that is marked now, in every tier. */
  async settle(): Promise<void> {
    const position = this.#position();
    await this.#rollUpTo('1d');
    this.#settledTo = position;
  }

  /** Recomputes what is marked of one series up to a tier: a reader of that tier sees what was stored. */
  settleSeries(device: DeviceKey, metric: MetricName, upTo: Tier): Promise<void> {
    const key = seriesKey(device, metric);
    if (!throughTier(upTo).some((tier) => this.#marked[tier].has(key))) return Promise.resolve();
    return this.#inTurn(async () => {
      for (const tier of throughTier(upTo)) await this.#rollUp(tier, this.#take(tier, key));
    });
  }

  #rollUpTo(upTo: Tier): Promise<void> {
    return this.#inTurn(async () => {
      for (const tier of throughTier(upTo)) {
        // What is marked meanwhile is left for the next time, so that this ends under any load.
        for (let left = this.#marked[tier].size; left > 0; ) {
          const before = this.#marked[tier].size;
          const windows = this.#take(tier);
          left -= before - this.#marked[tier].size;
          await this.#rollUp(tier, windows);
        }
      }
    });
  }

  #inTurn(work: () => Promise<void>): Promise<void> {
    const turn = this.#turn.then(work);
    this.#turn = turn.catch(() => {});
    return turn;
  }

  async #rollUp(tier: Tier, windows: readonly SeriesWindow[]): Promise<void> {
    if (windows.length === 0) return;
    try {
      await this.#store.rollUp(tier, windows);
    } catch (error) {
      for (const { device, metric, start } of windows) this.#mark(tier, device, metric, start);
      throw error;
    }
    const above = tiers[tiers.indexOf(tier) + 1];
    if (!above) return;
    for (const { device, metric, start } of windows) {
      this.#mark(above, device, metric, windowStart(above, start));
    }
  }

  #mark(tier: Tier, device: DeviceKey, metric: MetricName, start: number): void {
    const key = seriesKey(device, metric);
    let series = this.#marked[tier].get(key);
    if (!series) {
      series = { device, metric, starts: new Set() };
      this.#marked[tier].set(key, series);
    }
    if (series.starts.has(start)) return;
    series.starts.add(start);
    this.#count++;
  }

  /** Takes marked windows out, of one series or of as many as one call may roll up. */
  #take(tier: Tier, onlyKey?: string): SeriesWindow[] {
    const windows: SeriesWindow[] = [];
    const marked = this.#marked[tier];
    const keys = onlyKey === undefined ? marked.keys() : [onlyKey];
    for (const key of keys) {
      const series = marked.get(key);
      if (!series) continue;
      marked.delete(key);
      this.#count -= series.starts.size;
      const { device, metric } = series;
      for (const start of series.starts) windows.push({ device, metric, start });
      if (windows.length >= ingestLimits.rollUpBatchMax) break;
    }
    return windows;
  }
}

function seriesKey(device: DeviceKey, metric: MetricName): string {
  return `${device} ${metric}`;
}

function throughTier(tier: Tier): readonly Tier[] {
  return tiers.slice(0, tiers.indexOf(tier) + 1);
}
