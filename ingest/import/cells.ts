import { parse } from 'csv-parse/sync';
import { importLimits } from './limits.ts';

export type Delimiter = ',' | ';' | '\t';

/**
 * The fields of one line of CSV (RFC 4180), or what is wrong with it. A field does not go on in the next line:
 * measurements have no such texts, and one forgotten quote must not swallow the rest of the file.
 */
export function cellsOf(text: string, delimiter: Delimiter): string[] | { fault: string } {
  const cells = text.includes('"') ? quotedCells(text, delimiter) : text.split(delimiter);
  if (!Array.isArray(cells)) return cells;
  if (cells.length > importLimits.fieldsMax) {
    return { fault: `a line may have ${importLimits.fieldsMax} fields, got ${cells.length}` };
  }
  return cells.map((cell) => cell.trim());
}

function quotedCells(text: string, delimiter: Delimiter): string[] | { fault: string } {
  try {
    const [record = []] = parse(text, { delimiter, relax_column_count: true });
    return record;
  } catch (error) {
    const { code } = error as { code?: string };
    const open = code === 'CSV_QUOTE_NOT_CLOSED';
    return { fault: open ? 'a quote is not closed in its line' : 'a quote inside a field' };
  }
}

/** The delimiter that splits a header into most fields. */
export function delimiterOf(header: string): Delimiter {
  const count = (delimiter: Delimiter): number => header.split(delimiter).length;
  const delimiters: readonly Delimiter[] = [',', ';', '\t'];
  return delimiters.reduce((best, next) => (count(next) > count(best) ? next : best));
}

/** A number with a decimal comma, as files with `;` have it, gets a point; all else stays as it is. */
export function withPoint(cell: string): string {
  return /^[-+]?\d*,\d+([eE][-+]?\d+)?$/.test(cell) ? cell.replace(',', '.') : cell;
}
