import { availableParallelism } from 'node:os';
import { tierWidthMs } from '../../broker/contract/windows.ts';
import type { SqlSession } from '../store/embedded/sql-session.ts';
import type { ExportEngine } from './engine.ts';
import { exportLimits } from './limits.ts';
import type { ExportRequest } from './port.ts';
import { sourceOf } from './rows.ts';
import { blockMs, blocksOf, clip, divide, Packer, type Slice, type Unit } from './slices.ts';

/** Exports out of the embedded store: its own engine reads, formats and writes. */
export function createStoredRows(
  openSql: () => Promise<SqlSession>,
  sliceRowsMax: number = exportLimits.sliceRowsMax,
): ExportEngine {
  // Sessions of all exports: where as many are at work as there are lanes, another one would only take memory.
  let open = 0;
  const openCounted = async (): Promise<SqlSession> => {
    open += 1;
    const session = await openSql().catch((error: unknown) => {
      open -= 1;
      throw error;
    });
    let isOpen = true;
    return {
      ...session,
      async close() {
        if (isOpen) open -= 1;
        isOpen = false;
        await session.close();
      },
    };
  };
  return {
    async open(request) {
      return {
        session: await openCounted(),
        another: async () => (open < lanesMax ? openCounted() : undefined),
        slices: (asking) => slicesOf(asking, request, sliceRowsMax),
      };
    },
  };
}

const lanesMax = Math.min(exportLimits.lanesMax, availableParallelism());

async function* slicesOf(
  asking: () => SqlSession,
  request: ExportRequest,
  rowsMax: number,
): AsyncGenerator<Slice> {
  const packer = new Packer(rowsMax);
  for await (const unit of unitsOf(asking, request, rowsMax)) {
    for (const part of divide(unit, rowsMax)) {
      const slice = packer.add(part);
      if (slice) yield slice;
    }
  }
  const rest = packer.end();
  if (rest) yield rest;
}

async function* unitsOf(
  asking: () => SqlSession,
  request: ExportRequest,
  rowsMax: number,
): AsyncGenerator<Unit> {
  const { first, end } = blocksOf(request.resolution, request);
  const chunkMax = Math.max(1, Math.floor(exportLimits.unitsMax / request.series.length));
  // One block first, so that the first rows are there soon.
  let chunk = 1;
  for (let block = first; block < end; ) {
    const next = Math.min(end, block + chunk);
    let rows = 0;
    if (request.gaps) yield* windowsOf(request, block, next);
    else {
      const units = await count(asking(), request, { first: block, end: next });
      yield* units;
      rows = units.reduce((sum, unit) => sum + unit.rows, 0);
    }
    block = next;
    // Large blocks one by one: that takes half the time, and not long before their slices are made.
    chunk = rows > rowsMax ? Math.ceil(chunk / 2) : Math.min(chunkMax, 2 * chunk);
  }
}

async function count(
  session: SqlSession,
  request: ExportRequest,
  blocks: { first: number; end: number },
): Promise<Unit[]> {
  const { resolution } = request;
  const width = blockMs[resolution];
  const from = clip(resolution, blocks.first, request).from;
  const { to } = clip(resolution, blocks.end - 1, request);
  const block = blocks.end - blocks.first === 1 ? String(blocks.first) : `r.at_ms // ${width}`;
  const rows = await session.run(`SELECT ${block} AS block, s.rank, count(*)
    FROM ${sourceOf(resolution)} AS r JOIN selected AS s ON r.series = s.series
    WHERE r.at_ms >= ${from} AND r.at_ms < ${to} GROUP BY ALL ORDER BY ALL`);
  return rows.map(([block, rank, count]) => ({
    block: Number(block),
    rank: Number(rank),
    rows: Number(count),
    ...clip(resolution, Number(block), request),
  }));
}

/** With gaps, what there will be follows from the span. */
function* windowsOf(request: ExportRequest, first: number, end: number): Generator<Unit> {
  const { resolution, series } = request;
  if (resolution === 'raw') return;
  const width = tierWidthMs[resolution];
  for (let block = first; block < end; block++) {
    const span = clip(resolution, block, request);
    const rows = Math.ceil(span.to / width) - Math.ceil(span.from / width);
    if (rows === 0) continue;
    for (let rank = 0; rank < series.length; rank++) yield { block, rank, rows, ...span };
  }
}
