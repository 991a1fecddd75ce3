import {
  BIGINT,
  DOUBLE,
  type DuckDBConnection,
  DuckDBDataChunk,
  type DuckDBMaterializedResult,
  INTEGER,
} from '@duckdb/node-api';

/** DuckDB takes at most one vector of rows at a time. */
const chunkRowsMax = 2048;

export type Column =
  | { type: typeof INTEGER | typeof DOUBLE; at(row: number): number }
  | { type: typeof BIGINT; at(row: number): bigint };

export const integers = (values: ArrayLike<number>): Column => ({
  type: INTEGER,
  at: (row) => values[row] as number,
});

export const doubles = (values: ArrayLike<number>): Column => ({
  type: DOUBLE,
  at: (row) => values[row] as number,
});

/** Whole numbers beyond 32 bits, such as epoch ms. */
export const bigints = (values: ArrayLike<number>): Column => ({
  type: BIGINT,
  at: (row) => BigInt(values[row] as number),
});

/** The rows that `rows` names, in that order. */
export function pick(values: ArrayLike<number>, rows: readonly number[]): number[] {
  return rows.map((row) => values[row] as number);
}

/**
 * Appends columns of `rowCount` rows to a table, in whole vectors: that is twenty times as fast as
 * SQL with parameters. Belongs to the transaction that is open on the connection.
 */
export async function append(
  connection: DuckDBConnection,
  table: { name: string; temporary?: boolean },
  rowCount: number,
  columns: readonly Column[],
): Promise<void> {
  if (rowCount === 0) return;
  const appender = table.temporary
    ? await connection.createAppender(table.name, 'main', 'temp')
    : await connection.createAppender(table.name);
  try {
    for (let from = 0; from < rowCount; from += chunkRowsMax) {
      appender.appendDataChunk(chunkOf(columns, from, Math.min(chunkRowsMax, rowCount - from)));
    }
  } finally {
    appender.closeSync();
  }
}

function chunkOf(columns: readonly Column[], from: number, rowCount: number): DuckDBDataChunk {
  const chunk = DuckDBDataChunk.create(
    columns.map((column) => column.type),
    rowCount,
  );
  columns.forEach((column, index) => {
    chunk.setColumnValues(
      index,
      Array.from({ length: rowCount }, (_, row) => column.at(from + row)),
    );
  });
  return chunk;
}

/** A result of numeric columns, each as one typed array. */
export async function readColumns(result: DuckDBMaterializedResult): Promise<Float64Array[]> {
  const chunks = await result.fetchAllChunks();
  const rowCount = chunks.reduce((rows, chunk) => rows + chunk.rowCount, 0);
  return Array.from({ length: result.columnCount }, (_, index) => {
    const values = new Float64Array(rowCount);
    let row = 0;
    for (const chunk of chunks) {
      const vector = chunk.getColumnVector(index);
      for (let item = 0; item < vector.itemCount; item++) {
        values[row++] = Number(vector.getItem(item));
      }
    }
    return values;
  });
}
