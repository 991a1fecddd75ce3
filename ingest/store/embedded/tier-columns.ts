import type { RowColumns } from '../../domain/roll-up.ts';
import type { TierRow } from '../tier-rows.ts';
import { type Column, grown } from './columns.ts';
import { type TierColumnSpec, tierColumnSpecs } from './schema.ts';

/** A column of a tier by its name; `columns` are in the order of {@link tierColumnSpecs}. */
export function columnOf(columns: readonly Float64Array[], name: keyof TierRow): Float64Array {
  return columns[tierColumnSpecs.findIndex((spec) => spec.name === name)] ?? new Float64Array(0);
}

/** What rows are made from when they are merged. */
export function rowColumnsOf(columns: readonly Float64Array[]): RowColumns {
  return Object.fromEntries(
    tierColumnSpecs.map(({ name }) => [name, columnOf(columns, name)]),
  ) as Record<keyof TierRow, Float64Array>;
}

/** A row of columns in the order of {@link tierColumnSpecs}, where NaN is null. */
export function rowAt(columns: readonly Float64Array[], row: number): TierRow {
  return {
    at: numberAt(columns[0], row),
    count: numberAt(columns[1], row),
    mean: orNull(columns[2], row),
    sum: numberAt(columns[3], row),
    m2: numberAt(columns[4], row),
    min: orNull(columns[5], row),
    minAt: orNull(columns[6], row),
    max: orNull(columns[7], row),
    maxAt: orNull(columns[8], row),
    first: orNull(columns[9], row),
    firstAt: orNull(columns[10], row),
    last: orNull(columns[11], row),
    lastAt: orNull(columns[12], row),
    slots: numberAt(columns[13], row),
    coveredMs: numberAt(columns[14], row),
    good: numberAt(columns[15], row),
    notEvaluated: numberAt(columns[16], row),
    suspect: numberAt(columns[17], row),
    bad: numberAt(columns[18], row),
    expected: numberAt(columns[19], row),
    revision: numberAt(columns[20], row),
    resultAt: numberAt(columns[21], row),
  };
}

function numberAt(column: Float64Array | undefined, row: number): number {
  return column?.[row] ?? Number.NaN;
}

function orNull(column: Float64Array | undefined, row: number): number | null {
  const value = numberAt(column, row);
  return Number.isNaN(value) ? null : value;
}

/** True when all that a narrow row leaves out follows from its mean and its instant. */
function isNarrow(row: TierRow): boolean {
  const { count, mean, lastAt } = row;
  return (
    count === 1 &&
    row.m2 === 0 &&
    row.sum === mean &&
    row.min === mean &&
    row.max === mean &&
    row.first === mean &&
    row.last === mean &&
    row.minAt === lastAt &&
    row.maxAt === lastAt &&
    row.firstAt === lastAt
  );
}

const initialRows = 1_024;

/** Collects rows of a tier as columns to append: those with every column, and the narrow ones. */
export class TierRowBuffer {
  readonly #wide = new Rows(false);
  readonly #narrow = new Rows(true);

  add(series: number, row: TierRow): void {
    (isNarrow(row) ? this.#narrow : this.#wide).add(series, row);
  }

  /** Columns of the table, series first; each entry is to be appended by itself. */
  appends(): Column[][] {
    return [this.#wide.columns(), this.#narrow.columns()];
  }
}

class Rows {
  /** Series first, then the columns of the table; those that a narrow row leaves out stay empty. */
  #columns: Float64Array[];
  #capacity = initialRows;
  #count = 0;
  readonly #names: readonly { name: keyof TierRow; index: number }[];
  readonly #isNarrow: boolean;

  constructor(isNarrow: boolean) {
    this.#isNarrow = isNarrow;
    this.#columns = Array.from(
      { length: tierColumnSpecs.length + 1 },
      () => new Float64Array(initialRows),
    );
    this.#names = tierColumnSpecs.flatMap((spec, index) =>
      isNarrow && 'narrow' in spec ? [] : [{ name: spec.name, index: index + 1 }],
    );
  }

  add(series: number, row: TierRow): void {
    const at = this.#next();
    this.#set(0, at, series);
    for (const { name, index } of this.#names) this.#set(index, at, row[name] ?? Number.NaN);
  }

  columns(): Column[] {
    return this.#columns.map((column, index): Column => {
      const spec = tierColumnSpecs[index - 1];
      if (this.#isNarrow && spec && 'narrow' in spec) return 'nulls';
      // A narrow row has a mean and an instant.
      const nullable = !this.#isNarrow && spec !== undefined && 'null' in spec;
      return { values: column.subarray(0, this.#count), nullable };
    });
  }

  #next(): number {
    if (this.#count === this.#capacity) {
      this.#capacity *= 2;
      this.#columns = this.#columns.map((column) => grown(column, this.#capacity));
    }
    return this.#count++;
  }

  #set(index: number, row: number, value: number): void {
    (this.#columns[index] as Float64Array)[row] = value;
  }
}

/**
 * A base selection and the wide one beside it as columns in the order of the table, series first. Those that are not
 * among the selected `specs` are empty.
 */
export function joined(
  base: readonly Float64Array[],
  wide: readonly Float64Array[],
  specs: readonly TierColumnSpec[],
): Float64Array[] {
  const places = wide[0]?.length ? placesOf(wide, base) : undefined;
  let [nextBase, nextWide] = [1, 2];
  const [series] = base as [Float64Array];
  const ofBase = new Map<string, Float64Array>();
  for (const spec of specs) {
    if (!('narrow' in spec)) ofBase.set(spec.column, base[nextBase++] as Float64Array);
  }
  const nothing = new Float64Array(0);
  const columns = tierColumnSpecs.map((spec) => {
    if (!specs.includes(spec)) return nothing;
    if (!('narrow' in spec)) return ofBase.get(spec.column) as Float64Array;
    const own = wide[nextWide++];
    const narrow = ofBase.get(spec.narrow) ?? new Float64Array(series.length);
    if (!places || !own) return narrow;
    const filled = narrow.slice();
    for (let row = 0; row < own.length; row++) {
      filled[places[row] as number] = own[row] as number;
    }
    return filled;
  });
  return [series, ...columns];
}

/** Where the rows of one selection stand in the other, which has them all. Both are ordered by series and time. */
function placesOf(some: readonly Float64Array[], all: readonly Float64Array[]): Int32Array {
  const [someSeries, someAt] = some as [Float64Array, Float64Array];
  const [allSeries, allAt] = all as [Float64Array, Float64Array];
  const places = new Int32Array(someSeries.length);
  let place = 0;
  for (let row = 0; row < places.length; row++) {
    while (allSeries[place] !== someSeries[row] || allAt[place] !== someAt[row]) {
      if (++place > allSeries.length) throw new Error('a row of a tier has no place in its table');
    }
    places[row] = place;
  }
  return places;
}
