import { rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { SqlSession } from '../store/embedded/sql-session.ts';
import type { ExportEngine, ExportRows } from './engine.ts';
import { Lanes } from './lanes.ts';
import { lineFormatOf, linesOptions, linesSql, parquetLayoutOf, parquetOptions } from './layout.ts';
import { exportLimits } from './limits.ts';
import { ParquetJoiner, parquetMagic } from './parquet/joiner.ts';
import type { Parts } from './parts.ts';
import { type ExportRequest, ExportTooLarge } from './port.ts';
import { rowsSql } from './rows.ts';
import { createSelection, namesOf, type SeriesTexts } from './selection.ts';
import { blocksOf, type Slice, shareOf } from './slices.ts';
import { literal } from './sql.ts';
import { makeSheet } from './xlsx/make-sheet.ts';

export interface MakeFile {
  request: ExportRequest;
  engine: ExportEngine;
  /** Folder of this export's parts, and of nothing else. */
  folder: string;
  parts: Parts;
  signal: AbortSignal;
  /** Called before each slice. @throws when there is no room */
  reserve(): Promise<void>;
  /** The first rows are about to be written. */
  onBegin(): void;
  onProgress(done: { rows: number; share: number }): void;
}

/** How slices become the file. */
interface Writer {
  texts: SeriesTexts;
  open(): Promise<void>;
  /** What to run for a slice, given as the SQL of its rows, and where it leaves its rows. Several at once. */
  statement(rows: string): Copy;
  /** Adds what was written, one after the other in the order of slices. */
  add(path: string, rows: number): Promise<void>;
  /** `rows`: SQL that gives none. */
  close(session: SqlSession, rows: string): Promise<void>;
}

interface Copy {
  path: string;
  statement: string;
  options: string;
}

/** Makes the file of an export, part by part. @throws what stops it */
export async function makeFile(task: MakeFile): Promise<void> {
  const { request, engine, signal, parts } = task;
  const writer = writerOf(task);
  await writer.open();
  signal.throwIfAborted();
  const rows = await engine.open(request);
  const lanes = new Lanes(async (session) => {
    signal.throwIfAborted();
    await session.run("SET TimeZone='UTC'");
    await createSelection(session, request, writer.texts);
  });
  const interrupt = (): void => lanes.interrupt();
  signal.addEventListener('abort', interrupt, { once: true });
  try {
    const first = await lanes.add(rows.session);
    if (request.series.length > 0) await writeSlices(task, writer, { rows, lanes });
    signal.throwIfAborted();
    await writer.close(first, rowsSql(request, nothing, namesOf(writer.texts)));
  } catch (error) {
    // An interrupted statement says no more than that.
    signal.throwIfAborted();
    throw error;
  } finally {
    signal.removeEventListener('abort', interrupt);
    await lanes.close();
  }
  if (parts.bytes === 0) await writeTo(task, parts, 'empty', '');
}

async function writeSlices(
  task: MakeFile,
  writer: Writer,
  { rows, lanes }: { rows: ExportRows; lanes: Lanes },
): Promise<void> {
  const { request, signal } = task;
  const names = namesOf(writer.texts);
  const blocks = blocksOf(request.resolution, request);
  let asking = await lanes.free();
  const slices = rows.slices(() => asking);
  let count = 0;
  for (let hasBegun = false; ; hasBegun = true) {
    const { value: slice, done } = await slices.next();
    if (done) break;
    await task.reserve();
    // Nothing was under way until here that an interruption could have stopped.
    signal.throwIfAborted();
    if (!hasBegun) task.onBegin();
    const copy = writer.statement(rowsSql(request, slice, names));
    lanes.start(asking, {
      make: (session) => run(session, copy),
      add: async (added) => {
        await writer.add(copy.path, added);
        signal.throwIfAborted();
        count += added;
        const share = shareOf(slice.last, blocks, request.series.length);
        task.onProgress({ rows: count, share });
      },
    });
    if (slice.isLast) break;
    const another = await rows.another?.();
    asking = another ? await lanes.add(another) : await lanes.free();
  }
  await lanes.idle();
}

const nothing: Slice = (() => {
  const unit = { block: 0, rank: 0, from: 0, to: 0, rows: 0 };
  return { first: unit, last: unit, rows: 0, isLast: true };
})();

function writerOf(task: MakeFile): Writer {
  if (task.request.format === 'parquet') return parquetWriter(task);
  if (task.request.format === 'xlsx') return sheetWriter(task);
  return lineWriter(task);
}

function lineWriter({ request, folder, parts }: MakeFile): Writer {
  const format = lineFormatOf(request);
  const paths = numbered(folder);
  let isFirst = true;
  return {
    texts: format,
    open: () => writeTo({ folder }, parts, 'opening', format.opening),
    statement: (rows) => ({
      path: paths(),
      statement: linesSql(format, rows),
      options: linesOptions,
    }),
    async add(path) {
      const { size } = await stat(path);
      const start = isFirst ? format.separatorBytes : 0;
      if (size > 0) isFirst = false;
      await parts.add({ path, start, length: size - start });
    },
    close: () => writeTo({ folder }, parts, 'closing', format.closing),
  };
}

function parquetWriter({ request, folder, parts }: MakeFile): Writer {
  const { attributes, select } = parquetLayoutOf(request);
  const joiner = new ParquetJoiner();
  const paths = numbered(folder);
  let count = 0;
  const statement = (rows: string): Copy => ({
    path: paths(),
    statement: `SELECT ${select} FROM (${rows})`,
    options: parquetOptions,
  });
  const add = async (path: string): Promise<void> => {
    const { start, length } = await joiner.add(path, parts.bytes);
    await parts.add({ path, start, length });
    count += 1;
  };
  return {
    texts: { attributes },
    async open() {
      await writeTo({ folder }, parts, 'opening', parquetMagic);
    },
    statement,
    add,
    async close(session, rows) {
      // The schema stands in the footer of a part.
      if (count === 0) {
        const copy = statement(rows);
        await run(session, copy);
        await add(copy.path);
      }
      await writeTo({ folder }, parts, 'closing', joiner.end());
    },
  };
}

/** A spreadsheet is made as a whole, in a thread of its own, when its rows are known. */
function sheetWriter({ request, folder, parts, signal }: MakeFile): Writer {
  const format = lineFormatOf(request);
  const paths = numbered(folder);
  const written: string[] = [];
  let count = 0;
  return {
    texts: format,
    open: async () => undefined,
    statement: (rows) => ({
      path: paths(),
      statement: `${linesSql(format, rows)} LIMIT ${exportLimits.sheetRowsMax + 1}`,
      options: linesOptions,
    }),
    async add(path, rows) {
      count += rows;
      if (count > exportLimits.sheetRowsMax) throw tooManyForSheet();
      written.push(path);
    },
    async close() {
      const path = join(folder, 'sheet.xlsx');
      await makeSheet({ request, lines: written, path, signal });
      await Promise.all(written.map((one) => rm(one)));
      await parts.add({ path, start: 0, length: (await stat(path)).size });
    },
  };
}

export function tooManyForSheet(): ExportTooLarge {
  return new ExportTooLarge(
    `a spreadsheet may have ${exportLimits.sheetRowsMax} rows; choose format=csv or format=parquet, which have no limit, a shorter span or a coarser resolution`,
  );
}

/** @returns the number of rows */
async function run(session: SqlSession, { statement, path, options }: Copy): Promise<number> {
  const [row] = await session.run(`COPY (${statement}) TO ${literal(path)} ${options}`);
  return Number(row?.[0] ?? 0);
}

async function writeTo(
  { folder }: Pick<MakeFile, 'folder'>,
  parts: Parts,
  name: string,
  content: string | Buffer,
): Promise<void> {
  const path = join(folder, name);
  await writeFile(path, content);
  await parts.add({ path, start: 0, length: Buffer.byteLength(content) });
}

function numbered(folder: string): () => string {
  let count = 0;
  return () => join(folder, `part-${++count}`);
}
