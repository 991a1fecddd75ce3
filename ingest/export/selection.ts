import { tierWidthMs } from '../../broker/contract/windows.ts';
import type { SqlSession } from '../store/embedded/sql-session.ts';
import type { SeriesColumn } from './columns.ts';
import type { ExportRequest, ExportSeries } from './port.ts';
import { literal } from './sql.ts';

const rowsPerInsert = 500;

/** What rows say of their series: the beginning of a line, or columns that stand within. */
export interface SeriesTexts {
  headOf?: (series: ExportSeries) => string;
  attributes: readonly SeriesColumn[];
}

/**
 * Makes table `selected (series, rank, expected, head, attribute0, …)` out of what is asked for and of the
 * dictionary `series` of the engine. Texts are enumerations: small numbers until they are written.
 *
 * @returns the names of the text columns
 */
export async function createSelection(
  session: SqlSession,
  request: ExportRequest,
  { headOf, attributes }: SeriesTexts,
): Promise<string[]> {
  const texts = [
    ...(headOf ? [{ name: 'head', of: headOf }] : []),
    ...attributes.map(({ of }, index) => ({ name: `attribute${index}`, of })),
  ];
  const names = texts.map(({ name }) => name);
  const textColumns = names.map((name) => `, ${name} VARCHAR`).join('');
  await session.run(
    `CREATE TEMP TABLE wanted (rank INTEGER, device VARCHAR, metric VARCHAR, expected DOUBLE${textColumns})`,
  );
  const { resolution, series, keepUnknown } = request;
  const widthMs = resolution === 'raw' ? 0 : tierWidthMs[resolution];
  for (let from = 0; from < series.length; from += rowsPerInsert) {
    const rows = series.slice(from, from + rowsPerInsert).map((one, index) => {
      const cells = [one.device, one.metric].map(literal);
      const written = texts.map(({ of }) => literal(of(one)));
      return `(${[from + index, ...cells, `${widthMs / one.intervalMs}::DOUBLE`, ...written].join(', ')})`;
    });
    await session.run(`INSERT INTO wanted VALUES ${rows.join(', ')}`);
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
  return names;
}
