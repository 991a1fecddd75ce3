import { rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { SqlSession } from '../store/embedded/sql-session.ts';
import type { ExportEngine, ExportRows } from './engine.ts';
import { lineFormatOf, linesOptions, linesSql, parquetLayoutOf, parquetOptions } from './layout.ts';
import { exportLimits } from './limits.ts';
import { ParquetJoiner, parquetMagic } from './parquet/joiner.ts';
import type { Parts } from './parts.ts';
import { type ExportRequest, ExportTooLarge } from './port.ts';
import { rowsSql } from './rows.ts';
import { createSelection, type SeriesTexts } from './selection.ts';
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
  /** Writes a slice, given as the SQL of its rows. @returns the number of rows */
  write(session: SqlSession, rows: string): Promise<number>;
  /** `rows`: SQL that gives none. */
  close(session: SqlSession, rows: string): Promise<void>;
}

/** Makes the file of an export, part by part. @throws what stops it */
export async function makeFile(task: MakeFile): Promise<void> {
  const { request, engine, signal, parts } = task;
  const writer = writerOf(task);
  await writer.open();
  signal.throwIfAborted();
  const rows = await engine.open(request);
  const interrupt = (): void => rows.session.interrupt();
  signal.addEventListener('abort', interrupt, { once: true });
  try {
    await writeSlices(task, writer, rows);
  } catch (error) {
    // An interrupted statement says no more than that.
    signal.throwIfAborted();
    throw error;
  } finally {
    signal.removeEventListener('abort', interrupt);
    await rows.session.close();
  }
  if (parts.bytes === 0) await writeTo(task, parts, 'empty', '');
}

async function writeSlices(task: MakeFile, writer: Writer, rows: ExportRows): Promise<void> {
  const { request, signal } = task;
  const { session } = rows;
  await session.run("SET TimeZone='UTC'");
  const names = await createSelection(session, request, writer.texts);
  const blocks = blocksOf(request.resolution, request);
  let count = 0;
  if (request.series.length > 0) {
    for await (const slice of rows.slices()) {
      signal.throwIfAborted();
      await task.reserve();
      if (count === 0) task.onBegin();
      count += await writer.write(session, rowsSql(request, slice, names));
      signal.throwIfAborted();
      task.onProgress({
        rows: count,
        share: shareOf(slice.last, blocks, request.series.length),
      });
    }
  }
  await writer.close(session, rowsSql(request, nothing, names));
}

const nothing: Slice = (() => {
  const unit = { block: 0, rank: 0, from: 0, to: 0, rows: 0 };
  return { first: unit, last: unit, rows: 0 };
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
    async write(session, rows) {
      const path = paths();
      const count = await copy(session, linesSql(format, rows), { path, options: linesOptions });
      const { size } = await stat(path);
      const start = isFirst ? format.separatorBytes : 0;
      if (size > 0) isFirst = false;
      await parts.add({ path, start, length: size - start });
      return count;
    },
    close: () => writeTo({ folder }, parts, 'closing', format.closing),
  };
}

function parquetWriter({ request, folder, parts }: MakeFile): Writer {
  const { attributes, select } = parquetLayoutOf(request);
  const joiner = new ParquetJoiner();
  const paths = numbered(folder);
  let count = 0;
  const write = async (session: SqlSession, rows: string): Promise<number> => {
    const path = paths();
    const statement = `SELECT ${select} FROM (${rows})`;
    const written = await copy(session, statement, { path, options: parquetOptions });
    const { start, length } = await joiner.add(path, parts.bytes);
    await parts.add({ path, start, length });
    count += 1;
    return written;
  };
  return {
    texts: { attributes },
    async open() {
      await writeTo({ folder }, parts, 'opening', parquetMagic);
    },
    write,
    async close(session, rows) {
      // The schema stands in the footer of a part.
      if (count === 0) await write(session, rows);
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
    async write(session, rows) {
      const path = paths();
      const limit = exportLimits.sheetRowsMax + 1 - count;
      const statement = `${linesSql(format, rows)} LIMIT ${limit}`;
      const added = await copy(session, statement, { path, options: linesOptions });
      count += added;
      if (count > exportLimits.sheetRowsMax) throw tooManyForSheet();
      written.push(path);
      return added;
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

async function copy(
  session: SqlSession,
  statement: string,
  { path, options }: { path: string; options: string },
): Promise<number> {
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
