import { type DeviceKey, deviceKey } from '../../../broker/contract/ids.ts';
import type { AnswerSeries } from './answer.ts';
import type { Cell } from './fields.ts';

/** Runs one InfluxQL statement on one database. */
export type Query = (statement: string) => AsyncIterable<AnswerSeries>;

/** The device that a series of an answer belongs to, by its tags. */
export function deviceOf({ tags: { provider = '', device = '' } }: AnswerSeries): DeviceKey {
  return deviceKey(provider, device);
}

/** The rows of a series: their time, and their cells in the order of `columns`; a column that is missing is null. */
export function* rowsOf(
  series: AnswerSeries,
  columns: readonly string[],
): Generator<[at: number, cells: Cell[]]> {
  const time = series.columns.indexOf('time');
  const positions = columns.map((column) => series.columns.indexOf(column));
  for (const values of series.values) {
    const at = values[time];
    if (typeof at === 'number') yield [at, positions.map((position) => cellOf(values[position]))];
  }
}

function cellOf(value: unknown): Cell {
  return typeof value === 'number' ? value : null;
}

/** Consecutive pieces of at most `size` items. */
export function pieces<T>(items: readonly T[], size: number): T[][] {
  const count = Math.ceil(items.length / size);
  return Array.from({ length: count }, (_, index) => items.slice(index * size, (index + 1) * size));
}

/**
 * Works through all items, at most `limit` at the same time. After the first failure nothing further is begun; it is
 * thrown when what was under way has ended, so that nothing goes on behind the caller's back.
 */
export async function forEachAtMost<T>(
  limit: number,
  items: readonly T[],
  work: (item: T) => Promise<void>,
): Promise<void> {
  let next = 0;
  const failures: unknown[] = [];
  const worker = async () => {
    while (next < items.length && failures.length === 0) {
      try {
        await work(items[next++] as T);
      } catch (error) {
        failures.push(error);
      }
    }
  };
  await Promise.all(Array.from({ length: Math.min(limit, items.length) }, worker));
  if (failures.length > 0) throw failures[0];
}
