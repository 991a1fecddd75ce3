import type { Logger } from 'pino';
import type { DeviceKey } from '../../broker/contract/ids.ts';
import type { MetricName } from '../../broker/contract/metrics.ts';
import { type Tier, tiers, windowStart } from '../../broker/contract/windows.ts';
import { ingestLimits } from '../limits.ts';
import {
  type SeriesWindow,
  type Store,
  type StoredReading,
  StoreUnavailable,
} from '../store/store.ts';

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
  #turnsWaiting = 0;
  /** Series of the call under way: no longer marked, not yet true. */
  #underWay: ReadonlySet<string> = new Set();
  /** Halved when the store fails, so that what takes too long is tried with less; grows again. */
  #batchMax: number = ingestLimits.rollUpBatchMax;

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
      this.#every(everyMs['1m'], () => this.#rollUpTo('1m')),
      this.#every(everyMs['1h'], () => this.#rollUpTo('1h')),
      this.#every(settleEveryMs, () => this.settle()),
    ];
  }

  /** A turn that comes while the last one still waits for the store is left out: nothing piles up. */
  #every(ms: number, work: () => Promise<void>): NodeJS.Timeout {
    let isBusy = false;
    return setInterval(() => {
      if (isBusy) return;
      isBusy = true;
      work()
        .catch((err: unknown) => this.#log.warn({ err }, 'roll-up postponed'))
        .finally(() => {
          isBusy = false;
        });
    }, ms);
  }

  stop(): void {
    for (const timer of this.#timers) clearInterval(timer);
    this.#timers = [];
  }

  /** All before this position of the journal is in every tier. */
  get settledTo(): number {
    return this.#settledTo;
  }

  /**
   * Marks the windows of stored readings. At the bound it then rolls up, so that the sink waits.
   *
   * @throws StoreUnavailable when there is no room because the store is away. The marks are made
   * nevertheless; the same call again adds none, so the bound is exceeded by one batch at the most.
   */
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
    const isTrue = throughTier(upTo).every((tier) => !this.#marked[tier].has(key));
    if (isTrue && !this.#underWay.has(key)) return Promise.resolve();
    return this.#inTurn(async () => {
      for (const tier of throughTier(upTo)) {
        const waiting = this.#marked[tier].get(key)?.starts.size ?? 0;
        await this.#rollUpSome(tier, waiting, [key]);
      }
    });
  }

  #rollUpTo(upTo: Tier): Promise<void> {
    return this.#inTurn(async () => {
      for (const tier of throughTier(upTo)) {
        let waiting = 0;
        for (const { starts } of this.#marked[tier].values()) waiting += starts.size;
        await this.#rollUpSome(tier, waiting);
      }
    });
  }

  /** Rolls up as many windows as were marked at first: what is added meanwhile is left, so that this ends under any load. */
  async #rollUpSome(tier: Tier, count: number, onlyKeys?: readonly string[]): Promise<void> {
    for (let left = count; left > 0; ) {
      const windows = this.#take(tier, Math.min(left, this.#batchMax), onlyKeys);
      if (windows.length === 0) return;
      left -= windows.length;
      await this.#rollUp(tier, windows);
    }
  }

  #inTurn(work: () => Promise<void>): Promise<void> {
    if (this.#turnsWaiting >= ingestLimits.rollUpTurnsMax) {
      return Promise.reject(
        new StoreUnavailable(`${this.#turnsWaiting} roll-ups are waiting for the store`),
      );
    }
    this.#turnsWaiting++;
    const turn = this.#turn.then(work).finally(() => this.#turnsWaiting--);
    this.#turn = turn.catch(() => {});
    return turn;
  }

  async #rollUp(tier: Tier, windows: readonly SeriesWindow[]): Promise<void> {
    this.#underWay = new Set(windows.map(({ device, metric }) => seriesKey(device, metric)));
    try {
      await this.#store.rollUp(tier, windows);
      this.#batchMax = Math.min(this.#batchMax * 2, ingestLimits.rollUpBatchMax);
    } catch (error) {
      this.#batchMax = Math.max(Math.floor(this.#batchMax / 2), ingestLimits.rollUpBatchMin);
      for (const { device, metric, start } of windows) this.#mark(tier, device, metric, start);
      throw error;
    } finally {
      this.#underWay = new Set();
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

  /** Takes marked windows out, `max` at the most, of all series or of some. */
  #take(tier: Tier, max: number, onlyKeys?: readonly string[]): SeriesWindow[] {
    const windows: SeriesWindow[] = [];
    const marked = this.#marked[tier];
    for (const key of onlyKeys ?? marked.keys()) {
      const series = marked.get(key);
      if (!series) continue;
      const { device, metric, starts } = series;
      for (const start of starts) {
        if (windows.length >= max) break;
        starts.delete(start);
        this.#count--;
        windows.push({ device, metric, start });
      }
      if (starts.size > 0) break;
      marked.delete(key);
      if (windows.length >= max) break;
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
