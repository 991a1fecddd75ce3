import type { DuckDBConnection } from '@duckdb/node-api';
import { type Tier, tiers, tierWidthMs } from '../../../broker/contract/windows.ts';
import { createStatements, tableOf } from './schema.ts';
import { inTransaction } from './transaction.ts';

/**
 * Brings a file that was made before readings had a quality to the present schema, whole or not at all. What was not
 * recorded is said as such: quality 2 (not evaluated), arrival as the event; tiers know mean, extremes and count,
 * but no coverage until they are rebuilt from raw.
 */
export async function migrate(connection: DuckDBConnection): Promise<void> {
  if (!(await isEarlier(connection))) return;
  await inTransaction(connection, async () => {
    for (const table of Object.values(tableOf)) {
      await connection.run(`ALTER TABLE ${table} RENAME TO earlier_${table}`);
    }
    for (const statement of createStatements) await connection.run(statement);
    await connection.run(
      'INSERT INTO raw SELECT series, at_ms, value, 2, 0, at_ms FROM earlier_raw',
    );
    for (const tier of tiers) await connection.run(convertTier(tier));
    for (const table of Object.values(tableOf)) await connection.run(`DROP TABLE earlier_${table}`);
  });
}

async function isEarlier(connection: DuckDBConnection): Promise<boolean> {
  const result = await connection.run(
    "SELECT count(*) FILTER (column_name = 'flag') FROM duckdb_columns() WHERE table_name = 'raw' HAVING count(*) > 0",
  );
  const [row] = await result.getRows();
  return row !== undefined && Number(row[0]) === 0;
}

function convertTier(tier: Tier): string {
  return `INSERT INTO ${tableOf[tier]}
    (series, at_ms, count, mean, sum, m2, min, max, slots, covered_ms,
      good, not_evaluated, suspect, bad, expected, revision, result_at)
    SELECT series, at_ms, count, mean, mean * count, 0, min, max, 0, 0,
      0, count, 0, 0, 0, 0, at_ms + ${tierWidthMs[tier]} FROM earlier_${tableOf[tier]}`;
}
