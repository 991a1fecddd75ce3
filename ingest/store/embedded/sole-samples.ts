import type { DuckDBConnection } from '@duckdb/node-api';
import { tierWidthMs } from '../../../broker/contract/windows.ts';
import { rollUpSamples, type SeriesShape } from '../../domain/roll-up.ts';
import { expectedOf } from '../tier-rows.ts';
import { append, readColumns } from './columns.ts';
import { type TierColumnSpec, tableOf, tierColumnSpecs } from './schema.ts';
import { type Span, spanOf } from './transaction.ts';
import type { Group } from './walk.ts';

/**
 * Minutes of a slice that are left to the walk one by one; when there are more of them, it takes the whole slice,
 * which costs less than to name them.
 */
const openMinutesMax = 50_000;

const table = tableOf['1m'];
const minuteOf = (instant: string): string => `${instant} - ${instant} % ${tierWidthMs['1m']}`;
const inSpan = (instant: string): string => `${instant} >= $1 AND ${instant} < $2`;

/** A column that narrow rows have. */
type FullColumn = Exclude<TierColumnSpec, { narrow: string }>;

/**
 * The row of a minute of a gauge whose only sample is `f`, which is not bad: what `domain/roll-up.ts` makes of it, as
 * a test compares for all flags. Columns that follow from these are NULL. `g` brings what the interval decides.
 */
const soleRow: Readonly<Record<FullColumn['name'], string>> = {
  at: minuteOf('f.at_ms'),
  count: '1',
  // The sum of one value: -0 becomes 0.
  mean: 'f.value + 0',
  lastAt: 'f.at_ms',
  slots: '1',
  coveredMs: 'g.covered_ms',
  good: '(f.flag = 1)::BIGINT',
  notEvaluated: '(f.flag NOT IN (1, 3))::BIGINT',
  suspect: '(f.flag = 3)::BIGINT',
  bad: '0',
  expected: 'g.expected',
  revision: '0',
  resultAt: '$3',
};

const fullColumns = tierColumnSpecs.filter((spec): spec is FullColumn => !('narrow' in spec));
const contentColumns = fullColumns.filter(
  ({ name }) => name !== 'at' && name !== 'revision' && name !== 'resultAt',
);

/** Minutes with several samples, or a bad one. */
const selectCrowded = `SELECT f.series, ${minuteOf('f.at_ms')} AS at_ms
  FROM raw AS f SEMI JOIN gauges AS g ON f.series = g.series
  WHERE ${inSpan('f.at_ms')} GROUP BY ALL HAVING count(*) > 1 OR max(f.flag) = 4`;

/** Rows that are not what a sole sample makes, because there is none or it has changed; without those in `windows`. */
const selectDiffering = `SELECT t.series, t.at_ms
  FROM (SELECT * FROM ${table} AS t SEMI JOIN gauges AS g ON t.series = g.series
    ANTI JOIN windows AS w ON t.series = w.series AND t.at_ms = w.at_ms WHERE ${inSpan('t.at_ms')}) AS t
  LEFT JOIN (SELECT f.series, ${fullColumns
    .filter(({ name }) => name !== 'revision' && name !== 'resultAt')
    .map(({ name, column }) => `${soleRow[name]} AS ${column}`)
    .join(', ')}
    FROM raw AS f JOIN gauges AS g ON f.series = g.series WHERE ${inSpan('f.at_ms')}) AS s
  ON t.series = s.series AND t.at_ms = s.at_ms
  WHERE (t.sum IS NULL AND ${contentColumns
    .map(({ column }) => `t.${column} = s.${column}`)
    .join(' AND ')}) IS NOT TRUE`;

const selectNamed = 'SELECT series::DOUBLE, at_ms::DOUBLE FROM windows ORDER BY series, at_ms';

const selectKnown = `SELECT 1::DOUBLE FROM ${table} AS t SEMI JOIN gauges AS g ON t.series = g.series
  WHERE ${inSpan('t.at_ms')} LIMIT 1`;

/** All minutes but those in table `windows` and, where there may be any, those that have a row. */
function insertSoles(withKnown: boolean): string {
  const columns = tierColumnSpecs.map((spec) => ('narrow' in spec ? 'NULL' : soleRow[spec.name]));
  const known = `ANTI JOIN (SELECT series, at_ms FROM ${table} WHERE ${inSpan('at_ms')}) AS t
    ON f.series = t.series AND ${minuteOf('f.at_ms')} = t.at_ms`;
  return `INSERT INTO ${table} SELECT f.series, ${columns.join(', ')}
    FROM raw AS f JOIN gauges AS g ON f.series = g.series
    ANTI JOIN windows AS w ON f.series = w.series AND ${minuteOf('f.at_ms')} = w.at_ms
    ${withKnown ? known : ''} WHERE ${inSpan('f.at_ms')}`;
}

/**
 * Settles the minutes of gauges that have one sample, where that is new or has the row that it makes: nearly all
 * minutes are such, and their rows pass from table to table without coming into this thread. Answers what is left to
 * walk, or undefined when nothing is. Belongs to the transaction that is open on the connection.
 */
export async function settleSoles(
  connection: DuckDBConnection,
  group: Group,
): Promise<Group | undefined> {
  const { tier, kind, shapes, from, to } = group;
  if (tier !== '1m' || kind === 'state' || group.starts) return group;
  const span: Span = [BigInt(from), BigInt(to)];
  await append(connection, { name: 'gauges', temporary: true }, gaugeColumns(shapes));
  const [known] = await readColumns(connection, selectKnown, span);
  const withKnown = known?.length === 1;
  const { now } = group;
  let open = await fillWindows(connection, selectCrowded, span);
  if (withKnown && open <= openMinutesMax) {
    open += await fillWindows(connection, selectDiffering, span);
  }
  const isWhole = open > openMinutesMax;
  if (!isWhole) await connection.run(insertSoles(withKnown), [...span, BigInt(now)]);
  const windows = isWhole || open === 0 ? [] : await readColumns(connection, selectNamed);
  await connection.run('DELETE FROM windows');
  await connection.run('DELETE FROM gauges');
  if (isWhole) return group;
  const [series, start] = windows;
  return series && start ? narrowed(group, series, start) : undefined;
}

/** Adds what a statement selects to table `windows` and answers how many that were; one more than allowed is enough. */
async function fillWindows(
  connection: DuckDBConnection,
  select: string,
  span: Span,
): Promise<number> {
  const statement = `INSERT INTO windows ${select} LIMIT ${openMinutesMax + 1}`;
  return (await connection.run(statement, span)).rowsChanged;
}

/** Series, time that a sample stands for, and samples at the nominal interval. */
function gaugeColumns(shapes: Group['shapes']): { values: Float64Array }[] {
  const coveredMs = new Map<number, number>();
  const covered = (shape: SeriesShape): number => {
    const known = coveredMs.get(shape.intervalMs) ?? coveredMsOf(shape);
    coveredMs.set(shape.intervalMs, known);
    return known;
  };
  const all = [...shapes.values()];
  return [
    { values: Float64Array.from(shapes.keys()) },
    { values: Float64Array.from(all, covered) },
    { values: Float64Array.from(all, ({ intervalMs }) => expectedOf('1m', intervalMs)) },
  ];
}

function coveredMsOf(shape: SeriesShape): number {
  const samples = { at: [0], value: [0], flag: [1] };
  return rollUpSamples('1m', shape, 0, { samples, begin: 0, end: 1 })?.coveredMs ?? 0;
}

/** The group with nothing but these windows, which are in order of series and time. */
function narrowed(group: Group, series: Float64Array, start: Float64Array): Group {
  const starts = new Map<number, Float64Array>();
  for (let begin = 0; begin < series.length; ) {
    let end = begin + 1;
    while (end < series.length && series[end] === series[begin]) end++;
    starts.set(series[begin] as number, start.subarray(begin, end));
    begin = end;
  }
  const [from, to] = spanOf(start, tierWidthMs[group.tier]).map(Number) as [number, number];
  return { ...group, starts, from, to };
}
