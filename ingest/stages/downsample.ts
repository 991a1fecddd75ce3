import type { Logger } from 'pino';
import type { DeviceKey } from '../../broker/contract/ids.ts';
import { type MetricName, metricOf } from '../../broker/contract/metrics.ts';
import { type Tier, tiers, tierWidthMs, windowStart } from '../../broker/contract/windows.ts';
import { hasWholeSource, type KeptFrom } from '../domain/retention.ts';
import { reachMs, sourceOf } from '../domain/roll-up.ts';
import { ingestLimits } from '../limits.ts';
import type { ReadingBatch } from '../store/reading-batch.ts';
import { PerSeries, type Series, type SeriesTable } from '../store/series-table.ts';
import { type SeriesWindow, type Store, StoreUnavailable } from '../store/store.ts';
import { isLate } from './late.ts';
import { WindowStarts } from './window-starts.ts';

/** A series, and what stands for it in maps: to make that text anew each time costs more than the look-up. */
interface KeyedSeries extends Series {
  readonly key: string;
}

interface SeriesWindows extends KeyedSeries {
  readonly starts: WindowStarts;
}

interface MarkedWindow extends SeriesWindow {
  key: string;
}

/** Which marked windows are meant. */
interface Some {
  /** Of these series; without them of all. */
  keys?: readonly string[];
  /** That have ended by then. */
  endedBy: number;
}

/** By the numbers of a table of series. */
interface LastMarked {
  /** How often marks had been taken then. */
  takes: number;
  starts: Float64Array;
}

export interface DownsamplerDeps {
  store: Pick<Store, 'rollUp'>;
  /** Nominal time between samples of a device. */
  intervalMsOf: (device: DeviceKey) => number;
  /** What retention has left now. */
  kept: () => KeptFrom;
  clock: () => number;
  log: Logger;
  /** Another bound than that of `ingestLimits`; for tests. */
  dirtyWindowsMax?: number;
}

/**
 * Keeps the tiers true: a stored reading marks its window, on time or late, and marked windows are
 * recomputed from the tier below; each recomputed window marks the one above. Marks live in memory:
 * after a crash they are made again from the journal (see the checkpoint's `rolledUpTo`).
 */
export class Downsampler {
  readonly #deps: DownsamplerDeps;
  readonly #marked: Record<Tier, Map<string, SeriesWindows>> = {
    '1m': new Map(),
    '1h': new Map(),
    '1d': new Map(),
  };
  #count = 0;
  #takes = 0;
  readonly #lastMarked = new WeakMap<SeriesTable, LastMarked>();
  readonly #keyed = new PerSeries<KeyedSeries>(({ device, metric }) => ({
    key: seriesKey(device, metric),
    device,
    metric,
  }));
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

  constructor(deps: DownsamplerDeps, settledTo: number) {
    this.#deps = deps;
    this.#settledTo = settledTo;
  }

  /** `position`: all before it is stored and marked. */
  follow(position: () => number): void {
    this.#position = position;
  }

  /** All before this position of the journal is in every tier. */
  get settledTo(): number {
    return this.#settledTo;
  }

  /**
   * Marks the windows of stored readings, except of late ones. At the bound it then rolls up, so that the sink waits.
   *
   * @throws StoreUnavailable when there is no room because the store is away. The marks are made
   * nevertheless; the same call again adds none, so the bound is exceeded by one batch at the most.
   */
  async mark(batch: ReadingBatch): Promise<void> {
    const { length, table, series, at, receivedAt } = batch;
    const { starts } = this.#lastMarkedOf(table);
    const keyed = this.#keyed.of(table);
    for (let row = 0; row < length; row++) {
      const instant = at[row] as number;
      const number = series[row] as number;
      const start = windowStart('1m', instant);
      // Readings of one minute follow each other: mostly it is marked already.
      if (starts[number] === start || isLate(instant, receivedAt[row] as number)) continue;
      const isGauge = this.#markSample(keyed(number), instant);
      if (isGauge) starts[number] = start;
    }
    const { dirtyWindowsMax = ingestLimits.dirtyWindowsMax } = this.#deps;
    if (this.#count > dirtyWindowsMax) await this.settle();
  }

  /** The minute last marked of each series of a table; empty again once marks were taken. */
  #lastMarkedOf(table: SeriesTable): LastMarked {
    const known = this.#lastMarked.get(table);
    if (known && known.starts.length >= table.size) {
      if (known.takes !== this.#takes) known.starts.fill(Number.NaN);
      known.takes = this.#takes;
      return known;
    }
    const room = Math.max(table.size, 2 * (known?.starts.length ?? 0));
    const last = { takes: this.#takes, starts: new Float64Array(room).fill(Number.NaN) };
    this.#lastMarked.set(table, last);
    return last;
  }

  /** Recomputes every window that is marked now, in every tier. */
  async settle(): Promise<void> {
    const position = this.#position();
    await this.rollUpTo('1d');
    this.#settledTo = position;
  }

  /**
   * Recomputes what is marked of some series up to a tier: a reader of that tier sees what was stored. A series of
   * which no window of that tier before an instant is marked is left as it is.
   */
  settleSeries(
    series: readonly { device: DeviceKey; metric: MetricName }[],
    upTo: Tier,
    before = Number.POSITIVE_INFINITY,
  ): Promise<void> {
    const keys = series
      .map(({ device, metric }) => seriesKey(device, metric))
      .filter((key) => this.#underWay.has(key) || this.#isMarked(key, upTo, before));
    if (keys.length === 0) return Promise.resolve();
    return this.inTurn(async () => {
      for (const tier of throughTier(upTo))
        await this.#rollUpSome(tier, { keys, endedBy: Number.POSITIVE_INFINITY });
    });
  }

  #isMarked(key: string, upTo: Tier, before: number): boolean {
    return throughTier(upTo).some((tier) => {
      for (const start of this.#marked[tier].get(key)?.starts.all() ?? [])
        if (windowStart(upTo, start) < before) return true;
      return false;
    });
  }

  /** Recomputes what is marked now, up to a tier. */
  rollUpTo(upTo: Tier): Promise<void> {
    return this.inTurn(() => this.#rollUpMarked(upTo, Number.POSITIVE_INFINITY));
  }

  /**
   * The same of windows that are over: one that is not would be made anew again and again while it fills. Who reads it
   * before its end gets it by {@link settleSeries}.
   */
  rollUpClosed(upTo: Tier): Promise<void> {
    return this.inTurn(() => this.#rollUpMarked(upTo, this.#deps.clock()));
  }

  async #rollUpMarked(upTo: Tier, endedBy: number): Promise<void> {
    for (const tier of throughTier(upTo)) await this.#rollUpSome(tier, { endedBy });
  }

  /** Rolls up as many windows as were marked at first: what is added meanwhile is left, so that this ends under any load. */
  async #rollUpSome(tier: Tier, some: Some): Promise<void> {
    let left = this.#countOf(tier, some);
    const taking = this.#take(tier, some);
    while (left > 0) {
      const windows: MarkedWindow[] = [];
      const wanted = Math.min(left, this.#batchMax);
      while (windows.length < wanted) {
        const { value, done } = taking.next();
        if (done) break;
        windows.push(value);
      }
      if (windows.length === 0) return;
      left -= windows.length;
      await this.#rollUp(tier, windows);
    }
  }

  #countOf(tier: Tier, { keys, endedBy }: Some): number {
    const lastStart = endedBy - tierWidthMs[tier];
    let count = 0;
    for (const { starts } of someOf(this.#marked[tier], keys)) count += starts.countUpTo(lastStart);
    return count;
  }

  /** Runs work that changes tiers: one after the other. @throws StoreUnavailable when too many wait */
  inTurn(work: () => Promise<void>): Promise<void> {
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

  async #rollUp(tier: Tier, marked: readonly MarkedWindow[]): Promise<void> {
    const kept = this.#deps.kept();
    const windows = marked.filter(({ metric, start, intervalMs }) =>
      hasWholeSource(tier, { kind: metricOf(metric).kind, intervalMs }, start, kept),
    );
    if (windows.length === 0) return;
    this.#underWay = new Set(windows.map(({ key }) => key));
    try {
      await this.#deps.store.rollUp(tier, windows, this.#deps.clock());
      this.#batchMax = Math.min(this.#batchMax * 2, ingestLimits.rollUpBatchMax);
    } catch (error) {
      this.#batchMax = Math.max(Math.floor(this.#batchMax / 2), ingestLimits.rollUpBatchMin);
      for (const window of windows) this.#mark(tier, window, window.start);
      throw error;
    } finally {
      this.#underWay = new Set();
    }
    const above = tiers[tiers.indexOf(tier) + 1];
    if (!above) return;
    for (const window of windows) {
      // Hours of states are not made from minutes; their samples marked them.
      if (sourceOf(above, metricOf(window.metric).kind) === tier)
        this.#mark(above, window, windowStart(above, window.start));
    }
  }

  /**
   * A state reaches into the hours before and after: by how long it, or the one before it, is held. False when it does:
   * then another sample of the same minute may reach further.
   */
  #markSample(series: KeyedSeries, at: number): boolean {
    const { device, metric } = series;
    this.#mark('1m', series, windowStart('1m', at));
    const { kind } = metricOf(metric);
    if (sourceOf('1h', kind) !== 'raw') return true;
    const reach = reachMs('1h', { kind, intervalMs: this.#deps.intervalMsOf(device) });
    const last = Math.min(at + reach, Math.max(at, this.#deps.clock()));
    for (let start = windowStart('1h', at - reach); start <= last; start += tierWidthMs['1h'])
      this.#mark('1h', series, start);
    return false;
  }

  #mark(tier: Tier, { key, device, metric }: KeyedSeries, start: number): void {
    const marked = this.#marked[tier];
    const series = marked.get(key);
    if (!series) marked.set(key, { key, device, metric, starts: new WindowStarts(start) });
    else if (!series.starts.add(start)) return;
    this.#count++;
  }

  /** Takes marked windows out, one at a time. */
  *#take(tier: Tier, { keys, endedBy }: Some): Generator<MarkedWindow, undefined> {
    const marked = this.#marked[tier];
    const lastStart = endedBy - tierWidthMs[tier];
    for (const { key, device, metric, starts } of someOf(marked, keys)) {
      const intervalMs = this.#deps.intervalMsOf(device);
      for (const start of starts.all()) {
        if (start > lastStart) continue;
        starts.delete(start);
        this.#count--;
        this.#takes++;
        yield { key, device, metric, start, intervalMs };
      }
      if (starts.size === 0) marked.delete(key);
    }
  }
}

/** What is marked of all series, or of some. */
function someOf(
  marked: ReadonlyMap<string, SeriesWindows>,
  keys: readonly string[] | undefined,
): Iterable<SeriesWindows> {
  return keys ? found(marked, keys) : marked.values();
}

/** Each is looked up in its turn: what was there before may have been taken meanwhile. */
function* found(
  marked: ReadonlyMap<string, SeriesWindows>,
  keys: readonly string[],
): Generator<SeriesWindows> {
  for (const key of keys) {
    const series = marked.get(key);
    if (series) yield series;
  }
}

function seriesKey(device: DeviceKey, metric: MetricName): string {
  return `${device} ${metric}`;
}

function throughTier(tier: Tier): readonly Tier[] {
  return tiers.slice(0, tiers.indexOf(tier) + 1);
}
