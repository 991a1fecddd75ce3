import { DOUBLE, type DuckDBConnection, DuckDBDataChunk, type DuckDBValue } from '@duckdb/node-api';

/** DuckDB takes at most one vector of rows at a time. */
const chunkRowsMax = 2048;

/**
 * A vector of doubles with what its class holds. The binding marks `items` as private, but it is the only way to
 * move a vector at once: by `getItem` and `setItem` the same takes ten times as long. The package's version is
 * pinned exactly, and the contract suite reads back what was written this way.
 */
interface DoubleVector {
  readonly items: Float64Array;
  setItem(row: number, value: number | null): void;
  flush(): void;
}

/** A column to append. */
export type Column =
  /** NaN in a `nullable` one becomes NULL. */
  | { values: Float64Array | Int32Array | Uint8Array; nullable?: boolean }
  /** Nothing but NULL. */
  | 'nulls';

/** The values that `rows` names, in that order. */
export function pick(values: ArrayLike<number>, rows: readonly number[]): Float64Array {
  const picked = new Float64Array(rows.length);
  for (let index = 0; index < picked.length; index++) {
    picked[index] = values[rows[index] as number] as number;
  }
  return picked;
}

/**
 * Appends columns of equal length to a table, in whole vectors: that is twenty times as fast as SQL with
 * parameters. All go as doubles, which hold every number of ours exactly; the appender casts them to the
 * table's types. Belongs to the transaction that is open on the connection.
 */
export async function append(
  connection: DuckDBConnection,
  table: { name: string; temporary?: boolean },
  columns: readonly Column[],
): Promise<void> {
  const [rowCount = 0] = columns.flatMap((column) =>
    column === 'nulls' ? [] : column.values.length,
  );
  if (rowCount === 0) return;
  const chunk = createChunk(columns, Math.min(chunkRowsMax, rowCount));
  const appender = table.temporary
    ? await connection.createAppender(table.name, 'main', 'temp')
    : await connection.createAppender(table.name);
  try {
    for (let from = 0; from < rowCount; from += chunkRowsMax) {
      const rows = Math.min(chunkRowsMax, rowCount - from);
      const filled = rows === chunk.rowCount ? chunk : createChunk(columns, rows);
      fill(filled, columns, from);
      appender.appendDataChunk(filled);
    }
  } finally {
    appender.closeSync();
  }
}

/** A chunk that may be filled again and again: the appender copies it. Its columns of nulls are ready. */
function createChunk(columns: readonly Column[], rowCount: number): DuckDBDataChunk {
  const chunk = DuckDBDataChunk.create(
    columns.map(() => DOUBLE),
    rowCount,
  );
  columns.forEach((column, index) => {
    if (column !== 'nulls') return;
    const vector = vectorOf(chunk, index);
    for (let row = 0; row < rowCount; row++) vector.setItem(row, null);
    vector.flush();
  });
  return chunk;
}

function fill(chunk: DuckDBDataChunk, columns: readonly Column[], from: number): void {
  const rowCount = chunk.rowCount;
  columns.forEach((column, index) => {
    if (column === 'nulls') return;
    const vector = vectorOf(chunk, index);
    const values = column.values.subarray(from, from + rowCount);
    vector.items.set(values);
    if (column.nullable) {
      // One that was null in the last round must become valid again.
      for (let row = 0; row < rowCount; row++) {
        const value = values[row] as number;
        vector.setItem(row, Number.isNaN(value) ? null : value);
      }
    }
    vector.flush();
  });
}

/**
 * What a statement selects, each column as one array. All columns must be of type DOUBLE and not NULL.
 * `rowsExpected` spares the copies of arrays that grow.
 */
export async function readColumns(
  connection: DuckDBConnection,
  statement: string,
  values?: DuckDBValue[],
  rowsExpected = chunkRowsMax,
): Promise<Float64Array[]> {
  const result = await connection.stream(statement, values);
  let columns: Float64Array[] = Array.from(
    { length: result.columnCount },
    () => new Float64Array(rowsExpected),
  );
  let rowCount = 0;
  for (;;) {
    const chunk = await result.fetchChunk();
    if (!chunk || chunk.rowCount === 0) break;
    const needed = rowCount + chunk.rowCount;
    if (needed > (columns[0]?.length ?? 0)) {
      columns = columns.map((column) => grown(column, Math.max(needed, column.length * 2)));
    }
    // Copied before the next chunk is fetched: a vector's items are the engine's own memory.
    columns.forEach((column, index) => {
      column.set(vectorOf(chunk, index).items, rowCount);
    });
    rowCount = needed;
  }
  // Exact copies of small answers, which are sent on; views of large ones, which stay here.
  return columns.map((column) => column.subarray(0, rowCount));
}

/** A longer array that begins with the same values. */
export function grown(column: Float64Array, length: number): Float64Array {
  const longer = new Float64Array(length);
  longer.set(column);
  return longer;
}

function vectorOf(chunk: DuckDBDataChunk, index: number): DoubleVector {
  const vector = chunk.getColumnVector(index) as unknown as DoubleVector;
  if (!(vector.items instanceof Float64Array)) throw new Error(`column ${index} holds no doubles`);
  return vector;
}
