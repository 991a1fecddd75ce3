import { createHash } from 'node:crypto';
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { ExportEngine } from '../../../ingest/export/engine.ts';
import { createExports } from '../../../ingest/export/exports.ts';
import {
  ExportCancelled,
  ExportStorageFull,
  ExportsBusy,
  ExportTooLarge,
} from '../../../ingest/export/port.ts';
import { createStoredRows } from '../../../ingest/export/stored-rows.ts';
import { batchOf } from '../../../ingest/store/reading-batch.ts';
import { tempFolder } from '../../support/temp-folder.ts';
import { until } from '../../support/until.ts';
import {
  bytesOf,
  exportsOf,
  log,
  minuteMs,
  openEmbedded,
  openExports,
  reading,
  request,
  start,
} from './support.ts';

const many = (count: number) =>
  Array.from({ length: count }, (_, index) => reading(start + index * 1_000, index));

/** An engine that does not get on until it is told to, or is interrupted. */
function slowEngine(
  engine: ExportEngine,
  onSlice: () => void = () => undefined,
): {
  engine: ExportEngine;
  copying: () => boolean;
  interrupted: () => boolean;
} {
  let isCopying = false;
  let isInterrupted = false;
  return {
    copying: () => isCopying,
    interrupted: () => isInterrupted,
    engine: {
      async open(wanted) {
        const { session, slices } = await engine.open(wanted);
        return {
          async *slices(asking) {
            for await (const slice of slices(asking)) {
              onSlice();
              yield slice;
            }
          },
          session: {
            ...session,
            interrupt() {
              isInterrupted = true;
              session.interrupt();
            },
            run(statement) {
              if (!statement.startsWith('COPY')) return session.run(statement);
              isCopying = true;
              return session.run('SELECT count(*) FROM range(10000000) a, range(10000000) b');
            },
          },
        };
      },
    },
  };
}

async function slowExports(limits = {}, onSlice?: () => void) {
  const { store, folder } = await openEmbedded();
  await store.write(batchOf(many(10)));
  const { engine, ...told } = slowEngine(
    createStoredRows(() => store.openSql()),
    onSlice,
  );
  return { ...openExports(engine, folder, limits), store, ...told };
}

describe('cancelling', () => {
  it('interrupts the query, deletes the file, frees the place, and leaves the store at work', async () => {
    const { exports, folder, store, ...told } = await slowExports({ runningMax: 1 });
    const job = exports.start(request());
    const reading = bytesOf(job);
    reading.catch(() => undefined);
    await until('the rows to be under way', told.copying);
    expect(() => exports.start(request())).toThrow(ExportsBusy);
    expect(await exports.cancel(job.progress().id)).toBe(true);
    expect(told.interrupted()).toBe(true);
    expect(readdirSync(folder)).toEqual([]);
    await expect(reading).rejects.toThrow(ExportCancelled);
    expect(exports.find(job.progress().id)).toBeUndefined();
    expect((await store.latest()).length).toBe(1);
    exports.start(request());
  });

  it('that comes between two statements is not forgotten by the next one', async () => {
    let cancelled: Promise<boolean> | undefined;
    const { exports, copying } = await slowExports({}, () => {
      // While room on the disk is looked for, after which the long statement would begin.
      setImmediate(() => {
        cancelled = exports.cancel(job.progress().id);
      });
    });
    const job = exports.start(request());
    await expect(job.finished()).rejects.toThrow(ExportCancelled);
    expect(await cancelled).toBe(true);
    expect(copying()).toBe(false);
  });

  it('comes by itself when a download is left and nobody resumes', async () => {
    const { exports, folder } = await slowExports({ abandonedMsMax: 30 });
    const job = exports.start(request({ detached: false }));
    const chunks = job.read();
    expect((await chunks.next()).value?.toString()).toContain('device,');
    await chunks.return(undefined);
    await until('the export to be cancelled', () => job.progress().state === 'cancelled');
    await until('the file to be gone', () => readdirSync(folder).length === 0);
  });

  it('does not come while somebody reads, or when nobody needs to', async () => {
    const { exports } = await slowExports({ abandonedMsMax: 20 });
    const read = exports.start(request({ detached: false }));
    const chunks = read.read();
    await chunks.next();
    const detached = exports.start(request());
    await new Promise((resolve) => setTimeout(resolve, 80));
    expect([read.progress().state, detached.progress().state]).toEqual(['running', 'running']);
    await exports.cancel(read.progress().id);
    await chunks.return(undefined);
  });

  it('of all comes with the stop, and a start finds an empty folder', async () => {
    const { exports, folder, store } = await slowExports();
    exports.start(request());
    await exports.stop();
    expect(readdirSync(folder)).toEqual([]);
    const engine = createStoredRows(() => store.openSql());
    const again = createExports({ folder }, { engine, clock: () => 0, log });
    await bytesOf(again.start(request()));
    expect(readdirSync(folder).length).toBe(1);
    openExports(engine, folder);
    expect(readdirSync(folder)).toEqual([]);
  });
});

describe('bounds', () => {
  it('a file that grows beyond its bound fails clearly and leaves nothing', async () => {
    const { exports, folder } = await exportsOf(many(5_000), {
      sliceRowsMax: 1_000,
      limits: { bytesMax: 100_000 },
    });
    const job = exports.start(request());
    await expect(bytesOf(job)).rejects.toThrow(ExportTooLarge);
    await expect(job.finished()).rejects.toThrow(/shorter span/);
    expect(job.progress()).toMatchObject({
      state: 'failed',
      failure: { code: 'export-too-large' },
    });
    expect(readdirSync(folder)).toEqual([]);
  });

  it('a disk without room fails before it is full', async () => {
    const { exports } = await exportsOf(many(10), {
      limits: { freeBytesMin: Number.MAX_SAFE_INTEGER },
    });
    const job = exports.start(request());
    await expect(job.begun()).rejects.toThrow(ExportStorageFull);
    expect(job.progress().failure?.code).toBe('storage-full');
  });

  it('finished files make room, the oldest first', async () => {
    const { exports } = await exportsOf(many(1_000), { limits: { bytesOfAllMax: 150_000 } });
    const jobs = [];
    for (let index = 0; index < 4; index++) {
      const job = exports.start(request());
      await bytesOf(job);
      await job.finished();
      jobs.push(job.progress().id);
    }
    expect(exports.find(jobs[0] ?? '')).toBeUndefined();
    expect(exports.find(jobs[3] ?? '')).toBeDefined();
  });

  it('finished files go when they are old', async () => {
    const { exports, folder, time } = await exportsOf(many(3), { limits: { keptMax: 1 } });
    const job = exports.start(request());
    await job.finished();
    expect(job.progress().expiresAt).toBe(time.now + 3_600_000);
    await exports.start(request()).finished();
    await until('the first to be deleted', () => readdirSync(folder).length === 1);
    expect(exports.find(job.progress().id)).toBeUndefined();
  });

  it('a spreadsheet of too many rows is refused and names the formats without a limit', async () => {
    const readings = Array.from({ length: 100_001 }, (_, index) => reading(start + index, 1));
    const { exports } = await exportsOf(readings);
    const job = exports.start(request({ format: 'xlsx' }));
    await expect(job.finished()).rejects.toThrow(/csv.*parquet/);
    expect(job.progress().failure?.code).toBe('export-too-large');
  });

  it('what a store says of itself is not told to readers', async () => {
    const engine: ExportEngine = {
      open: () => Promise.reject(new Error('password hunter2 at 10.0.0.7')),
    };
    const { exports } = openExports(engine, join(tempFolder(), 'exports'));
    const job = exports.start(request());
    await expect(job.finished()).rejects.toThrow();
    expect(JSON.stringify(job.progress())).not.toContain('hunter2');
  });
});

describe('reading', () => {
  it('from a byte on gives what the whole has there, whatever slice it lies in', async () => {
    const { exports } = await exportsOf(many(5_000), { sliceRowsMax: 700 });
    const job = exports.start(request());
    const whole = await bytesOf(job);
    await job.finished();
    for (const [from, to] of [
      [0, 1],
      [40, 70],
      [60_000, 200_000],
      [whole.length - 5, whole.length],
    ]) {
      const part = await bytesOf(job, from, to);
      expect(part.equals(whole.subarray(from, to))).toBe(true);
    }
    expect(job.progress().sha256).toBe(createHash('sha256').update(whole).digest('hex'));
    expect(job.progress()).toMatchObject({ state: 'done', share: 1, rows: 5_000 });
  });

  it('slowly costs disk and no memory, and many may read at once', async () => {
    const { exports } = await exportsOf(many(20_000), { sliceRowsMax: 4_000 });
    const job = exports.start(request({ detached: false }));
    const chunks = job.read();
    const first = await chunks.next();
    await job.finished();
    const [a, b] = await Promise.all([bytesOf(job), bytesOf(job)]);
    const rest: Buffer[] = first.value ? [first.value] : [];
    for await (const chunk of chunks) {
      expect(chunk.length).toBeLessThanOrEqual(256 * 1024);
      rest.push(chunk);
    }
    expect(Buffer.concat(rest).equals(a)).toBe(true);
    expect(a.equals(b)).toBe(true);
  });

  it('goes on while the store takes writes', async () => {
    const { exports, store } = await exportsOf(many(20_000), { sliceRowsMax: 2_000 });
    const job = exports.start(request());
    const reading = bytesOf(job);
    for (let index = 0; index < 5; index++) {
      await store.write(
        batchOf(many(10).map((one) => ({ ...one, at: one.at + 40 * 24 * 60 * minuteMs + index }))),
      );
    }
    expect((await reading).toString().split('\r\n').length).toBe(20_002);
  });
});

describe('the engine', () => {
  it('writes nowhere but to the folder of exports', async () => {
    const { store, folder } = await openEmbedded();
    const session = await store.openSql();
    const outside = join(folder, '..', 'outside.csv');
    await expect(session.run(`COPY (SELECT 1) TO '${outside}' (FORMAT csv)`)).rejects.toThrow(
      /disabled/,
    );
    await expect(session.run("SELECT * FROM read_text('/etc/passwd')")).rejects.toThrow(/disabled/);
    expect(existsSync(outside)).toBe(false);
    await session.close();
  });

  it('closes with a session open and a statement under way', async () => {
    const { store } = await openEmbedded();
    await store.write(batchOf(many(5)));
    const session = await store.openSql();
    const endless = session.run('SELECT count(*) FROM range(10000000) a, range(10000000) b');
    endless.catch(() => undefined);
    await store.stop();
    await expect(endless).rejects.toThrow();
  });
});
