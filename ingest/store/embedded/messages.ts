import type { MetricName } from '../../../broker/contract/metrics.ts';
import type { Resolution, Tier } from '../../../broker/contract/windows.ts';

/** One row of the series dictionary: the small number that stands for a device and a metric. */
export interface SeriesRow {
  id: number;
  device: string;
  metric: MetricName;
}

/** Readings as columns of equal length; `series` holds ids of the dictionary. */
export interface ReadingColumns {
  series: Int32Array;
  at: Float64Array;
  value: Float64Array;
}

/** Windows of one tier as columns of equal length. */
export interface WindowColumns {
  series: Int32Array;
  start: Float64Array;
}

/** What the worker can be asked, and what it answers. Arrays are transferred, not copied. */
export interface Calls {
  open: { args: { path: string; threads: number; memoryLimitMb: number }; answer: SeriesRow[] };
  write: {
    args: { newSeries: SeriesRow[]; readings: ReadingColumns };
    answer: { stored: number; duplicates: number };
  };
  rollUp: { args: RollUpArgs; answer: undefined };
  latest: { args: undefined; answer: ReadingColumns };
  read: { args: ReadArgs; answer: Float64Array[] };
  forgetBefore: { args: { resolution: Resolution; before: number }; answer: undefined };
  ping: { args: undefined; answer: undefined };
  close: { args: undefined; answer: undefined };
}

/**
 * Windows of `tier`, `widthMs` wide, to be made from `finer`. The thread is told both, so that it loads
 * no more than it needs: the contract would bring its schemas.
 */
export interface RollUpArgs {
  tier: Tier;
  finer: Resolution;
  widthMs: number;
  windows: WindowColumns;
}

/** Answered with the time column first, then the columns of the resolution, `limit` rows at the most. */
export interface ReadArgs {
  resolution: Resolution;
  series: number;
  from: number;
  to: number;
  limit: number;
}

export type CallName = keyof Calls;

/** Distributes over the calls, so that `name` tells the type of `args`. */
export type Request = {
  [Name in CallName]: { id: number; name: Name; args: Calls[Name]['args'] };
}[CallName];

export type Reply =
  | { id: number; ok: true; answer: Calls[CallName]['answer'] }
  | { id: number; ok: false; message: string };
