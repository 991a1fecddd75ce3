import { resolve } from 'node:path';
import { type DuckDBConnection, DuckDBInstance } from '@duckdb/node-api';
import type { RawColumns, TierColumns } from '../../broker/contract/series.ts';
import { type Tier, tierWidthMs } from '../../broker/contract/windows.ts';
import { append } from '../store/embedded/columns.ts';
import { createStatements, tableOf } from '../store/embedded/schema.ts';
import { createSqlSession } from '../store/embedded/sql-session.ts';
import { TierRowBuffer } from '../store/embedded/tier-columns.ts';
import { QueryTooLarge, type Store } from '../store/store.ts';
import type { ExportEngine } from './engine.ts';
import { exportLimits } from './limits.ts';
import type { ExportRequest, ExportSeries } from './port.ts';
import { blocksOf, clip, Packer, type Slice, type Unit } from './slices.ts';
import { literal } from './sql.ts';

type Reads = Pick<Store, 'raw' | 'rollups' | 'latest'>;

/** What a store hands out of one unit. */
type Page = { unit: Unit; series: ExportSeries } & (
  | { raw: RawColumns }
  | { tier: Tier; rows: TierColumns }
);

/**
 * Exports out of any store: rows are asked for series by series and pass, slice by slice, through a database in
 * memory that formats and writes them as the embedded store does.
 */
export function createStagedRows(
  store: Reads,
  folder: string,
  sliceRowsMax: number = exportLimits.sliceRowsMax,
): ExportEngine {
  return {
    async open(request) {
      const instance = await DuckDBInstance.create(':memory:', {
        threads: '2',
        memory_limit: '192MB',
        autoinstall_known_extensions: 'false',
        autoload_known_extensions: 'false',
      });
      const connection = await instance.connect();
      const session = createSqlSession(connection, () => instance.closeSync());
      try {
        for (const statement of [
          `SET allowed_directories=[${literal(`${resolve(folder)}/`)}]`,
          'SET enable_external_access=false',
          ...createStatements,
        ]) {
          await session.run(statement);
        }
        const known = await knownRanks(store, request);
        for (const rank of known) {
          const { device, metric } = request.series[rank] as ExportSeries;
          await session.run(
            `INSERT INTO series VALUES (${rank}, ${literal(device)}, ${literal(metric)})`,
          );
        }
        return {
          session,
          slices: () => {
            const pages = pagesOf(store, request, known);
            return slicesOf(connection, pages, {
              table: tableOf[request.resolution],
              sliceRowsMax,
            });
          },
        };
      } catch (error) {
        await session.close();
        throw error;
      }
    },
  };
}

/** The series that the store has, by their place. What has no newest reading may still have coarse rows. */
async function knownRanks(store: Reads, request: ExportRequest): Promise<number[]> {
  if (request.keepUnknown) return [...request.series.keys()];
  const newest = new Set((await store.latest()).map(({ device, metric }) => `${device} ${metric}`));
  const known: number[] = [];
  for (const [rank, { device, metric }] of request.series.entries()) {
    const isKnown =
      newest.has(`${device} ${metric}`) ||
      (request.resolution !== 'raw' && (await hasDays(store, request, { device, metric })));
    if (isKnown) known.push(rank);
  }
  return known;
}

async function hasDays(
  store: Reads,
  { from, to }: ExportRequest,
  series: Pick<ExportSeries, 'device' | 'metric'>,
): Promise<boolean> {
  const dayMs = tierWidthMs['1d'];
  try {
    const span = { from: from - (from % dayMs), to };
    return (await store.rollups('1d', { ...series, ...span, rowsMax: 1 })).at.length > 0;
  } catch (error) {
    if (error instanceof QueryTooLarge) return true;
    throw error;
  }
}

async function* pagesOf(
  store: Reads,
  request: ExportRequest,
  known: readonly number[],
): AsyncGenerator<Page> {
  const { resolution, series } = request;
  const blocks = blocksOf(resolution, request);
  for (let block = blocks.first; block < blocks.end; block++) {
    const span = clip(resolution, block, request);
    for (const rank of known) {
      const one = series[rank] as ExportSeries;
      yield* readUnit(store, request, one, { block, rank, rows: 0, ...span });
    }
  }
}

/** All pages of a unit, in order of time: a span that is too large is halved. */
async function* readUnit(
  store: Reads,
  request: ExportRequest,
  series: ExportSeries,
  unit: Unit,
): AsyncGenerator<Page> {
  const { resolution, gaps } = request;
  const { device, metric } = series;
  const { from, to } = unit;
  const query = { device, metric, from, to, rowsMax: exportLimits.pageRowsMax };
  try {
    if (resolution === 'raw') {
      const raw = await store.raw(query);
      if (raw.at.length > 0) yield { unit: { ...unit, rows: raw.at.length }, series, raw };
      return;
    }
    const rows = await store.rollups(resolution, query);
    const width = tierWidthMs[resolution];
    const count = gaps ? Math.ceil(to / width) - Math.ceil(from / width) : rows.at.length;
    if (count > 0) yield { unit: { ...unit, rows: count }, series, tier: resolution, rows };
  } catch (error) {
    if (!(error instanceof QueryTooLarge) || to - from < 2) throw error;
    const middle = Math.floor((from + to) / 2);
    yield* readUnit(store, request, series, { ...unit, to: middle });
    yield* readUnit(store, request, series, { ...unit, from: middle });
  }
}

/** Pages are kept until their slice is complete, so that the database holds nothing but the slice. */
async function* slicesOf(
  connection: DuckDBConnection,
  pages: AsyncGenerator<Page>,
  { table, sliceRowsMax }: { table: string; sliceRowsMax: number },
): AsyncGenerator<Slice> {
  const packer = new Packer(sliceRowsMax);
  let staged: Page[] = [];
  const stage = async (): Promise<void> => {
    await connection.run(`TRUNCATE ${table}`);
    for (const page of staged) await appendPage(connection, page);
    staged = [];
  };
  for await (const page of pages) {
    const slice = packer.add(page.unit);
    if (slice) {
      await stage();
      yield slice;
    }
    staged.push(page);
  }
  const rest = packer.end();
  if (!rest) return;
  await stage();
  yield rest;
}

async function appendPage(connection: DuckDBConnection, page: Page): Promise<void> {
  const { rank } = page.unit;
  if ('raw' in page) {
    const { at, value, flag, reasons, receivedAt } = page.raw;
    const columns = [at.map(() => rank), at, value, flag, reasons, receivedAt];
    await append(
      connection,
      { name: tableOf.raw },
      columns.map((values) => ({ values: Float64Array.from(values) })),
    );
    return;
  }
  const buffer = new TierRowBuffer();
  const { rows, tier } = page;
  rows.at.forEach((_, index) => {
    buffer.add(rank, tierRow(tier, rows, index));
  });
  for (const columns of buffer.appends())
    await append(connection, { name: tableOf[tier] }, columns);
}

function tierRow(
  tier: Tier,
  rows: TierColumns,
  index: number,
): Parameters<TierRowBuffer['add']>[1] {
  const [good, notEvaluated, suspect, bad] = rows.flags[index] ?? [0, 0, 0, 0];
  const number = (values: readonly number[]): number => values[index] ?? 0;
  const orNull = (values: readonly (number | null)[]): number | null => values[index] ?? null;
  return {
    at: number(rows.at),
    count: number(rows.count),
    mean: orNull(rows.mean),
    sum: number(rows.sum),
    m2: number(rows.m2),
    min: orNull(rows.min),
    minAt: orNull(rows.minAt),
    max: orNull(rows.max),
    maxAt: orNull(rows.maxAt),
    first: orNull(rows.first),
    firstAt: orNull(rows.firstAt),
    last: orNull(rows.last),
    lastAt: orNull(rows.lastAt),
    slots: number(rows.slots),
    coveredMs: Math.round(number(rows.coverage) * tierWidthMs[tier]),
    good,
    notEvaluated,
    suspect,
    bad,
    expected: number(rows.expected),
    revision: number(rows.revision),
    resultAt: number(rows.resultAt),
  };
}
