import { median } from '../figures.ts';

/** What the ratio of ours to the peer's has to be. */
export type Target = { atLeast: number } | { atMost: number };

/** What the loader itself cost: a loader that is the bottleneck proves nothing about the server. */
export interface LoaderCost {
  /** CPU time per message, all its threads, µs. */
  usPerMessage: readonly number[];
  /** Share of a core that its busiest thread took, percent. */
  busyPercent: readonly number[];
}

/** A line of the table. */
export interface Row {
  what: string;
  unit: string;
  /** One value of each round. */
  ours: readonly number[];
  /** Measured in the same run, or one value that was published or is allowed. */
  peer: { name: string; values: readonly number[] };
  target: Target;
  loader?: LoaderCost;
  /** Acknowledged readings that were not found when read back; undefined: the row acknowledges none. */
  lost?: number;
  /** Read back to find the lost ones. */
  readBack?: number;
  /** Something that takes the figure its meaning (a backlog that grew): then the target is not met. */
  fault?: string;
  /** What else belongs to the figure. */
  notes: readonly string[];
}

/** A line without a figure, and why: something is not to be had here. */
export interface MissingRow {
  what: string;
  target: Target;
  notMeasured: string;
}

/** A measurement that broke, and how. */
export interface FailedRow {
  what: string;
  failed: string;
}

export type AnyRow = Row | MissingRow | FailedRow;

/** Above this share of a core the loader counts as the bottleneck. */
const loaderPercentMax = 90;

/** Ours by the peer's, of the medians. */
export function ratioOf({ ours, peer }: Pick<Row, 'ours' | 'peer'>): number {
  return median(ours) / median(peer.values);
}

/** A figure that is not a number meets nothing. */
export function isMet(ratio: number, target: Target): boolean {
  return 'atLeast' in target ? ratio >= target.atLeast : ratio <= target.atMost;
}

export function isLoaderBound(loader: LoaderCost | undefined): boolean {
  return loader !== undefined && median(loader.busyPercent) > loaderPercentMax;
}

export type Verdict = 'met' | 'missed' | 'not measured' | 'failed' | 'lost readings';

export function verdictOf(row: AnyRow): Verdict {
  if ('failed' in row) return 'failed';
  if ('notMeasured' in row) return 'not measured';
  if (row.lost) return 'lost readings';
  return row.fault === undefined && isMet(ratioOf(row), row.target) ? 'met' : 'missed';
}

/** Whether all was measured that can be measured here, and all that was acknowledged was found. */
export function isComplete(rows: readonly AnyRow[]): boolean {
  return !rows.some((row) => ['failed', 'lost readings'].includes(verdictOf(row)));
}
