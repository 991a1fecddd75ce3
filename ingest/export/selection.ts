import { tierWidthMs } from '../../broker/contract/windows.ts';
import type { SqlSession } from '../store/embedded/sql-session.ts';
import type { SeriesColumn } from './columns.ts';
import type { ExportRequest, ExportSeries } from './port.ts';
import { literal } from './sql.ts';

/** A statement of some 100 kB. */
const rowsPerInsert = 1_000;

/** What rows say of their series: the beginning of a line, or columns that stand within. */
export interface SeriesTexts {
  headOf?: (series: ExportSeries) => string;
  attributes: readonly SeriesColumn[];
}

/** The names of the text columns of table `selected`. */
export function namesOf({ headOf, attributes }: SeriesTexts): string[] {
  return [...(headOf ? ['head'] : []), ...attributes.map((_, index) => `attribute${index}`)];
}

/**
 * Makes table `selected (series, rank, expected, head, attribute0, …)` out of what is asked for and of the
 * dictionary `series` of the engine. Texts are enumerations: small numbers until they are written.
 */
export async function createSelection(
  session: SqlSession,
  request: ExportRequest,
  written: SeriesTexts,
): Promise<void> {
  const { headOf, attributes } = written;
  const names = namesOf(written);
  const texts = [...(headOf ? [headOf] : []), ...attributes.map(({ of }) => of)];
  const textColumns = names.map((name) => `, ${name} VARCHAR`).join('');
  await session.run(
    `CREATE TEMP TABLE wanted (rank INTEGER, device VARCHAR, metric VARCHAR, expected DOUBLE${textColumns})`,
  );
  const { resolution, series, keepUnknown } = request;
  const widthMs = resolution === 'raw' ? 0 : tierWidthMs[resolution];
  for (let from = 0; from < series.length; from += rowsPerInsert) {
    const some = series.slice(from, from + rowsPerInsert);
    const columns = [
      `range(${from}, ${from + some.length})`,
      listSql(some.map(({ device }) => device)),
      listSql(some.map(({ metric }) => metric)),
      `${listSql(some.map(({ intervalMs }) => String(widthMs / intervalMs)))}::DOUBLE[]`,
      ...texts.map((of) => listSql(some.map(of))),
    ];
    await session.run(
      `INSERT INTO wanted SELECT ${columns.map((list) => `unnest(${list})`).join(', ')}`,
    );
  }
  for (const name of names) {
    await session.run(
      `CREATE TEMP TYPE ${name}_type AS ENUM (SELECT DISTINCT ${name} FROM wanted ORDER BY ${name})`,
    );
  }
  const typed = names.map((name) => `, w.${name}::${name}_type AS ${name}`).join('');
  await session.run(`CREATE TEMP TABLE selected AS
    SELECT s.id AS series, w.rank, w.expected${typed}
    FROM wanted AS w ${keepUnknown ? 'LEFT' : 'INNER'} JOIN series AS s
      ON s.device = w.device AND s.metric = w.metric`);
}

/** A list as one text that is split: to parse literal after literal takes several times as long. */
function listSql(texts: readonly string[]): string {
  const separator = '\u001f';
  return texts.some((text) => text.includes(separator))
    ? `[${texts.map(literal).join(', ')}]`
    : `string_split(${literal(texts.join(separator))}, ${literal(separator)})`;
}
