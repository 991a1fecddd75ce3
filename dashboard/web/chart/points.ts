import type { Series } from '../../../broker/contract/api.ts';
import { staleAfterIntervals } from '../../../broker/contract/standing.ts';
import type { Resolution } from '../../../broker/contract/windows.ts';
import { tierWidthMs } from '../../../broker/contract/windows.ts';

/**
 * A series in columns of one form, whatever its resolution: single values have mean = min = max.
 * `at` rises strictly; for roll-ups it is the window's start, epoch ms UTC.
 */
export interface Points {
  readonly resolution: Resolution;
  readonly at: number[];
  readonly mean: number[];
  readonly min: number[];
  readonly max: number[];
  readonly count: number[];
}

/** Width of one row's window, ms; 0 for single values. */
const widthMs: Readonly<Record<Resolution, number>> = { raw: 0, ...tierWidthMs };

/** Takes over the columns of an answer of `/series`. */
export function toPoints({ resolution, columns }: Pick<Series, 'resolution' | 'columns'>): Points {
  if ('value' in columns) {
    const { at, value } = columns;
    return {
      resolution,
      at,
      mean: value,
      min: [...value],
      max: [...value],
      count: value.map(() => 1),
    };
  }
  const { at, mean, min, max, count } = columns;
  return { resolution, at, mean, min, max, count };
}

/**
 * Goes on with a live value: a new point, or merged into the window that it falls into. A late value
 * is left to the next read of the history. The window that was open when the history was read may
 * count a value twice; its roll-up sets that right with the next read.
 */
export function appendLive(points: Points, at: number, value: number): boolean {
  const width = widthMs[points.resolution];
  const start = width === 0 ? at : at - (at % width);
  const last = points.at.length - 1;
  const lastAt = points.at[last] ?? Number.NEGATIVE_INFINITY;
  if (start < lastAt) return false;
  if (start > lastAt) {
    points.at.push(start);
    points.mean.push(value);
    points.min.push(value);
    points.max.push(value);
    points.count.push(1);
    return true;
  }
  if (width === 0) return false;
  const count = points.count[last] ?? 0;
  const mean = points.mean[last] ?? value;
  points.mean[last] = mean + (value - mean) / (count + 1);
  points.min[last] = Math.min(points.min[last] ?? value, value);
  points.max[last] = Math.max(points.max[last] ?? value, value);
  points.count[last] = count + 1;
  return true;
}

/** Drops what has slid out on the left, but for one point that carries the line to the edge. */
export function dropBefore(points: Points, from: number): void {
  const first = points.at.findIndex((at) => at >= from);
  const surplus = (first < 0 ? points.at.length : first) - 1;
  if (surplus <= 0) return;
  for (const column of [points.at, points.mean, points.min, points.max, points.count]) {
    column.splice(0, surplus);
  }
}

/** Columns for the chart; `null` breaks the line. */
export interface GappedColumns {
  at: number[];
  max: (number | null)[];
  min: (number | null)[];
  mean: (number | null)[];
}

/**
 * Puts a break wherever more than 2.5 expected intervals passed between two points, so that an outage
 * is never drawn as a straight line.
 */
export function withGaps(points: Points, intervalMs: number): GappedColumns {
  const stepMs = Math.max(intervalMs, widthMs[points.resolution]);
  const gapMs = staleAfterIntervals * stepMs;
  const columns: GappedColumns = { at: [], max: [], min: [], mean: [] };
  for (const [index, at] of points.at.entries()) {
    const before = points.at[index - 1];
    if (before !== undefined && at - before > gapMs) {
      columns.at.push(before + stepMs);
      columns.max.push(null);
      columns.min.push(null);
      columns.mean.push(null);
    }
    columns.at.push(at);
    columns.max.push(points.max[index] ?? null);
    columns.min.push(points.min[index] ?? null);
    columns.mean.push(points.mean[index] ?? null);
  }
  return columns;
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

/** The figures that a chart shows at a glance; undefined without points. */
export function summarise(points: Points): Summary | undefined {
  const lastIndex = points.at.length - 1;
  const lastAt = points.at[lastIndex];
  const last = points.mean[lastIndex];
  if (lastAt === undefined || last === undefined) return undefined;
  const summary = { last, lastAt, min: last, minAt: lastAt, max: last, maxAt: lastAt, mean: 0 };
  let sum = 0;
  for (const [index, at] of points.at.entries()) {
    const min = points.min[index] ?? last;
    const max = points.max[index] ?? last;
    if (min < summary.min) Object.assign(summary, { min, minAt: at });
    if (max > summary.max) Object.assign(summary, { max, maxAt: at });
    sum += points.mean[index] ?? 0;
  }
  summary.mean = sum / points.at.length;
  return summary;
}

/** The points as CSV (RFC 4180), times in ISO 8601 UTC: exactly what the chart shows. */
export function toCsv(points: Points, { metric, unit }: { metric: string; unit: string }): string {
  const name = unit === '' ? metric : `${metric} [${unit}]`;
  const single = points.resolution === 'raw';
  const head = single
    ? ['at', name]
    : ['at', `mean ${name}`, `min ${name}`, `max ${name}`, 'count'];
  const rows = points.at.map((at, index) => {
    const time = new Date(at).toISOString();
    if (single) return [time, points.mean[index]];
    return [time, points.mean[index], points.min[index], points.max[index], points.count[index]];
  });
  return `${[head, ...rows].map((row) => row.join(',')).join('\r\n')}\r\n`;
}
