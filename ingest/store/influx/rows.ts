import { type DeviceKey, deviceKey } from '../../../broker/contract/ids.ts';
import type { AnswerSeries } from './answer.ts';

/** Runs one InfluxQL statement on one database. */
export type Query = (statement: string) => AsyncIterable<AnswerSeries>;

/** The device that a series of an answer belongs to, by its tags. */
export function deviceOf({ tags: { provider = '', device = '' } }: AnswerSeries): DeviceKey {
  return deviceKey(provider, device);
}

/** The rows of a series as numbers in the order of `columns`; a row with a null is left out. */
export function* numericRows(
  series: AnswerSeries,
  columns: readonly string[],
): Generator<number[]> {
  const positions = columns.map((column) => series.columns.indexOf(column));
  for (const values of series.values) {
    const row = positions.map((position) => values[position]);
    if (row.every((value) => typeof value === 'number')) yield row as number[];
  }
}

/** Consecutive pieces of at most `size` items. */
export function pieces<T>(items: readonly T[], size: number): T[][] {
  const count = Math.ceil(items.length / size);
  return Array.from({ length: count }, (_, index) => items.slice(index * size, (index + 1) * size));
}

/** Works through all items, at most `limit` at the same time; the first failure ends it. */
export async function forEachAtMost<T>(
  limit: number,
  items: readonly T[],
  work: (item: T) => Promise<void>,
): Promise<void> {
  const waiting = items.values();
  const workers = Array.from({ length: Math.min(limit, items.length) }, async () => {
    for (const item of waiting) await work(item);
  });
  await Promise.all(workers);
}
