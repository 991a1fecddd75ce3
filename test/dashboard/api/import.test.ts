import { request as httpRequest } from 'node:http';
import type { AddressInfo } from 'node:net';
import { gzipSync } from 'node:zlib';
import { fastify } from 'fastify';
import { describe, expect, onTestFinished, test } from 'vitest';
import { ImportReport } from '../../../broker/contract/import-report.ts';
import { limitBodyTime } from '../../../dashboard/api/body-time.ts';
import type { Api } from '../../../dashboard/api/context.ts';
import { apiLimits } from '../../../dashboard/api/limits.ts';
import { createImporter } from '../../../ingest/import/import.ts';
import type { ImportRequest } from '../../../ingest/import/importer.ts';
import { importLimits } from '../../../ingest/import/limits.ts';
import { recordingAccept } from '../../ingest/import/bench.ts';
import { until } from '../../support/until.ts';
import { startTestApi, testNow } from './support/test-api.ts';

const file = `device,metric,at,value\nulm/a1,pm10,${testNow},1\nkoeln/l1,power,${testNow},2\n`;
const url = '/api/v1/import?format=csv';

async function startApi() {
  const taken = { readings: [], messages: [], rejectedByIngest: 0 };
  const importer = createImporter({
    accept: recordingAccept(taken, 0),
    refusalOf: () => undefined,
    oldestAt: () => testNow - 86_400_000,
    clock: () => testNow,
    limits: { ...importLimits, unpackedBytesMax: 100_000 },
  });
  const api = await startTestApi({ deps: { importer } });
  return { ...api, taken };
}

describe('POST /api/v1/import', () => {
  test('is for providers (their own devices), operators and admins', async () => {
    const { ask, taken } = await startApi();
    const statusOf = async (as: Parameters<typeof ask>[0]['as'], query = '') =>
      (await ask({ method: 'POST', url: url + query, payload: file, as: as ?? 'public' }))
        .statusCode;
    expect(await statusOf('public')).toBe(401);
    expect(await statusOf('device')).toBe(403);
    expect(await statusOf('provider', '&device=koeln/l1')).toBe(403);
    expect(await statusOf('provider', '&provider=koeln')).toBe(403);
    expect(taken.messages).toEqual([]);
    const own = await ask({ method: 'POST', url, payload: file, as: 'provider' });
    expect(own.json()).toMatchObject({ accepted: 1, devices: ['ulm/a1'] });
    const all = await ask({ method: 'POST', url, payload: file, as: 'operator' });
    expect(all.json()).toMatchObject({ accepted: 2 });
    expect(ImportReport.parse(all.json())).toEqual(all.json());
  });

  test('takes gzip, and any content type', async () => {
    const { ask } = await startApi();
    for (const headers of [
      {},
      { 'content-type': 'application/json' },
      { 'content-encoding': 'gzip' },
    ]) {
      const answer = await ask({
        method: 'POST',
        url,
        payload: gzipSync(file),
        headers,
        as: 'admin',
      });
      expect(answer.json()).toMatchObject({ accepted: 2 });
    }
  });

  test.each([
    ['', 400],
    ['?format=xlsx', 400],
    ['?format=csv&device=nonsense', 400],
    ['?format=csv&dryRun=maybe', 400],
    ['?format=csv&nonsense=1', 400],
  ])('with %s answers %i', async (query, status) => {
    const { ask } = await startApi();
    const answer = await ask({
      method: 'POST',
      url: `/api/v1/import${query}`,
      payload: file,
      as: 'admin',
    });
    expect(answer.statusCode).toBe(status);
  });

  test('without a body, or with a wrong file, says so', async () => {
    const { ask } = await startApi();
    expect((await ask({ method: 'POST', url, as: 'admin' })).statusCode).toBe(400);
    const wrong = await ask({ method: 'POST', url, payload: 'hello', as: 'admin' });
    expect(wrong.statusCode).toBe(422);
    expect(wrong.json()).toMatchObject({ code: 'unreadable-file', report: { accepted: 0 } });
  });

  test('that is too large answers 413: at once when it says so, else with what was taken', async () => {
    const { ask } = await startApi();
    const declared = await ask({
      method: 'POST',
      url,
      payload: file,
      headers: { 'content-length': String(importLimits.bodyBytesMax + 1) },
      as: 'admin',
    });
    expect(declared.statusCode).toBe(413);
    const bomb = gzipSync(file + '\n'.repeat(1_000_000));
    const answer = await ask({ method: 'POST', url, payload: bomb, as: 'admin' });
    expect(answer.statusCode).toBe(413);
    expect(answer.headers.connection).toBe('close');
    expect(answer.json()).toMatchObject({ code: 'too-large', report: { complete: false } });
  });

  test('is answered with 503 where ingest runs elsewhere, and beyond so many at a time', async () => {
    const elsewhere = await startTestApi({ isSplit: true });
    const payload = file;
    const none = await elsewhere.ask({ method: 'POST', url, payload, as: 'admin' });
    expect(none.json()).toMatchObject({ status: 503, code: 'ingest-elsewhere' });

    const started: ImportRequest[] = [];
    const run = (request: ImportRequest) => {
      started.push(request);
      return new Promise<never>(() => {});
    };
    const busy = await startTestApi({ deps: { importer: { run } } });
    for (let index = 0; index < apiLimits.importsMax; index += 1) {
      void busy.ask({ method: 'POST', url, payload, as: 'admin' }).catch(() => {});
    }
    await until('imports to be under way', () => started.length === apiLimits.importsMax);
    const further = await busy.ask({ method: 'POST', url, payload, as: 'admin' });
    expect(further.json()).toMatchObject({ status: 503, code: 'overloaded' });
  });

  test('is in the audit log', async () => {
    const { ask, audit } = await startApi();
    await ask({ method: 'POST', url, payload: file, as: 'provider' });
    expect(audit.events).toMatchObject([
      { action: 'importReadings', actor: 'provider:ulm', outcome: 'done' },
    ]);
  });
});

describe('the time that a body may take', () => {
  test('is short, except for uploads; answers may take longer', async () => {
    const app = fastify();
    onTestFinished(() => app.close());
    limitBodyTime(app as unknown as Api, 50);
    const echo = async ({ body }: { body: unknown }) => ({ body });
    app.post('/small', echo);
    app.post('/upload', { config: { isUpload: true } }, echo);
    let answerSlow = (_text: string): void => {};
    app.get('/slow', () => new Promise((resolve) => (answerSlow = resolve)));
    await app.listen({ port: 0, host: '127.0.0.1' });
    const { port } = app.server.address() as AddressInfo;
    const begin = (path: string) => {
      const headers = { 'content-type': 'text/plain' };
      const outgoing = httpRequest({ port, path, method: 'POST', headers });
      const outcome = new Promise<number | undefined | 'cut off'>((resolve) => {
        outgoing.on('response', ({ statusCode }) => resolve(statusCode));
        outgoing.on('error', () => resolve('cut off'));
      });
      outgoing.write('a');
      return { outgoing, outcome };
    };
    const slow = fetch(`http://127.0.0.1:${port}/slow`);
    const upload = begin('/upload');
    const small = begin('/small');
    // It never ends by itself; by then the others have taken as long.
    expect(await small.outcome).toBe('cut off');
    upload.outgoing.end('b');
    expect(await upload.outcome).toBe(200);
    answerSlow('done');
    expect(await (await slow).text()).toBe('done');
  });
});
