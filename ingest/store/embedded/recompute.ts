import type { DuckDBConnection } from '@duckdb/node-api';
import type { MetricKind } from '../../../broker/contract/metrics.ts';
import { type Resolution, type Tier, tierWidthMs } from '../../../broker/contract/windows.ts';
import { reachMs, type SeriesShape, sourceOf } from '../../domain/roll-up.ts';
import { storeLimits } from '../limits.ts';
import { append, pick, readColumns } from './columns.ts';
import type { SeriesShapes, WindowColumns } from './messages.ts';
import type { OpenMinutes } from './open-minutes.ts';
import * as sql from './schema.ts';
import { settleSoles } from './sole-samples.ts';
import { joined } from './tier-columns.ts';
import { inTransaction, type Span, spanOf } from './transaction.ts';
import { type Changes, type Group, type Rows, TierWalk } from './walk.ts';

/** What is to be made anew: named windows, or every window of a span. */
export interface Recomputation {
  tier: Tier;
  now: number;
  shapes: SeriesShapes;
  of: WindowColumns | { from: number; to: number };
}

const nothing = new Float64Array(0);
/** As they are read of raw, series first. */
const noSamples: Rows = [nothing, nothing, nothing, nothing];

/**
 * Makes windows of a tier anew: reads what they are made from and the rows that are there, computes in this thread
 * by `domain/roll-up.ts`, and writes only what has changed, in one transaction for each kind of series. Minutes of
 * a span that have one sample are settled in SQL before; see {@link settleSoles}. The same to the last bit in every
 * engine.
 */
export async function recompute(
  connection: DuckDBConnection,
  recomputation: Recomputation,
  openMinutes: OpenMinutes,
): Promise<void> {
  for (const group of groupsOf(recomputation)) {
    const { tier, kind, starts, shapes } = group;
    for (const [series, shape] of shapes) openMinutes.expect(series, shape);
    if (tier === '1m' && kind === 'gauge' && starts) group.ready = openMinutes;
    await inTransaction(connection, async () => {
      const rest = await settleSoles(connection, group);
      if (!rest) return;
      const [source, existing] = await readGroup(connection, rest);
      await write(connection, rest.tier, new TierWalk(rest, source, existing).run());
    });
  }
}

/** Series by kind, which decides what they are made from. */
function groupsOf({ tier, now, shapes, of }: Recomputation): Group[] {
  const kinds = new Map<MetricKind, Map<number, SeriesShape>>();
  shapes.series.forEach((series, index) => {
    const intervalMs = shapes.intervalMs[index] as number;
    const kind = shapes.isState[index] ? 'state' : 'gauge';
    const members = kinds.get(kind) ?? new Map<number, SeriesShape>();
    kinds.set(kind, members.set(series, { kind, intervalMs }));
  });
  return [...kinds].flatMap(([kind, members]): Group[] => {
    let reach = 0;
    for (const shape of members.values()) reach = Math.max(reach, reachMs(tier, shape));
    const group = { tier, now, kind, source: sourceOf(tier, kind), shapes: members, reach };
    if (!('start' in of)) return [{ ...group, ...of }];
    const starts = startsBySeries(of, members);
    if (starts.size === 0) return [];
    const [from, to] = spanOf(of.start, tierWidthMs[tier]).map(Number) as [number, number];
    return [{ ...group, starts, from, to }];
  });
}

function startsBySeries(
  { series, start }: WindowColumns,
  members: ReadonlyMap<number, SeriesShape>,
): Map<number, Float64Array> {
  const lists = new Map<number, number[]>();
  series.forEach((id, index) => {
    if (!members.has(id)) return;
    const list = lists.get(id) ?? [];
    lists.set(id, list);
    list.push(start[index] as number);
  });
  return new Map([...lists].map(([id, list]) => [id, Float64Array.from(list).sort()]));
}

async function readGroup(connection: DuckDBConnection, group: Group): Promise<[Rows, Rows]> {
  const { tier, source, starts, from, to, reach, ready } = group;
  const sourceSpan: Span = [BigInt(Math.max(0, from - reach)), BigInt(to + reach)];
  const span: Span = [BigInt(from), BigInt(to)];
  const widthMs = tierWidthMs[tier];
  const table = starts ? 'windows' : 'members';
  const all = starts ? sourceWindows(group, starts) : [Float64Array.from(group.shapes.keys())];
  const wanted = ready ? unready(all, ready) : all;
  const select = (selection: sql.Selection) =>
    starts ? sql.selectWindows(selection, widthMs) : sql.selectSpan(selection);
  const expected = starts ? undefined : rowsExpectedOf(group);
  const ofSource = { select, span: sourceSpan, specs: sourceSpecsOf(group), expected };
  let rows: Rows = noSamples;
  await fillTable(connection, table, wanted);
  if (wanted[0]?.length !== 0) rows = await readRows(connection, source, ofSource);
  if (wanted !== all) {
    await connection.run(`DELETE FROM ${table}`);
    await fillTable(connection, table, all);
  }
  const existing = await readRows(connection, tier, { select, span, specs: sql.tierColumnSpecs });
  await connection.run(`DELETE FROM ${table}`);
  return [rows, existing];
}

/** Of windows as columns, those of which the samples must be read. */
function unready(
  [series = nothing, start = nothing]: readonly Float64Array[],
  ready: Pick<OpenMinutes, 'has'>,
): Float64Array[] {
  const isUnready = (row: number) => !ready.has(series[row] as number, start[row] as number);
  const rows = [...series.keys()].filter(isUnready);
  return [pick(series, rows), pick(start, rows)];
}

/** What of the tier below makes a row of the next one. Only of states the time that they cover adds up. */
function sourceSpecsOf({ kind }: Group): readonly sql.TierColumnSpec[] {
  const unused: readonly string[] = ['expected', 'revision', 'resultAt'];
  return sql.tierColumnSpecs.filter(
    ({ name }) => !unused.includes(name) && (kind === 'state' || name !== 'coveredMs'),
  );
}

async function readRows(
  connection: DuckDBConnection,
  resolution: Resolution,
  of: {
    select: (selection: sql.Selection) => string;
    span: Span;
    specs: readonly sql.TierColumnSpec[];
    expected?: number | undefined;
  },
): Promise<Rows> {
  const { select, span, specs, expected } = of;
  if (resolution === 'raw') return readColumns(connection, select(sql.samples), span, expected);
  const base = await readColumns(connection, select(sql.baseOf(resolution, specs)), span, expected);
  const wide = await readColumns(connection, select(sql.wideOf(resolution, specs)), span);
  return joined(base, wide, specs);
}

/** Rows that a rebuild reads when each series keeps its interval; slices are cut to about that. */
function rowsExpectedOf({ source, shapes, from, to }: Group): number {
  let rows = 0;
  for (const { intervalMs } of shapes.values()) {
    const stepMs = source === 'raw' ? intervalMs : Math.max(intervalMs, tierWidthMs[source]);
    rows += Math.ceil((to - from) / stepMs);
  }
  return Math.min(rows, 2 * storeLimits.rebuildSliceRowsMax);
}

/** The windows and those that they reach into, each once. Rows of a tier that are read too many are passed over. */
function sourceWindows(
  { tier, shapes }: Group,
  starts: ReadonlyMap<number, Float64Array>,
): [series: Float64Array, start: Float64Array] {
  const series: number[] = [];
  const reached: number[] = [];
  const widthMs = tierWidthMs[tier];
  for (const [id, own] of starts) {
    const reach = reachMs(tier, shapes.get(id) as SeriesShape);
    const reachWindows = Math.ceil(reach / widthMs);
    let next = 0;
    for (const start of own) {
      const beyond = start + (reachWindows + 1) * widthMs;
      for (next = Math.max(next, start - reachWindows * widthMs, 0); next < beyond; ) {
        series.push(id);
        reached.push(next);
        next += widthMs;
      }
    }
  }
  return [Float64Array.from(series), Float64Array.from(reached)];
}

async function write(
  connection: DuckDBConnection,
  tier: Tier,
  { added, removed }: Changes,
): Promise<void> {
  if (removed.at.length > 0) {
    await fillTable(connection, 'changed', [
      Float64Array.from(removed.series),
      Float64Array.from(removed.at),
    ]);
    await connection.run(sql.deleteChanged(tier), spanOf(removed.at, 1));
    await connection.run('DELETE FROM changed');
  }
  for (const columns of added.appends()) {
    await append(connection, { name: sql.tableOf[tier] }, columns);
  }
}

function fillTable(
  connection: DuckDBConnection,
  name: string,
  columns: readonly Float64Array[],
): Promise<void> {
  return append(
    connection,
    { name, temporary: true },
    columns.map((values) => ({ values })),
  );
}
