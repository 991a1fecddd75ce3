import type { TierColumns } from '../../../broker/contract/series.ts';
import type { Container } from '../../../broker/contract/waste.ts';
import { fillOf } from './container-facts.ts';
import { type FillMemory, followFill } from './emptying.ts';
import { type FillRate, type FillSample, fillRate } from './forecast.ts';

/**
 * The first and the last fill of each hour, in order of time: values that were measured, not means. Temperatures are
 * for sensors that do not correct their echo themselves.
 */
export function fillsOfHours(
  rows: TierColumns,
  container: Container | undefined,
  temperatures?: TierColumns,
): FillSample[] {
  const airOf = new Map(temperatures?.at.map((at, row) => [at, temperatures.mean[row] ?? null]));
  const samples: FillSample[] = [];
  const add = (at: number | null | undefined, value: number | null | undefined, hour: number) => {
    if (at == null || value == null || at <= (samples.at(-1)?.at ?? Number.NEGATIVE_INFINITY))
      return;
    const fill = fillOf({ value }, container, airOf.get(hour) ?? null);
    if (fill) samples.push({ at, percent: fill.percent });
  };
  for (const [row, hour] of rows.at.entries()) {
    add(rows.firstAt[row], rows.first[row], hour);
    add(rows.lastAt[row], rows.last[row], hour);
  }
  return samples;
}

/** What a container's past says of its filling. */
export interface FillHistory {
  emptiedAt: number | null;
  /** Since when it has been looked at; null: never. */
  firstAt: number | null;
  rate: FillRate | null;
}

/**
 * The last emptying, and the rate since then. A crew that says it emptied the container is believed: of one that was
 * nearly empty, the sensor cannot tell.
 */
export function fillHistory(
  samples: readonly FillSample[],
  reportedAt: number | null,
): FillHistory {
  let memory: FillMemory | undefined;
  let low: FillSample | undefined;
  const counted: FillSample[] = [];
  for (const sample of samples) {
    const step = followFill(memory, sample);
    memory = step.memory;
    // A drop is part of the filling once it is confirmed; noise never is.
    if (step.event && low) counted.push(low);
    if (memory.last === sample) counted.push(sample);
    else low = sample;
  }
  if (!memory) return { emptiedAt: reportedAt, firstAt: null, rate: null };
  const fitFrom = Math.max(memory.fitFrom, reportedAt ?? 0);
  const emptied = [memory.emptiedAt, reportedAt].filter((at) => at !== null);
  return {
    emptiedAt: emptied.length > 0 ? Math.max(...emptied) : null,
    firstAt: memory.firstAt,
    rate: fillRate(counted.filter(({ at }) => at >= fitFrom)),
  };
}
