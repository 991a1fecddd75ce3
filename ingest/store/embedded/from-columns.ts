import type { RawColumns, TierColumns } from '../../../broker/contract/series.ts';
import { type Tier, tierWidthMs } from '../../../broker/contract/windows.ts';
import { readingAt } from '../reading-batch.ts';
import type { StoredReading } from '../store.ts';
import type { TierRow } from '../tier-rows.ts';
import type { ReadingColumns } from './messages.ts';
import type { SeriesIndex } from './series-index.ts';
import { columnOf } from './tier-columns.ts';

/** Raw rows as the port answers them. */
export function rawColumnsOf(columns: readonly Float64Array[]): RawColumns {
  const [at = [], value = [], flag = [], reasons = [], receivedAt = []] = columns.map((column) =>
    Array.from(column),
  );
  return { at, value, flag, reasons, receivedAt };
}

/** Rows of a tier as the port answers them, column by column: a year of hours in a few milliseconds. */
export function tierColumnsOf(tier: Tier, columns: readonly Float64Array[]): TierColumns {
  const numbers = (name: keyof TierRow) => Array.from(columnOf(columns, name));
  const measured = (name: keyof TierRow) => withNulls(columnOf(columns, name));
  return {
    at: numbers('at'),
    mean: measured('mean'),
    min: measured('min'),
    max: measured('max'),
    count: numbers('count'),
    coverage: Array.from(columnOf(columns, 'coveredMs'), (ms) => ms / tierWidthMs[tier]),
    flags: flagsOf(columns),
    expected: numbers('expected'),
    sum: numbers('sum'),
    m2: numbers('m2'),
    slots: numbers('slots'),
    minAt: measured('minAt'),
    maxAt: measured('maxAt'),
    first: measured('first'),
    firstAt: measured('firstAt'),
    last: measured('last'),
    lastAt: measured('lastAt'),
    revision: numbers('revision'),
    resultAt: numbers('resultAt'),
  };
}

/** Readings with the names of their series. */
export function readingsOf(columns: ReadingColumns, index: SeriesIndex): StoredReading[] {
  const readings: StoredReading[] = [];
  for (const [row, id] of columns.series.entries()) {
    const name = index.nameOf(id);
    if (name) readings.push(readingAt(name, columns, row));
  }
  return readings;
}

function withNulls(column: Float64Array): (number | null)[] {
  const values: (number | null)[] = new Array(column.length);
  for (let row = 0; row < column.length; row++) {
    const value = column[row] as number;
    values[row] = Number.isNaN(value) ? null : value;
  }
  return values;
}

function flagsOf(columns: readonly Float64Array[]): TierColumns['flags'] {
  const good = columnOf(columns, 'good');
  const notEvaluated = columnOf(columns, 'notEvaluated');
  const suspect = columnOf(columns, 'suspect');
  const bad = columnOf(columns, 'bad');
  const flags: TierColumns['flags'] = [];
  for (let row = 0; row < good.length; row++) {
    flags.push([
      good[row] as number,
      notEvaluated[row] as number,
      suspect[row] as number,
      bad[row] as number,
    ]);
  }
  return flags;
}
