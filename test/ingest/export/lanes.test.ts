import { readdirSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { ExportEngine } from '../../../ingest/export/engine.ts';
import { createStoredRows } from '../../../ingest/export/stored-rows.ts';
import type { SqlSession } from '../../../ingest/store/embedded/sql-session.ts';
import { batchOf } from '../../../ingest/store/reading-batch.ts';
import { until } from '../../support/until.ts';
import {
  bytesOf,
  exportsOf,
  made,
  minuteMs,
  openEmbedded,
  openExports,
  reading,
  request,
  seriesOf,
  start,
} from './support.ts';

const metrics = ['no2', 'pm10', 'temperature'] as const;
const series = metrics.map((metric) => seriesOf(metric));
const readings = Array.from({ length: 3_000 }, (_, index) => index).flatMap((index) =>
  metrics.map((metric) => reading(start + (index * minuteMs) / 2, index, { metric })),
);
const formats = ['csv', 'ndjson', 'geojson'] as const;

/** Sessions of an engine, with what they run told before it runs. */
function watched(engine: ExportEngine, before: (session: number, statement: string) => void) {
  let opened = 0;
  let closed = 0;
  const watch = (session: SqlSession): SqlSession => {
    const number = ++opened;
    return {
      interrupt: () => session.interrupt(),
      async run(statement) {
        before(number, statement);
        return session.run(statement);
      },
      async close() {
        await session.close();
        closed += 1;
      },
    };
  };
  const wrapped: ExportEngine = {
    async open(wanted) {
      const rows = await engine.open(wanted);
      return {
        session: watch(rows.session),
        slices: rows.slices,
        async another() {
          const more = await rows.another?.();
          return more && watch(more);
        },
      };
    },
  };
  return { engine: wrapped, opened: () => opened, closed: () => closed };
}

async function watchedExports(before: (session: number, statement: string) => void) {
  const { store, folder } = await openEmbedded();
  await store.write(batchOf(readings));
  const { engine, ...told } = watched(
    createStoredRows(() => store.openSql(), 700),
    before,
  );
  return { ...openExports(engine, folder), ...told, store };
}

describe('two sessions', () => {
  it('give the bytes that one slice gives, in its order', async () => {
    const { exports } = await exportsOf(readings);
    const copies = new Set<number>();
    const sliced = await watchedExports((session, statement) => {
      if (statement.startsWith('COPY')) copies.add(session);
    });
    for (const format of formats) {
      const whole = await made(exports, { series, format });
      expect((await made(sliced.exports, { series, format })).equals(whole), format).toBe(true);
    }
    expect(copies.size).toBe(2 * formats.length);
    expect(sliced.closed()).toBe(sliced.opened());
  });

  it('are not taken for a single slice', async () => {
    const { exports, opened } = await watchedExports(() => undefined);
    await made(exports, { series: [seriesOf('pm10')], to: start + 10 * minuteMs });
    expect(opened()).toBe(1);
  });

  it('are both closed when one of them fails, and nothing is left', async () => {
    const { exports, folder, opened, closed } = await watchedExports((session, statement) => {
      if (session === 2 && statement.startsWith('COPY')) throw new Error('the disk is gone');
    });
    const job = exports.start(request({ series }));
    await expect(job.finished()).rejects.toThrow('the disk is gone');
    await expect(bytesOf(job)).rejects.toThrow('the disk is gone');
    expect([opened(), closed()]).toEqual([2, 2]);
    expect(readdirSync(folder)).toEqual([]);
  });

  it('are both interrupted by a cancellation', async () => {
    let isSlow = false;
    const { store, folder } = await openEmbedded();
    await store.write(batchOf(readings));
    const endless = 'SELECT count(*) FROM range(10000000) a, range(10000000) b';
    const stored = createStoredRows(() => store.openSql(), 700);
    const slow: ExportEngine = {
      async open(wanted) {
        const rows = await stored.open(wanted);
        const more = async () => {
          const session = await rows.another?.();
          if (!session) return undefined;
          return {
            ...session,
            run(statement: string) {
              if (!statement.startsWith('COPY')) return session.run(statement);
              isSlow = true;
              return session.run(endless);
            },
          };
        };
        return { ...rows, another: more };
      },
    };
    const { engine, opened, closed } = watched(slow, () => undefined);
    const { exports } = openExports(engine, folder);
    const job = exports.start(request({ series }));
    await until('the second session to be at work', () => isSlow);
    await exports.cancel(job.progress().id);
    expect([opened(), closed()]).toEqual([2, 2]);
    expect(readdirSync(folder)).toEqual([]);
    expect((await store.latest()).length).toBe(3);
  });
});
