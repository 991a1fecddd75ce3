import { madScale } from './rule-set.ts';

/** Median and scaled median absolute deviation (a standard deviation for normal data). Sorts `values` in place. */
export function medianAndDeviation(values: Float64Array): { median: number; deviation: number } {
  const median = medianOf(values);
  for (let index = 0; index < values.length; index++)
    values[index] = Math.abs((values[index] as number) - median);
  return { median, deviation: madScale * medianOf(values) };
}

/** NaN of nothing. Sorts `values` in place. */
function medianOf(values: Float64Array): number {
  sort(values);
  const middle = values.length >> 1;
  const upper = values[middle] ?? Number.NaN;
  return values.length % 2 === 1 ? upper : (upper + (values[middle - 1] as number)) / 2;
}

/** By insertion: there are 25 values at the most, and this is called for every sample. */
function sort(values: Float64Array): void {
  for (let index = 1; index < values.length; index++) {
    const value = values[index] as number;
    let place = index;
    while (place > 0 && (values[place - 1] as number) > value) {
      values[place] = values[place - 1] as number;
      place--;
    }
    values[place] = value;
  }
}
