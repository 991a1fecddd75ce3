import type { Resolution, Tier } from '../../../broker/contract/windows.ts';

/** Name of a resolution's table. */
export const tableOf: Readonly<Record<Resolution, string>> = {
  raw: 'raw',
  '1m': 'tier_1m',
  '1h': 'tier_1h',
  '1d': 'tier_1d',
};

/** View of a tier's table with every column filled in; see {@link narrowColumns}. For reading and for exports. */
export const viewOf: Readonly<Record<Tier, string>> = {
  '1m': 'rows_1m',
  '1h': 'rows_1h',
  '1d': 'rows_1d',
};

const rawColumns = `(series INTEGER NOT NULL, at_ms BIGINT NOT NULL, value DOUBLE NOT NULL,
  flag UTINYINT NOT NULL, reasons INTEGER NOT NULL, received_at BIGINT NOT NULL)`;

/**
 * Columns of a tier by the names of `TierRow`, in the table's order. `null` where the type has one; `narrow`: what
 * is NULL in the table for a window of one sample, because it follows from `mean` and `last_at`. Most minutes are
 * such windows: with those columns empty a row takes 7 bytes instead of 23, and writing it a quarter less CPU time
 * (2.4 million minutes of one sample by `INSERT … SELECT`, with a checkpoint).
 */
export const tierColumnSpecs = [
  { name: 'at', column: 'at_ms', type: 'BIGINT NOT NULL' },
  { name: 'count', column: 'count', type: 'BIGINT NOT NULL' },
  { name: 'mean', column: 'mean', type: 'DOUBLE', null: true },
  { name: 'sum', column: 'sum', type: 'DOUBLE', narrow: 'mean' },
  { name: 'm2', column: 'm2', type: 'DOUBLE', narrow: '0' },
  { name: 'min', column: 'min', type: 'DOUBLE', null: true, narrow: 'mean' },
  { name: 'minAt', column: 'min_at', type: 'BIGINT', null: true, narrow: 'last_at' },
  { name: 'max', column: 'max', type: 'DOUBLE', null: true, narrow: 'mean' },
  { name: 'maxAt', column: 'max_at', type: 'BIGINT', null: true, narrow: 'last_at' },
  { name: 'first', column: 'first', type: 'DOUBLE', null: true, narrow: 'mean' },
  { name: 'firstAt', column: 'first_at', type: 'BIGINT', null: true, narrow: 'last_at' },
  { name: 'last', column: 'last', type: 'DOUBLE', null: true, narrow: 'mean' },
  { name: 'lastAt', column: 'last_at', type: 'BIGINT', null: true },
  { name: 'slots', column: 'slots', type: 'INTEGER NOT NULL' },
  { name: 'coveredMs', column: 'covered_ms', type: 'BIGINT NOT NULL' },
  { name: 'good', column: 'good', type: 'BIGINT NOT NULL' },
  { name: 'notEvaluated', column: 'not_evaluated', type: 'BIGINT NOT NULL' },
  { name: 'suspect', column: 'suspect', type: 'BIGINT NOT NULL' },
  { name: 'bad', column: 'bad', type: 'BIGINT NOT NULL' },
  { name: 'expected', column: 'expected', type: 'DOUBLE NOT NULL' },
  { name: 'revision', column: 'revision', type: 'INTEGER NOT NULL' },
  { name: 'resultAt', column: 'result_at', type: 'BIGINT NOT NULL' },
] as const satisfies readonly {
  name: string;
  column: string;
  type: string;
  null?: true;
  narrow?: string;
}[];

export type TierColumnSpec = (typeof tierColumnSpecs)[number];

const tierColumns = `(series INTEGER NOT NULL, ${tierColumnSpecs.map(({ column, type }) => `${column} ${type}`).join(', ')})`;

/**
 * No table has a key: an index would cost five times the CPU and twenty times the space of the data.
 * That keys stay unique is the writer's work. `at_ms` is the event time, or a window's start.
 * Nothing is replaced: where all is there they write nothing, so that a file on a full disk can be opened and read.
 * A view that changes must get another name.
 */
export const createStatements: readonly string[] = [
  'CREATE TABLE IF NOT EXISTS series (id INTEGER NOT NULL, device VARCHAR NOT NULL, metric VARCHAR NOT NULL)',
  `CREATE TABLE IF NOT EXISTS raw ${rawColumns}`,
  ...(['1m', '1h', '1d'] as const).flatMap((tier) => [
    `CREATE TABLE IF NOT EXISTS ${tableOf[tier]} ${tierColumns}`,
    `CREATE VIEW IF NOT EXISTS ${viewOf[tier]} AS SELECT series, ${tierColumnSpecs
      .map((spec) => ('narrow' in spec ? filledIn(spec) : spec.column))
      .join(', ')} FROM ${tableOf[tier]}`,
  ]),
];

/** Working tables of one transaction. They live in memory and are empty between transactions. */
export const createWorkingTables: readonly string[] = [
  `CREATE TEMP TABLE doubtful (position INTEGER, series INTEGER, at_ms BIGINT, value DOUBLE,
    flag UTINYINT, reasons INTEGER, received_at BIGINT)`,
  'CREATE TEMP TABLE judged (series INTEGER, at_ms BIGINT, flag UTINYINT, reasons INTEGER)',
  'CREATE TEMP TABLE members (series INTEGER)',
  'CREATE TEMP TABLE gauges (series INTEGER, covered_ms BIGINT, expected DOUBLE)',
  'CREATE TEMP TABLE windows (series INTEGER, at_ms BIGINT)',
  'CREATE TEMP TABLE changed (series INTEGER, at_ms BIGINT)',
];

/** A row is narrow when it has no sum. */
function filledIn({ column, narrow }: Extract<TierColumnSpec, { narrow: string }>): string {
  return `CASE WHEN sum IS NULL THEN ${narrow} ELSE ${column} END AS ${column}`;
}

/** Columns of a resolution as doubles, NaN for NULL: the form in which `columns.ts` reads. */
export const doublesOf: Readonly<Record<Resolution, string>> = {
  raw: 'at_ms::DOUBLE, value, flag::DOUBLE, reasons::DOUBLE, received_at::DOUBLE',
  '1m': tierDoubles(),
  '1h': tierDoubles(),
  '1d': tierDoubles(),
};

function tierDoubles(): string {
  return tierColumnSpecs.map(asDouble).join(', ');
}

function asDouble(spec: TierColumnSpec): string {
  return 'null' in spec
    ? `coalesce(${spec.column}::DOUBLE, 'NaN'::DOUBLE)`
    : `${spec.column}::DOUBLE`;
}

/** What a resolution is read from. */
function readable(resolution: Resolution): string {
  return resolution === 'raw' ? tableOf.raw : viewOf[resolution];
}

/** Columns of a read, time first. */
export function selectRows(resolution: Resolution): string {
  return `SELECT ${doublesOf[resolution]} FROM ${readable(resolution)}
    WHERE series = $1 AND at_ms >= $2 AND at_ms < $3 ORDER BY at_ms LIMIT $4`;
}

/** What of a table is selected: its columns as doubles, and which of its rows. */
export interface Selection {
  table: string;
  columns: string;
  where?: string;
}

/** All rows of a resolution with every column filled in. */
export function filledOf(resolution: Resolution): Selection {
  return { table: readable(resolution), columns: doublesOf[resolution] };
}

/** What of raw makes rows of tiers. */
export const samples: Selection = {
  table: tableOf.raw,
  columns: 'at_ms::DOUBLE, value, flag::DOUBLE',
};

/** All rows of a tier as they are in its table: those of `specs` that narrow rows have, time first. */
export function baseOf(tier: Tier, specs: readonly TierColumnSpec[]): Selection {
  const columns = specs.filter((spec) => !('narrow' in spec)).map(asDouble);
  return { table: tableOf[tier], columns: columns.join(', ') };
}

/** Of the rows that are not narrow, those of `specs` that narrow rows leave out, behind the time. */
export function wideOf(tier: Tier, specs: readonly TierColumnSpec[]): Selection {
  const columns = specs.filter((spec) => 'narrow' in spec).map(asDouble);
  return {
    table: tableOf[tier],
    columns: ['at_ms::DOUBLE', ...columns].join(', '),
    where: 'AND f.sum IS NOT NULL',
  };
}

/** Of the series in table `members`, what lies between $1 and $2, ordered by series and time; series first. */
export function selectSpan({ table, columns, where = '' }: Selection): string {
  return `SELECT f.series::DOUBLE, ${columns} FROM ${table} AS f
    SEMI JOIN members AS m ON f.series = m.series
    WHERE f.at_ms >= $1 AND f.at_ms < $2 ${where} ORDER BY f.series, f.at_ms`;
}

/** The same of the windows in table `windows`, which are `widthMs` wide. */
export function selectWindows({ table, columns, where = '' }: Selection, widthMs: number): string {
  return `SELECT f.series::DOUBLE, ${columns} FROM ${table} AS f
    SEMI JOIN windows AS w ON f.series = w.series AND f.at_ms - f.at_ms % ${widthMs} = w.at_ms
    WHERE f.at_ms >= $1 AND f.at_ms < $2 ${where} ORDER BY f.series, f.at_ms`;
}

/** Deletes the rows of a tier that table `changed` names; $1 and $2 bound their instants. */
export function deleteChanged(tier: Tier): string {
  const table = tableOf[tier];
  return `DELETE FROM ${table} USING changed AS c
    WHERE ${table}.series = c.series AND ${table}.at_ms = c.at_ms
      AND ${table}.at_ms >= $1 AND ${table}.at_ms < $2`;
}

/** Which of the readings in table `doubtful` are there already, and with another value; bounds as above. */
export const selectKnown = `SELECT d.position::DOUBLE, (d.value <> r.value)::DOUBLE
  FROM raw AS r JOIN doubtful AS d ON r.series = d.series AND r.at_ms = d.at_ms
  WHERE r.at_ms >= $1 AND r.at_ms < $2`;

/** Gives stored readings what `doubtful` has for their key, where the value is another. */
export const updateKnown = `UPDATE raw SET value = d.value, flag = d.flag, reasons = d.reasons,
    received_at = d.received_at FROM doubtful AS d
  WHERE raw.series = d.series AND raw.at_ms = d.at_ms AND raw.value <> d.value
    AND raw.at_ms >= $1 AND raw.at_ms < $2`;

/** Gives stored readings the quality that table `judged` has for their key. */
export const updateJudged = `UPDATE raw SET flag = j.flag, reasons = j.reasons FROM judged AS j
  WHERE raw.series = j.series AND raw.at_ms = j.at_ms
    AND (raw.flag <> j.flag OR raw.reasons <> j.reasons)
    AND raw.at_ms >= $1 AND raw.at_ms < $2`;

export const selectNewest = `SELECT series::DOUBLE, max(at_ms)::DOUBLE, arg_max(value, at_ms),
  arg_max(flag, at_ms)::DOUBLE, arg_max(reasons, at_ms)::DOUBLE, arg_max(received_at, at_ms)::DOUBLE
  FROM raw GROUP BY series`;
