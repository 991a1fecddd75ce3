import type { Points } from './points.ts';
import { isBad } from './points.ts';

/** A line beside a series: drawn with its own dashes, read at the cursor. `at` rises strictly; null breaks it. */
export interface ComparisonLine {
  key: string;
  label: string;
  at: readonly number[];
  value: readonly (number | null)[];
  /** Farther from a point than this, the line says nothing, ms. */
  reachMs: number;
}

/** The means of a series, later by `shiftMs`, with a break wherever more than `gapMs` passed. */
export function lineOf(
  points: Points,
  { shiftMs, gapMs }: { shiftMs: number; gapMs: number },
): Pick<ComparisonLine, 'at' | 'value'> {
  const at: number[] = [];
  const value: (number | null)[] = [];
  for (const [index, pointAt] of points.at.entries()) {
    const before = points.at[index - 1];
    if (before !== undefined && pointAt - before > gapMs) {
      at.push(before + shiftMs + 1);
      value.push(null);
    }
    at.push(pointAt + shiftMs);
    value.push(isBad(points, index) ? null : (points.mean[index] ?? null));
  }
  return { at, value };
}

/**
 * The median of several series: of each device its mean in a slot, of these the median, wherever at least one has
 * the slot. Slots hold several values of a device: else a line of ever other devices would jump up and down.
 */
export function medianLine(
  series: readonly Points[],
  slotMs: number,
): Pick<ComparisonLine, 'at' | 'value'> {
  const bySlot = new Map<number, number[]>();
  for (const points of series) {
    for (const [slotAt, { sum, count }] of slotSums(points, slotMs)) {
      const values = bySlot.get(slotAt);
      if (values) values.push(sum / count);
      else bySlot.set(slotAt, [sum / count]);
    }
  }
  const starts = [...bySlot.keys()].sort((a, b) => a - b);
  return {
    at: starts.map((start) => start + slotMs / 2),
    value: starts.map((start) => median(bySlot.get(start) ?? [])),
  };
}

function slotSums(points: Points, slotMs: number): Map<number, { sum: number; count: number }> {
  const sums = new Map<number, { sum: number; count: number }>();
  for (const [index, at] of points.at.entries()) {
    const mean = points.mean[index] ?? null;
    if (mean === null || isBad(points, index)) continue;
    const slotAt = at - (at % slotMs);
    const slot = sums.get(slotAt) ?? { sum: 0, count: 0 };
    sums.set(slotAt, { sum: slot.sum + mean, count: slot.count + 1 });
  }
  return sums;
}

/** The value of a line at an instant: of the nearest point within its reach, else null. */
export function valueAt({ at, value, reachMs }: ComparisonLine, instant: number): number | null {
  let low = 0;
  let high = at.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((at[middle] ?? 0) < instant) low = middle + 1;
    else high = middle;
  }
  const distance = (index: number): number => Math.abs((at[index] ?? Number.NaN) - instant);
  const nearest = distance(low - 1) <= (distance(low) || Number.POSITIVE_INFINITY) ? low - 1 : low;
  return distance(nearest) <= reachMs ? (value[nearest] ?? null) : null;
}

function median(values: readonly number[]): number | null {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  const upper = sorted[middle];
  if (upper === undefined) return null;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? upper) + upper) / 2;
}
