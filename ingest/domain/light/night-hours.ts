import type { TierColumns } from '../../../broker/contract/series.ts';
import { windowStart } from '../../../broker/contract/windows.ts';
import { CompensatedSum } from '../compensated-sum.ts';
import { counterEnergy, type SpanEnergy } from './energy.ts';
import type { Night } from './sun.ts';

const hourMs = 3_600_000;

/** The whole hours that a night touches, up to now: what its figures are made of where raw values are not read. */
export function hoursOfNight({ from, to }: Night, now: number): Night {
  const end = Math.min(to, now);
  const rest = end % hourMs;
  const ceiling = rest === 0 ? end : end - rest + hourMs;
  return { from: windowStart('1h', from), to: ceiling };
}

/**
 * Energy by the hourly rows of a counter. First, maximum and last of an hour are values of the counter; between them
 * nothing is lost unless it was reset twice within the hour. The row before the span begins it.
 */
export function counterHours(rows: TierColumns, { from, to }: Night, now: number): SpanEnergy {
  const series: { at: number[]; value: number[] } = { at: [], value: [] };
  for (let row = 0; row < rows.at.length; row++) {
    const [first, max, last] = [rows.first[row], rows.max[row], rows.last[row]];
    add(series, rows.firstAt[row], first);
    if (max != null && last != null && max > last) add(series, rows.maxAt[row], max);
    add(series, rows.lastAt[row], last);
  }
  // Values of neighbouring hours are up to two hours apart, without any gap.
  return counterEnergy(series, { from, to: Math.min(to, now), intervalMs: (2 * hourMs) / 3 });
}

function add(series: { at: number[]; value: number[] }, at: Maybe, value: Maybe): void {
  if (at == null || value == null || at <= (series.at.at(-1) ?? Number.NEGATIVE_INFINITY)) return;
  series.at.push(at);
  series.value.push(value);
}

type Maybe = number | null | undefined;

/** The same by the hourly rows of the power: they are weighted by the time that each value held. */
export function powerHours(rows: TierColumns, span: Night, now: number): SpanEnergy {
  const { sum, knownMs, unknownMs } = heldHours(rows, span, now);
  return { energyKwh: knownMs > 0 ? sum / 3.6e9 : null, unknownMs };
}

/** Burning time by the hourly rows of `lamp_on`, and the time of which it is known. */
export function litHours(
  rows: TierColumns,
  span: Night,
  now: number,
): { litMs: number | null; knownMs: number } {
  const { sum, knownMs } = heldHours(rows, span, now);
  return { litMs: knownMs > 0 ? sum : null, knownMs };
}

function heldHours({ at, mean, coverage }: TierColumns, { from, to }: Night, now: number) {
  const sum = new CompensatedSum();
  let knownMs = 0;
  for (const [row, hour] of at.entries()) {
    const value = mean[row];
    if (hour < from || hour >= to || value == null) continue;
    const coveredMs = (coverage[row] ?? 0) * hourMs;
    sum.add(value * coveredMs);
    knownMs += coveredMs;
  }
  const wholeMs = Math.max(0, Math.min(to, now) - from);
  return { sum: sum.value, knownMs, unknownMs: Math.max(0, wholeMs - knownMs) };
}
