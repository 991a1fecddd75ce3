import { createHash } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { Bench } from '../../ingest/open-data/bench.ts';
import { startTestApi } from './support/test-api.ts';

async function startApi(options: Parameters<typeof startTestApi>[0] = {}) {
  const bench = new Bench();
  await bench.device('a');
  await bench.measure('a', ['2026-10-10T00:00:00Z', '2026-10-11T00:00:00Z']);
  await bench.run();
  const api = await startTestApi({ ...options, deps: { openData: bench.shelf } });
  return { ...api, bench };
}

const path = '/api/v1/open-data/air/2026-10.csv.gz';

describe('open data', () => {
  test('is a catalogue that leads to the files, at the host that was asked', async () => {
    const { ask } = await startApi();
    const answer = await ask({
      url: '/api/v1/open-data/catalogue.jsonld',
      headers: { host: 'sensors.example.org' },
    });
    expect(answer.headers['content-type']).toMatch(/^application\/ld\+json/);
    const link = answer.json()['dcat:dataset'][0]['dcat:distribution'][0];
    expect(link['dcat:downloadURL']['@id']).toBe(`http://sensors.example.org${path}`);
    const file = await ask({ url: path });
    expect(file.statusCode).toBe(200);
    const sha256 = createHash('sha256').update(file.rawPayload).digest('hex');
    expect(sha256).toBe(link['spdx:checksum']['spdx:checksumValue']['@value']);
    expect(String(file.rawPayload.length)).toBe(link['dcat:byteSize']['@value']);
    expect((await ask({ url: `${path}.sha256` })).body).toBe(`${sha256}  2026-10.csv.gz\n`);
  });

  test('says who publishes it, under which licence, and where, as configured', async () => {
    const { ask } = await startApi({
      config: {
        openData: {
          publisherName: 'Stadt Ulm',
          licence: 'https://www.govdata.de/dl-de/by-2-0',
          publicUrl: 'https://ulm.example/sensors',
        },
      },
    });
    const catalogue = (await ask({ url: '/api/v1/open-data/catalogue.jsonld' })).json();
    expect(catalogue['dct:publisher']['foaf:name']).toBe('Stadt Ulm');
    expect(catalogue['dct:license']['@id']).toBe('https://www.govdata.de/dl-de/by-2-0');
    expect(catalogue['@id']).toBe('https://ulm.example/sensors/api/v1/open-data/catalogue.jsonld');
  });

  test('is not asked for twice', async () => {
    const { ask } = await startApi();
    const { headers } = await ask({ url: path });
    expect(headers['cache-control']).toContain('immutable');
    const again = await ask({ url: path, headers: { 'if-none-match': String(headers.etag) } });
    expect([again.statusCode, again.body]).toEqual([304, '']);
  });

  test.each([
    '/api/v1/open-data/air/2026-09.csv.gz',
    '/api/v1/open-data/light/2026-10.csv.gz',
    '/api/v1/open-data/air/index.json',
    '/api/v1/open-data/air/..%2Findex.json',
    '/api/v1/open-data/air/2026-10.csv.gz.sha256.sha256',
  ])('%s is not there', async (url) => {
    const { ask } = await startApi();
    expect((await ask({ url })).statusCode).toBe(404);
  });

  test('is public only where devices may be read without signing in', async () => {
    const { ask } = await startApi({ config: { publicRead: false } });
    for (const url of [path, '/api/v1/open-data/catalogue.jsonld']) {
      expect((await ask({ url })).statusCode).toBe(401);
      expect((await ask({ url, as: 'device' })).statusCode).toBe(200);
    }
  });

  test('is an empty catalogue before anything was published', async () => {
    const { ask } = await startTestApi();
    const answer = await ask({ url: '/api/v1/open-data/catalogue.jsonld' });
    expect(answer.json()['dcat:dataset']).toEqual([]);
  });
});
