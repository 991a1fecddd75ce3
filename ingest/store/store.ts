import type { DeviceKey } from '../../broker/contract/ids.ts';
import type { MetricName } from '../../broker/contract/metrics.ts';
import type { QualityFlag } from '../../broker/contract/quality.ts';
import type { RawColumns, TierColumns } from '../../broker/contract/series.ts';
import type { Resolution, Tier } from '../../broker/contract/windows.ts';
import type { ReadingBatch } from './reading-batch.ts';

export interface StoredReading {
  device: DeviceKey;
  metric: MetricName;
  /** Event time, epoch ms UTC. */
  at: number;
  value: number;
  /** Quality as judged at arrival, and the bits of the tests not passed; see `contract/quality.ts`. */
  flag: QualityFlag;
  reasons: number;
  /** Arrival, epoch ms UTC. */
  receivedAt: number;
}

/** The quality of a stored reading, judged anew. */
export interface Judgement {
  device: DeviceKey;
  metric: MetricName;
  at: number;
  flag: QualityFlag;
  reasons: number;
}

/** What became of a batch; the three add up to its length. */
export interface WriteOutcome {
  /** Readings under a key (device, metric, at) that was not there before. */
  stored: number;
  /** Readings under a key that was there, in the store or earlier in the batch. The last value written stands. */
  duplicates: number;
  /** Readings that the store will never take, by index into the batch. They must not be tried again. */
  refused: { index: number; detail: string }[];
}

/** One roll-up window of one series, named by its start. */
export interface SeriesWindow {
  device: DeviceKey;
  metric: MetricName;
  start: number;
  /** Nominal time between samples: what coverage is measured by. */
  intervalMs: number;
}

/** All windows of a tier of many series between two instants. */
export interface RebuildSpan {
  series: readonly { device: DeviceKey; metric: MetricName; intervalMs: number }[];
  /** Half-open, aligned to the tier's windows. */
  from: number;
  to: number;
}

export interface SeriesQuery {
  device: DeviceKey;
  metric: MetricName;
  /** Half-open `[from, to)`, epoch ms; for tiers it is the window's start that counts. */
  from: number;
  to: number;
  /** Rows at the most; a query that would give more throws {@link QueryTooLarge}. */
  rowsMax: number;
}

/** Rows of many series. */
export interface ManySeriesQuery {
  series: readonly { device: DeviceKey; metric: MetricName }[];
  /** Half-open `[from, to)`, epoch ms. */
  from: number;
  to: number;
  /** Rows of all series at the most; a query that would give more throws {@link QueryTooLarge}. */
  rowsMax: number;
}

/**
 * Where series live. Raw is the truth; tiers are derived from it by `domain/roll-up.ts`, in every engine with
 * the same result to the last bit. Windows are half-open, UTC, labelled by their start.
 *
 * A row that changes after its window has closed (by {@link closedAfterMs}) raises its `revision`; one that comes
 * out as it was keeps revision and `resultAt`, so that a recomputation may be repeated.
 *
 * All methods may be called concurrently. Each throws {@link StoreUnavailable} when the store
 * cannot be reached or does not answer in time: nothing is known about the outcome then, and repeating
 * the call is right.
 */
export interface Store {
  /** Opens, creates what is missing. @throws StoreUnavailable with one clear sentence */
  start(): Promise<void>;
  /**
   * Writes a batch; resolves when it is durable and visible to queries. Idempotent by (device, metric, at): what is
   * there with the same value stays as it is, quality and arrival included; another value replaces it with all.
   * The batch is the caller's again when it has answered.
   */
  write(batch: ReadingBatch): Promise<WriteOutcome>;
  /**
   * Recomputes windows of one tier from what `sourceOf` names. A window without data vanishes.
   * `now`: the instant that new content is dated with, and by which windows count as closed.
   */
  rollUp(tier: Tier, windows: readonly SeriesWindow[], now: number): Promise<void>;
  /** The same for every window of a span. The caller bounds series times windows by `rebuildWindowsMax`. */
  rebuild(tier: Tier, span: RebuildSpan, now: number): Promise<void>;
  /** Replaces flag and reasons of stored readings; one that is not there is passed over. Values stay as they are. */
  judge(judgements: readonly Judgement[]): Promise<void>;
  /** The newest reading (by event time) of every series. */
  latest(): Promise<StoredReading[]>;
  /** Raw rows in order of time. */
  raw(query: SeriesQuery): Promise<RawColumns>;
  /**
   * The same of many series, in their order. Engines that would ask for one after the other do not have it; see
   * `read-of-many.ts`.
   */
  rawOfMany?(query: ManySeriesQuery): Promise<RawColumns[]>;
  /** Rows of a tier in order of time. */
  rollups(tier: Tier, query: SeriesQuery): Promise<TierColumns>;
  /** The same of many series, in their order; as with {@link rawOfMany}. */
  rollupsOfMany?(tier: Tier, query: ManySeriesQuery): Promise<TierColumns[]>;
  /** Retention: forgets everything of a resolution that is older than `before` (epoch ms). */
  forgetBefore(resolution: Resolution, before: number): Promise<void>;
  /** Resolves when the store answers. */
  ping(): Promise<void>;
  /** Closes; writes under way finish first. */
  stop(): Promise<void>;
}

/** Time after a window's end from which a change of its row counts as a correction. */
export const closedAfterMs: Readonly<Record<Tier, number>> = {
  '1m': 120_000,
  '1h': 300_000,
  '1d': 900_000,
};

/** The store cannot be reached or did not answer in time. Keep the batch and try again later. */
export class StoreUnavailable extends Error {
  readonly code = 'store-unavailable';
}

/** The answer would exceed `rowsMax`. */
export class QueryTooLarge extends Error {
  readonly code = 'query-too-large';
}
