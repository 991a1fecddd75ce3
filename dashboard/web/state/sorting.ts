/** How a table is sorted: by which of its columns, and which way. */
export interface Sorting<Column extends string> {
  column: Column;
  descending: boolean;
}

/** What a row is sorted by in each column. Null: not known, and last whichever way. */
export type SortValues<Column extends string, T> = Readonly<
  Record<Column, (row: T) => number | string | null>
>;

/**
 * Of the address (`fill`, `-fill`); undefined when it names no column of this table. `prefix`: what this table's
 * columns begin with there, where a screen has two.
 */
export function parseSorting<Column extends string>(
  text: string | undefined,
  columns: readonly Column[],
  prefix = '',
): Sorting<Column> | undefined {
  const name = text?.replace(/^-/, '');
  const column = columns.find((candidate) => prefix + candidate === name);
  return column && { column, descending: text?.startsWith('-') ?? false };
}

export function formatSorting({ column, descending }: Sorting<string>): string {
  return `${descending ? '-' : ''}${column}`;
}

/** What a press on a column's head makes of it: the column's first way, then the other. */
export function nextSorting<Column extends string>(
  sorting: Sorting<Column> | undefined,
  column: Column,
  firstDescending = false,
): Sorting<Column> {
  if (sorting?.column !== column) return { column, descending: firstDescending };
  return { column, descending: !sorting.descending };
}

/** A sorted copy; between equals the order stays as it was. */
export function sortedBy<Column extends string, T>(
  rows: readonly T[],
  { column, descending }: Sorting<Column>,
  values: SortValues<Column, T>,
): T[] {
  const sign = descending ? -1 : 1;
  const read = values[column];
  return [...rows].sort((a, b) => {
    const [one, other] = [read(a), read(b)];
    if (one === null || other === null) return Number(one === null) - Number(other === null);
    return sign * compare(one, other);
  });
}

function compare(a: number | string, b: number | string): number {
  return typeof a === 'number' && typeof b === 'number'
    ? a - b
    : collator.compare(String(a), String(b));
}

const collator = new Intl.Collator(undefined, { numeric: true });
