import { readFile } from 'node:fs/promises';
import { workerData } from 'node:worker_threads';
import writeXlsxFile, { type Cell, type SheetData } from 'write-excel-file/node';

/** What the thread is given. */
export interface SheetTask {
  /** Files of JSON lines, in order; each row has the columns that `columns` names. */
  lines: readonly string[];
  columns: readonly { name: string; isInstant: boolean }[];
  sheet: string;
  path: string;
}

/**
 * Makes a spreadsheet out of lines of JSON: instants are dates in UTC, numbers numbers. The library needs all
 * rows in memory and seconds of CPU, which is why this runs in a thread with bounds of its own.
 */
const { lines, columns, sheet, path } = workerData as SheetTask;

const header: Cell[] = columns.map(({ name, isInstant }) => ({
  value: isInstant ? `${name} (UTC)` : name,
  fontWeight: 'bold',
}));
const rows: SheetData = [header];
for (const file of lines) {
  for (const line of (await readFile(file, 'utf8')).split('\n')) {
    if (line !== '') rows.push(cellsOf(JSON.parse(line) as Record<string, unknown>));
  }
}
await writeXlsxFile(rows, {
  sheet,
  stickyRowsCount: 1,
  columns: columns.map(({ isInstant }) => ({ width: isInstant ? 24 : 16 })),
}).toFile(path);

function cellsOf(row: Record<string, unknown>): Cell[] {
  return columns.map(({ name, isInstant }): Cell => {
    const value = row[name];
    if (value === null || value === undefined || value === '') return null;
    if (isInstant) {
      return { value: new Date(String(value)), type: Date, format: 'yyyy-mm-dd hh:mm:ss.000' };
    }
    if (typeof value === 'number') return { value, type: Number };
    return { value: String(value), type: String };
  });
}
