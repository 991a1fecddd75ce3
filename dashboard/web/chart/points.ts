import type { Series } from '../../../broker/contract/api.ts';
import { qualityFlags } from '../../../broker/contract/quality.ts';
import { staleAfterIntervals } from '../../../broker/contract/standing.ts';
import type { Resolution } from '../../../broker/contract/windows.ts';
import { tierWidthMs } from '../../../broker/contract/windows.ts';

/** Null: not measured. It is drawn as a gap. */
export type Measured = number | null;

/**
 * A series in columns of one form, whatever its resolution: single values have mean = min = max.
 * `at` rises strictly; for roll-ups it is the window's start, epoch ms UTC.
 */
export interface Points {
  readonly resolution: Resolution;
  readonly at: number[];
  readonly mean: Measured[];
  readonly min: Measured[];
  readonly max: Measured[];
  readonly count: number[];
  /** Samples by flag; of a single value one of them is 1, or none when it is good. */
  readonly notEvaluated: number[];
  readonly suspect: number[];
  readonly bad: number[];
  /** Bits of the tests that a single value did not pass; 0 for roll-ups. */
  readonly reasons: number[];
  /** 0..1; null where it says nothing: for single values and for a window that is still open. */
  readonly coverage: Measured[];
}

/** Width of one row's window, ms; 0 for single values. */
const widthMs: Readonly<Record<Resolution, number>> = { raw: 0, ...tierWidthMs };

/** Takes over the columns of an answer of `/series`; `to` is the end of what was asked for. */
export function toPoints({
  resolution,
  columns,
  to,
}: Pick<Series, 'resolution' | 'columns' | 'to'>): Points {
  const { at } = columns;
  if ('value' in columns) {
    const { value, flag, reasons } = columns;
    const has = (wanted: number) => flag.map((one) => (one === wanted ? 1 : 0));
    return {
      resolution,
      at,
      mean: value,
      min: [...value],
      max: [...value],
      count: at.map(() => 1),
      notEvaluated: has(qualityFlags.notEvaluated),
      suspect: has(qualityFlags.suspect),
      bad: has(qualityFlags.bad),
      reasons,
      coverage: at.map(() => null),
    };
  }
  const { mean, min, max, count, coverage, flags } = columns;
  const isOpen = (start: number): boolean => start + widthMs[resolution] > to;
  return {
    resolution,
    at,
    mean,
    min,
    max,
    count,
    notEvaluated: flags.map(([, notEvaluated]) => notEvaluated),
    suspect: flags.map(([, , suspect]) => suspect),
    bad: flags.map(([, , , bad]) => bad),
    reasons: at.map(() => 0),
    coverage: coverage.map((share, index) => (isOpen(at[index] ?? 0) ? null : share)),
  };
}

/** A value as the stream brings it; of its quality it has the flag alone. */
export interface LiveValue {
  at: number;
  value: number;
  flag: number;
}

/**
 * Goes on with a live value: a new point, or merged into the window that it falls into. A late value
 * is left to the next read of the history. The window that was open when the history was read may
 * count a value twice; its roll-up sets that right with the next read.
 */
export function appendLive(points: Points, { at, value, flag }: LiveValue): boolean {
  const width = widthMs[points.resolution];
  const start = width === 0 ? at : at - (at % width);
  const last = points.at.length - 1;
  const lastAt = points.at[last] ?? Number.NEGATIVE_INFINITY;
  if (start < lastAt) return false;
  if (start > lastAt) {
    // A window leaves bad samples out; a single value has its own mark.
    const isShown = width === 0 || flag !== qualityFlags.bad;
    points.at.push(start);
    for (const column of [points.mean, points.min, points.max]) column.push(isShown ? value : null);
    points.count.push(isShown ? 1 : 0);
    for (const column of [points.notEvaluated, points.suspect, points.bad]) column.push(0);
    countFlag(points, flag);
    points.reasons.push(0);
    points.coverage.push(null);
    return true;
  }
  if (width === 0) return false;
  countFlag(points, flag);
  if (flag === qualityFlags.bad) return true;
  const count = points.count[last] ?? 0;
  const mean = points.mean[last] ?? value;
  points.mean[last] = mean + (value - mean) / (count + 1);
  points.min[last] = Math.min(points.min[last] ?? value, value);
  points.max[last] = Math.max(points.max[last] ?? value, value);
  points.count[last] = count + 1;
  return true;
}

function countFlag(points: Points, flag: number): void {
  const { notEvaluated, suspect, bad } = points;
  const ofFlag: Readonly<Record<number, number[]>> = {
    [qualityFlags.notEvaluated]: notEvaluated,
    [qualityFlags.suspect]: suspect,
    [qualityFlags.bad]: bad,
  };
  const column = ofFlag[flag];
  const last = points.at.length - 1;
  if (column) column[last] = (column[last] ?? 0) + 1;
}

/** Drops what has slid out on the left, but for one point that carries the line to the edge. */
export function dropBefore(points: Points, from: number): void {
  const first = points.at.findIndex((at) => at >= from);
  const surplus = (first < 0 ? points.at.length : first) - 1;
  if (surplus <= 0) return;
  const { resolution: _, ...columns } = points;
  for (const column of Object.values(columns)) column.splice(0, surplus);
}

/** Columns for the chart; `null` breaks the line. Bad values are not in them: they have their own marks. */
export interface GappedColumns {
  at: number[];
  max: Measured[];
  min: Measured[];
  mean: Measured[];
  /** The mean again where too little of a window is covered, with what leads there: drawn dashed. */
  thin: Measured[];
  /** Row of the points that each column entry shows; null for a break. */
  row: (number | null)[];
}

/**
 * Puts a break wherever more than 2.5 expected intervals passed between two points, so that an outage
 * is never drawn as a straight line.
 */
export function withGaps(points: Points, intervalMs: number): GappedColumns {
  const stepMs = Math.max(intervalMs, widthMs[points.resolution]);
  const gapMs = staleAfterIntervals * stepMs;
  const columns: GappedColumns = { at: [], max: [], min: [], mean: [], thin: [], row: [] };
  const push = (at: number, row: number | null): void => {
    const shown = row !== null && !isBad(points, row);
    columns.at.push(at);
    columns.max.push(shown ? (points.max[row] ?? null) : null);
    columns.min.push(shown ? (points.min[row] ?? null) : null);
    columns.mean.push(shown ? (points.mean[row] ?? null) : null);
    columns.row.push(row);
  };
  for (const [index, at] of points.at.entries()) {
    const before = points.at[index - 1];
    if (before !== undefined && at - before > gapMs) push(before + stepMs, null);
    push(at, index);
  }
  splitThin(points, columns);
  return columns;
}

/** Moves poorly covered means to their own column; the ends next to them stay in both, so that the line goes on. */
function splitThin(points: Points, { mean, thin, row }: GappedColumns): void {
  const known = [...mean];
  const poor = row.map((index) => index !== null && isThin(points, index));
  for (let index = 0; index < known.length; index++) {
    const beside = poor[index] || poor[index - 1] || poor[index + 1];
    thin.push(beside ? (known[index] ?? null) : null);
    if (poor[index]) mean[index] = null;
  }
}

/** Share of a window that must be covered for its mean to count (2008/50/EC, Annex XI: 75 %). */
export const coverageMin = 0.75;

/** True when too little of a closed window was measured. */
export function isThin({ coverage }: Pick<Points, 'coverage'>, index: number): boolean {
  const share = coverage[index] ?? null;
  return share !== null && share < coverageMin;
}

/** True for a single value that is bad, and for a window that has nothing but bad samples. */
export function isBad({ bad, mean, resolution }: Points, index: number): boolean {
  return (bad[index] ?? 0) > 0 && (resolution === 'raw' || mean[index] === null);
}

/** Indexes of values that have a gap, or the end, on both sides: a line alone would not show them. */
export function isolated(values: ArrayLike<number | null | undefined>): number[] {
  const known = (index: number): boolean => typeof values[index] === 'number';
  const alone: number[] = [];
  for (let index = 0; index < values.length; index++) {
    if (known(index) && !known(index - 1) && !known(index + 1)) alone.push(index);
  }
  return alone;
}

export interface Summary {
  last: number;
  lastAt: number;
  min: number;
  minAt: number;
  max: number;
  maxAt: number;
  /** Mean of the rows as shown. */
  mean: number;
}

/** The figures that a chart shows at a glance, of all that is not bad; undefined without any. */
export function summarise(points: Points): Summary | undefined {
  let summary: Summary | undefined;
  let sum = 0;
  let rows = 0;
  for (const [index, at] of points.at.entries()) {
    const mean = points.mean[index] ?? null;
    if (mean === null || isBad(points, index)) continue;
    const min = points.min[index] ?? mean;
    const max = points.max[index] ?? mean;
    summary ??= { last: mean, lastAt: at, min, minAt: at, max, maxAt: at, mean };
    if (min < summary.min) Object.assign(summary, { min, minAt: at });
    if (max > summary.max) Object.assign(summary, { max, maxAt: at });
    Object.assign(summary, { last: mean, lastAt: at });
    sum += mean;
    rows++;
  }
  if (summary) summary.mean = sum / rows;
  return summary;
}
