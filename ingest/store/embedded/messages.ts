import type { MetricName } from '../../../broker/contract/metrics.ts';
import type { Resolution, Tier } from '../../../broker/contract/windows.ts';
import type { SqlValue } from './sql-session.ts';

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
  flag: Uint8Array;
  reasons: Int32Array;
  receivedAt: Float64Array;
}

export function emptyReadings(count: number): ReadingColumns {
  return {
    series: new Int32Array(count),
    at: new Float64Array(count),
    value: new Float64Array(count),
    flag: new Uint8Array(count),
    reasons: new Int32Array(count),
    receivedAt: new Float64Array(count),
  };
}

export type JudgementColumns = Omit<ReadingColumns, 'value' | 'receivedAt'>;

/** Windows of one tier as columns of equal length, each once. */
export interface WindowColumns {
  series: Int32Array;
  start: Float64Array;
}

/** How the values of each series are combined, as columns of equal length, each series once. */
export interface SeriesShapes {
  series: Int32Array;
  intervalMs: Float64Array;
  /** 1 for metrics of kind `state`. The thread is told: the catalogue would bring the contract's schemas. */
  isState: Uint8Array;
}

/** What the worker can be asked, and what it answers. Arrays are transferred, not copied. */
export interface Calls {
  open: {
    args: { path: string; threads: number; memoryLimitMb: number; exportFolder?: string };
    answer: SeriesRow[];
  };
  write: {
    args: { newSeries: SeriesRow[]; readings: ReadingColumns };
    answer: { stored: number; duplicates: number };
  };
  judge: { args: JudgementColumns; answer: undefined };
  rollUp: {
    args: { tier: Tier; now: number; shapes: SeriesShapes; windows: WindowColumns };
    answer: undefined;
  };
  rebuild: {
    args: { tier: Tier; now: number; shapes: SeriesShapes; from: number; to: number };
    answer: undefined;
  };
  latest: { args: undefined; answer: ReadingColumns };
  read: { args: ReadArgs; answer: Float64Array[] };
  /** Answered with the series column first, then those of the resolution, ordered by series and time. */
  readMany: { args: ReadManyArgs; answer: Float64Array[] };
  forgetBefore: { args: { resolution: Resolution; before: number }; answer: undefined };
  /** Sessions of {@link SqlSessions}: these calls are served beside the others, as soon as they come. */
  sqlOpen: { args: undefined; answer: { session: number } };
  sqlRun: { args: { session: number; statement: string }; answer: SqlValue[][] };
  sqlInterrupt: { args: { session: number }; answer: undefined };
  sqlClose: { args: { session: number }; answer: undefined };
  ping: { args: undefined; answer: undefined };
  close: { args: undefined; answer: undefined };
}

/** Answered with the time column first, then the columns of the resolution, `limit` rows at the most. */
export interface ReadArgs {
  resolution: Resolution;
  series: number;
  from: number;
  to: number;
  limit: number;
}

/** Rows of many series, `limit` in all at the most. */
export interface ReadManyArgs {
  resolution: Resolution;
  series: Int32Array;
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
