import type { DuckDBConnection } from '@duckdb/node-api';

/** Half-open span of instants, as parameters of a statement. */
export type Span = [from: bigint, to: bigint];

/** Does the work whole or not at all. */
export async function inTransaction<T>(
  connection: DuckDBConnection,
  work: () => Promise<T>,
): Promise<T> {
  await connection.run('BEGIN');
  try {
    const result = await work();
    await connection.run('COMMIT');
    return result;
  } catch (error) {
    // A commit that failed has ended the transaction itself; the first error is the one to tell.
    await connection.run('ROLLBACK').catch(() => undefined);
    throw error;
  }
}

/** What windows of this width cover from the first start to the last. */
export function spanOf(starts: ArrayLike<number>, widthMs: number): Span {
  let from = Number.POSITIVE_INFINITY;
  let last = 0;
  for (let row = 0; row < starts.length; row++) {
    from = Math.min(from, starts[row] as number);
    last = Math.max(last, starts[row] as number);
  }
  return [BigInt(from), BigInt(last + widthMs)];
}
