import { createHash } from 'node:crypto';
import { readdirSync } from 'node:fs';
import { get } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { pino } from 'pino';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { ExportProgress } from '../../../broker/contract/exports.ts';
import type { ExportEngine } from '../../../ingest/export/engine.ts';
import { createExports, type ExportsConfig } from '../../../ingest/export/exports.ts';
import { createStagedRows } from '../../../ingest/export/staged-rows.ts';
import { createMemoryStore } from '../../../ingest/store/memory.ts';
import { batchOf } from '../../../ingest/store/reading-batch.ts';
import type { StoredReading } from '../../../ingest/store/store.ts';
import { stored } from '../../support/stored.ts';
import { tempFolder } from '../../support/temp-folder.ts';
import { until } from '../../support/until.ts';
import { startTestApi, testNow } from './support/test-api.ts';

const log = pino({ level: 'silent' });
const hourMs = 3_600_000;

const readings: StoredReading[] = [
  ...Array.from({ length: 50 }, (_, index) =>
    stored({
      device: 'ulm/a1',
      metric: 'pm10',
      at: testNow - hourMs + index * 60_000,
      value: index,
    }),
  ),
  stored({ device: 'ulm/secret', metric: 'noise', at: testNow - 30_000, value: 55 }),
  stored({ device: 'koeln/l1', metric: 'power', at: testNow - 60_000, value: 40 }),
];

async function start({
  limits = {},
  wrap = (engine) => engine,
}: {
  limits?: NonNullable<ExportsConfig['limits']>;
  wrap?: (engine: ExportEngine) => ExportEngine;
} = {}) {
  const folder = join(tempFolder(), 'exports');
  const store = createMemoryStore();
  await store.write(batchOf(readings));
  const engine = wrap(createStagedRows(store, folder));
  const exports = createExports({ folder, limits }, { engine, clock: () => testNow, log });
  onTestFinished(() => exports.stop());
  const api = await startTestApi({
    deps: { exports },
    config: { openData: { publisherName: 'Stadt Ulm', licence: 'https://example.org/by' } },
    prepare: ({ store }) => {
      store.readings = readings;
    },
  });
  return { ...api, exports, folder };
}

const raw = `resolution=raw&from=${testNow - 2 * hourMs}&to=${testNow}`;
const one = `/api/v1/export?device=ulm/a1&metric=pm10&${raw}`;

/** An engine that never finishes its first slice. */
const endless = (engine: ExportEngine): ExportEngine => ({
  async open(request) {
    const rows = await engine.open(request);
    const run = (statement: string) =>
      rows.session.run(
        statement.startsWith('COPY')
          ? 'SELECT count(*) FROM range(10000000) a, range(10000000) b'
          : statement,
      );
    return { ...rows, session: { ...rows.session, run } };
  },
});

describe('GET /api/v1/export', () => {
  it('sends the file with a name, a tag and a link to its description', async () => {
    const { ask } = await start();
    const answer = await ask({ url: one });
    expect(answer.statusCode).toBe(200);
    expect(answer.headers['content-type']).toContain('text/csv');
    expect(answer.headers['content-disposition']).toContain('ulm-a1_raw_2026-06-01_2026-06-01.csv');
    const lines = answer.body.split('\r\n');
    expect(lines.length).toBe(52);
    expect(lines[1]).toMatch(/^ulm\/a1,pm10,µg\/m³,2026-06-01T11:00:00.000Z,0.0,2,,/);
    const path = /<(.*)>; rel="describedby"/.exec(String(answer.headers.link))?.[1] ?? '';
    const metadata = (await ask({ url: path })).json();
    expect(metadata.file.sha256).toBe(createHash('sha256').update(answer.rawPayload).digest('hex'));
    expect(metadata).toMatchObject({
      publisher: 'Stadt Ulm',
      licence: 'https://example.org/by',
      generator: { build: 'test-build' },
      ruleSets: { quality: expect.stringMatching(/^SP-QC/) },
      query: { resolution: 'raw', format: 'csv' },
      stations: [{ device: 'ulm/a1', owner: 'Stadt Ulm', location: { lat: 48.398, lon: 9.991 } }],
    });
  });

  it('shows nobody a private device, named or not, and its provider all of its own', async () => {
    const { ask } = await start();
    const secret = `/api/v1/export?device=ulm/secret&metric=noise&${raw}`;
    expect((await ask({ url: secret })).statusCode).toBe(404);
    const missing = await ask({ url: `/api/v1/export?device=ulm/nobody&metric=noise&${raw}` });
    expect(missing.statusCode).toBe(404);
    const everything = `/api/v1/export?${raw}&format=ndjson`;
    const seen = async (as: 'public' | 'provider' | 'operator' | 'device') => {
      const { body } = await ask({ url: everything, as });
      const lines = body.split('\n').filter((line) => line !== '');
      return [...new Set(lines.map((line) => JSON.parse(line).device as string))];
    };
    expect(await seen('public')).toEqual(['koeln/l1', 'ulm/a1']);
    expect(await seen('provider')).toEqual(['koeln/l1', 'ulm/a1', 'ulm/secret']);
    expect(await seen('operator')).toEqual(['koeln/l1', 'ulm/a1', 'ulm/secret']);
    expect((await ask({ url: secret, as: 'device' })).statusCode).toBe(200);
  });

  it('takes several devices and metrics, and narrows by kind and provider', async () => {
    const { ask } = await start();
    const devices = async (query: string) => {
      const { body } = await ask({ url: `/api/v1/export?${query}&${raw}&format=ndjson` });
      const lines = body.split('\n').filter((line) => line !== '');
      return [...new Set(lines.map((line) => JSON.parse(line).device as string))];
    };
    expect(await devices('device=ulm/a1,koeln/l1&metric=pm10&metric=power')).toEqual([
      'koeln/l1',
      'ulm/a1',
    ]);
    expect(await devices('device=ulm/a1')).toEqual(['ulm/a1']);
    expect(await devices('kind=air')).toEqual(['ulm/a1']);
    expect(await devices('provider=koeln')).toEqual(['koeln/l1']);
  });

  it.each([
    ['device=x%27);DROP%20TABLE%20raw;--/a', /device/],
    ['device=ulm/a1&metric=pm10%27', /metric/],
    ['device=ulm/a1&resolution=2h', /resolution/],
    ['device=ulm/a1&format=exe', /format/],
    ['device=ulm/a1&from=2026-01-02T00:00:00Z&to=2026-01-02T00:00:00Z', /before/],
    ['device=ulm/a1&country=DE%27', /country/],
    ['device=ulm/a1&format=xlsx&variant=de', /variant/],
    ['device=ulm/a1&resolution=raw&gaps=true', /gaps/],
    ['device=ulm/a1&columns=eea&format=parquet&resolution=raw', /resolution/],
    ['device=ulm/a1&nonsense=1', /nonsense/],
  ])('refuses %s with a problem that says why', async (query, why) => {
    const { ask } = await start();
    const answer = await ask({ url: `/api/v1/export?${query}` });
    expect(answer.statusCode).toBe(400);
    expect(answer.headers['content-type']).toContain('problem+json');
    expect(answer.body).toMatch(why);
  });

  it('answers a store that is away and a full disk with a problem, not with half a file', async () => {
    const away = await start({
      wrap: () => ({
        open: () =>
          Promise.reject(Object.assign(new Error('hunter2'), { code: 'store-unavailable' })),
      }),
    });
    const answer = await away.ask({ url: one });
    expect(answer.statusCode).toBe(503);
    expect(answer.body).not.toContain('hunter2');
    const full = await start({ limits: { freeBytesMin: Number.MAX_SAFE_INTEGER } });
    expect((await full.ask({ url: one })).statusCode).toBe(507);
  });

  it('refuses more than may run at once with Retry-After, and frees the place when a client leaves', async () => {
    const { ask, server, exports, folder } = await start({
      wrap: endless,
      // Longer than it takes on a busy machine until somebody reads.
      limits: { runningMax: 1, abandonedMsMax: 2_000 },
    });
    const { port } = server.app.server.address() as AddressInfo;
    const client = get(`http://127.0.0.1:${port}${one}`);
    client.on('error', () => undefined);
    await new Promise<void>((resolve) =>
      client.once('response', (response) => {
        response.once('data', () => resolve());
        response.on('error', () => undefined);
      }),
    );
    const busy = await ask({ url: one });
    expect(busy.statusCode).toBe(503);
    expect(busy.headers['retry-after']).toBeDefined();
    client.destroy();
    await until('the file to be gone', () => readdirSync(folder).length === 0);
    const next = await ask({
      method: 'POST',
      url: '/api/v1/exports',
      payload: { device: 'ulm/a1' },
    });
    expect(next.statusCode).toBe(202);
    expect(await exports.cancel(next.json<ExportProgress>().id)).toBe(true);
  });

  it('resumes with If-Range and Range, and gives the same bytes', async () => {
    const { ask } = await start();
    const whole = await ask({ url: one });
    const etag = String(whole.headers.etag);
    const rest = await ask({ url: one, headers: { range: 'bytes=100-', 'if-range': etag } });
    expect(rest.statusCode).toBe(206);
    expect(rest.headers['content-range']).toBe(
      `bytes 100-${whole.rawPayload.length - 1}/${whole.rawPayload.length}`,
    );
    expect(rest.rawPayload.equals(whole.rawPayload.subarray(100))).toBe(true);
    const path = String(whole.headers['content-location']);
    const middle = await ask({ url: path, headers: { range: 'bytes=10-19' } });
    expect(middle.rawPayload.equals(whole.rawPayload.subarray(10, 20))).toBe(true);
    const last = await ask({ url: path, headers: { range: 'bytes=-5' } });
    expect(last.rawPayload.equals(whole.rawPayload.subarray(-5))).toBe(true);
    const beyond = await ask({ url: path, headers: { range: 'bytes=999999999-' } });
    expect(beyond.statusCode).toBe(416);
    const other = await ask({ url: path, headers: { range: 'bytes=5-', 'if-range': '"other"' } });
    expect(other.statusCode).toBe(200);
    expect(other.rawPayload.equals(whole.rawPayload)).toBe(true);
  });
});

describe('POST /api/v1/exports', () => {
  it('makes a file in the background that only whoever started it can see', async () => {
    const { ask } = await start();
    const started = await ask({
      method: 'POST',
      url: '/api/v1/exports',
      payload: { device: ['ulm/secret'], metric: ['noise'], resolution: 'raw', format: 'parquet' },
      as: 'provider',
    });
    expect(started.statusCode).toBe(202);
    const url = String(started.headers.location);
    const told = await until('it to be done', async () => {
      const progress = (await ask({ url, as: 'provider' })).json<ExportProgress>();
      return progress.state === 'done' && progress;
    });
    expect(told).toMatchObject({ rows: 1, share: 1 });
    const file = await ask({ url: `${url}/file`, as: 'provider' });
    expect(file.headers['content-length']).toBe(String(told.bytes));
    expect(file.rawPayload.subarray(0, 4).toString()).toBe('PAR1');
    for (const path of ['', '/file', '/metadata']) {
      expect((await ask({ url: url + path })).statusCode).toBe(404);
    }
    expect((await ask({ method: 'DELETE', url })).statusCode).toBe(404);
    expect((await ask({ method: 'DELETE', url, as: 'provider' })).statusCode).toBe(204);
    expect((await ask({ url, as: 'provider' })).statusCode).toBe(404);
  });

  it('says nothing where there are no exports or no such one', async () => {
    const { ask } = await start();
    const unknown = '/api/v1/exports/00000000-0000-4000-8000-000000000000';
    expect((await ask({ url: unknown })).statusCode).toBe(404);
    expect((await ask({ url: '/api/v1/exports/nonsense' })).statusCode).toBe(400);
    const without = await startTestApi();
    expect((await without.ask({ url: one })).statusCode).toBe(404);
  });
});
