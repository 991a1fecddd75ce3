import type { DeviceKey } from '../../broker/contract/ids.ts';
import type { MetricName } from '../../broker/contract/metrics.ts';
import type { RawColumns, TierColumns } from '../../broker/contract/series.ts';
import type { Resolution, Tier } from '../../broker/contract/windows.ts';

export interface StoredReading {
  device: DeviceKey;
  metric: MetricName;
  /** Event time, epoch ms UTC. */
  at: number;
  value: number;
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

/**
 * Where series live. Raw is the truth; tiers (mean, min, max, count) are derived from it:
 * a 1m mean is the mean of its raw values, a 1h mean the mean of its 1m means, a 1d mean of its 1h
 * means (two-stage means, so that a burst does not weigh more than a calm minute); min and max carry
 * over, counts add up. Windows are half-open, UTC, labelled by their start.
 *
 * All methods may be called concurrently. Each throws {@link StoreUnavailable} when the store
 * cannot be reached or does not answer in time: nothing is known about the outcome then, and repeating
 * the call is right.
 */
export interface Store {
  /** Opens, creates what is missing. @throws StoreUnavailable with one clear sentence */
  start(): Promise<void>;
  /** Writes a batch; resolves when it is durable and visible to queries. Idempotent by (device, metric, at). */
  write(batch: readonly StoredReading[]): Promise<WriteOutcome>;
  /** Recomputes windows of one tier from the tier below (1m from raw). A window without data vanishes. */
  rollUp(tier: Tier, windows: readonly SeriesWindow[]): Promise<void>;
  /** The newest reading (by event time) of every series. */
  latest(): Promise<StoredReading[]>;
  /** Raw rows in order of time. */
  raw(query: SeriesQuery): Promise<RawColumns>;
  /** Rows of a tier in order of time. */
  rollups(tier: Tier, query: SeriesQuery): Promise<TierColumns>;
  /** Retention: forgets everything of a resolution that is older than `before` (epoch ms). */
  forgetBefore(resolution: Resolution, before: number): Promise<void>;
  /** Resolves when the store answers. */
  ping(): Promise<void>;
  /** Closes; writes under way finish first. */
  stop(): Promise<void>;
}

/** The store cannot be reached or did not answer in time. Keep the batch and try again later. */
export class StoreUnavailable extends Error {
  readonly code = 'store-unavailable';
}

/** The answer would exceed `rowsMax`. */
export class QueryTooLarge extends Error {
  readonly code = 'query-too-large';
}
