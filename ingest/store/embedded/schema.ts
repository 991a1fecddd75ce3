import type { Resolution, Tier } from '../../../broker/contract/windows.ts';

/** Name of a resolution's table. */
export const tableOf: Readonly<Record<Resolution, string>> = {
  raw: 'raw',
  '1m': 'tier_1m',
  '1h': 'tier_1h',
  '1d': 'tier_1d',
};

const tierColumns =
  '(series INTEGER NOT NULL, at_ms BIGINT NOT NULL, mean DOUBLE, min DOUBLE, max DOUBLE, count BIGINT)';

/**
 * No table has a key: an index would cost five times the CPU and twenty times the space of the data.
 * That keys stay unique is the writer's work. `at_ms` is the event time, or a window's start.
 */
export const createStatements: readonly string[] = [
  'CREATE TABLE IF NOT EXISTS series (id INTEGER NOT NULL, device VARCHAR NOT NULL, metric VARCHAR NOT NULL)',
  'CREATE TABLE IF NOT EXISTS raw (series INTEGER NOT NULL, at_ms BIGINT NOT NULL, value DOUBLE NOT NULL)',
  `CREATE TABLE IF NOT EXISTS tier_1m ${tierColumns}`,
  `CREATE TABLE IF NOT EXISTS tier_1h ${tierColumns}`,
  `CREATE TABLE IF NOT EXISTS tier_1d ${tierColumns}`,
  // Working tables of one transaction. They live in memory and are empty between transactions.
  'CREATE TEMP TABLE doubtful (position INTEGER, series INTEGER, at_ms BIGINT, value DOUBLE)',
  'CREATE TEMP TABLE windows (series INTEGER, at_ms BIGINT)',
];

/** Columns of a read, time first. */
export function selectRows(resolution: Resolution): string {
  const columns = resolution === 'raw' ? 'value' : 'mean, min, max, count::DOUBLE';
  return `SELECT at_ms::DOUBLE, ${columns} FROM ${tableOf[resolution]}
    WHERE series = $1 AND at_ms >= $2 AND at_ms < $3 ORDER BY at_ms LIMIT $4`;
}

/**
 * Recomputes the windows in table `windows`; $1 and $2 bound the instants that they cover, so that only
 * blocks of that time are read. `favg` compensates rounding: the order of rows does not show in a mean.
 */
export function insertRollUp(tier: Tier, finer: Resolution, widthMs: number): string {
  const aggregates =
    finer === 'raw'
      ? 'favg(value), min(value), max(value), count(*)'
      : 'favg(mean), min(min), max(max), sum(count)::BIGINT';
  return `INSERT INTO ${tableOf[tier]}
    SELECT w.series, w.at_ms, ${aggregates}
    FROM ${tableOf[finer]} AS f
    JOIN windows AS w ON f.series = w.series AND f.at_ms - f.at_ms % ${widthMs} = w.at_ms
    WHERE f.at_ms >= $1 AND f.at_ms < $2
    GROUP BY w.series, w.at_ms`;
}

/** Deletes the rows of the windows in table `windows`; $1 and $2 as above. */
export function deleteRollUp(tier: Tier): string {
  const table = tableOf[tier];
  return `DELETE FROM ${table} USING windows AS w
    WHERE ${table}.series = w.series AND ${table}.at_ms = w.at_ms
      AND ${table}.at_ms >= $1 AND ${table}.at_ms < $2`;
}

/** Which of the readings in table `doubtful` are there already, and with another value; bounds as above. */
export const selectKnown = `SELECT d.position, d.value <> r.value
  FROM raw AS r JOIN doubtful AS d ON r.series = d.series AND r.at_ms = d.at_ms
  WHERE r.at_ms >= $1 AND r.at_ms < $2`;

/** Gives stored readings the value that `doubtful` has for their key. */
export const updateKnown = `UPDATE raw SET value = d.value FROM doubtful AS d
  WHERE raw.series = d.series AND raw.at_ms = d.at_ms AND raw.value <> d.value
    AND raw.at_ms >= $1 AND raw.at_ms < $2`;

export const selectNewest =
  'SELECT series, max(at_ms)::DOUBLE, arg_max(value, at_ms) FROM raw GROUP BY series';
