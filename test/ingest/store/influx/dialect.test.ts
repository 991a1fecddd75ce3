import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { pino } from 'pino';
import { describe, expect, onTestFinished, test } from 'vitest';
import {
  createInfluxStore,
  type InfluxStoreConfig,
} from '../../../../ingest/store/influx/influx-store.ts';
import { batchOf } from '../../../../ingest/store/reading-batch.ts';
import type { Store } from '../../../../ingest/store/store.ts';
import { freePort } from '../../../support/free-port.ts';
import { stored } from '../../../support/stored.ts';

const log = pino({ level: 'silent' });
const reading = stored({ device: 'museum/hall', metric: 'pm10', at: 1_000, value: 1.5 });
const window = { device: 'museum/hall', metric: 'pm10', start: 0, intervalMs: 60_000 } as const;

interface Seen {
  request: string;
  authorization: string | undefined;
  body: string;
}

type Route = (request: string, body: string) => { status: number; body?: unknown } | undefined;

/** A server that answers as the documentation of a generation says, and keeps what it was asked. */
const fakeServer = async (version: string, route: Route) => {
  const seen: Seen[] = [];
  const answer = async (message: IncomingMessage, response: ServerResponse) => {
    let body = '';
    for await (const chunk of message) body += chunk;
    const request = `${message.method} ${message.url}`;
    seen.push({ request, authorization: message.headers.authorization, body });
    const known = route(request, body) ?? { status: 200, body: { results: [{ statement_id: 0 }] } };
    response.writeHead(known.status, {
      'content-type': 'application/json',
      'x-influxdb-version': version,
    });
    response.end(known.body === undefined ? undefined : JSON.stringify(known.body));
  };
  const server = createServer((message, response) => void answer(message, response));
  const port = await freePort();
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return {
    url: `http://127.0.0.1:${port}`,
    seen,
    requests: (pattern: RegExp) => seen.filter(({ request }) => pattern.test(request)),
  };
};

const started = async (config: Omit<InfluxStoreConfig, 'bucket'>): Promise<Store> => {
  const store = createInfluxStore({ bucket: 'city', ...config }, { log });
  onTestFinished(() => store.stop());
  await store.start();
  return store;
};

const queryOf = ({ body }: Seen) => new URLSearchParams(body).get('q') ?? '';

describe('InfluxDB of a generation that is not known', () => {
  test('is refused with its version', async () => {
    const { url } = await fakeServer('9.0.1', () => undefined);
    await expect(started({ url })).rejects.toThrow('InfluxDB 9.0.1 is not known');
  });
});

describe('InfluxDB 2.x', () => {
  const route: Route = (request) => {
    if (request === 'GET /ping') return { status: 204 };
    if (request.startsWith('GET /api/v2/buckets?name=city_raw')) {
      return { status: 200, body: { buckets: [{ id: 'b0' }] } };
    }
    if (request.startsWith('GET /api/v2/buckets')) {
      return { status: 404, body: { code: 'not found', message: 'bucket not found' } };
    }
    if (request.startsWith('GET /api/v2/orgs'))
      return { status: 200, body: { orgs: [{ id: 'o1' }] } };
    if (request === 'POST /api/v2/buckets') return { status: 201, body: { id: 'b1' } };
    if (request.startsWith('POST /api/v2/write')) return { status: 204 };
    return undefined;
  };

  test('gets its missing buckets by the API, in the organisation that was named', async () => {
    const { url, requests, seen } = await fakeServer('v2.7.12', route);
    await started({ url, token: 'abc', org: 'the city' });
    expect(requests(/^GET \/api\/v2\/orgs\?org=the\+city$/)).toHaveLength(3);
    expect(requests(/^POST \/api\/v2\/buckets$/).map(({ body }) => JSON.parse(body))).toEqual(
      ['city_1m', 'city_1h', 'city_1d'].map((name) => ({ orgID: 'o1', name, retentionRules: [] })),
    );
    expect(new Set(seen.map(({ authorization }) => authorization))).toEqual(new Set(['Token abc']));
  });

  test('is told when the organisation does not exist', async () => {
    const { url } = await fakeServer('v2.7.12', (request, body) =>
      request.startsWith('GET /api/v2/orgs')
        ? { status: 200, body: { orgs: [] } }
        : route(request, body),
    );
    await expect(started({ url, org: 'nobody' })).rejects.toThrow('no organisation nobody');
  });

  test('is written to and read by its own paths', async () => {
    const { url, requests } = await fakeServer('v2.7.12', route);
    const store = await started({ url, org: 'o' });
    expect(await store.write(batchOf([reading]))).toEqual({
      stored: 1,
      duplicates: 0,
      refused: [],
    });
    expect(requests(/write/)).toMatchObject([
      {
        request: 'POST /api/v2/write?org=o&bucket=city_raw&precision=ms',
        body: 'pm10,device=hall,provider=museum value=1.5,flag=2i,received_at=1000i 1000',
      },
    ]);
    await store.forgetBefore('1h', 86_405_000);
    const last = requests(/^POST \/query/).at(-1);
    expect(last?.request).toBe('POST /query?db=city_1h&epoch=ms&chunked=true');
    expect(last && queryOf(last)).toBe('DELETE WHERE time < 86400000ms');
  });

  test('says in its own way that it dropped points', async () => {
    const { url } = await fakeServer('v2.7.12', (request, body) =>
      request.startsWith('POST /api/v2/write')
        ? {
            status: 422,
            body: {
              code: 'unprocessable entity',
              message:
                'failure writing points to database: partial write: field type conflict: input field dropped=1',
            },
          }
        : route(request, body),
    );
    const store = await started({ url, org: 'o' });
    const { refused } = await store.write(batchOf([reading]));
    expect(refused).toEqual([{ index: 0, detail: expect.stringContaining('field type conflict') }]);
  });
});

describe('InfluxDB 3.x', () => {
  const route: Route = (request, body) => {
    if (request === 'GET /ping') return { status: 200, body: { version: '3.4.0' } };
    if (request === 'POST /api/v3/configure/database') {
      const exists = JSON.parse(body).db === 'city_raw';
      return exists ? { status: 409, body: { error: 'already exists' } } : { status: 200 };
    }
    if (request.startsWith('POST /api/v2/write')) return { status: 204 };
    return undefined;
  };

  test('gets its missing databases, and takes those that are there', async () => {
    const { url, requests, seen } = await fakeServer('3.4.0', route);
    await started({ url, token: 'abc' });
    expect(requests(/configure\/database/).map(({ body }) => JSON.parse(body))).toEqual(
      ['city_raw', 'city_1m', 'city_1h', 'city_1d'].map((db) => ({ db })),
    );
    expect(seen[0]).toMatchObject({ request: 'GET /ping', authorization: 'Token abc' });
  });

  test('is asked one statement at a time', async () => {
    const { url, requests } = await fakeServer('3.4.0', route);
    const store = await started({ url });
    await store.latest();
    await store.rollUp('1m', [window], 90_000);
    for (const query of requests(/^POST \/query/)) expect(queryOf(query)).not.toMatch(';');
  });

  test('gets the quality of a reading alone when it is judged, never its value', async () => {
    const { url, requests } = await fakeServer('3.4.0', (request, body) => {
      if (!request.startsWith('POST /query') || !body.includes('LIMIT'))
        return route(request, body);
      const tags = { provider: 'museum', device: 'hall' };
      const values = [[1_000, 1.5]];
      const series = [{ name: 'pm10', tags, columns: ['time', 'value'], values }];
      return { status: 200, body: { results: [{ statement_id: 0, series }] } };
    });
    const store = await started({ url });
    const quality = { flag: 4, reasons: 1 } as const;
    await store.judge([1_000, 2_000].map((at) => ({ ...reading, at, ...quality })));
    expect(requests(/^POST \/api\/v2\/write/).map(({ body }) => body)).toEqual([
      'pm10,device=hall,provider=museum flag=4i,reasons=1i 1000',
    ]);
  });

  test('keeps an emptied window as one with nothing in it, as a field cannot be taken away', async () => {
    const { url, requests } = await fakeServer('3.4.0', (request, body) => {
      const isPresence = request.startsWith('POST /query?db=city_1m') && body.includes('SELECT');
      if (!isPresence) return route(request, body);
      const tags = { provider: 'museum', device: 'hall' };
      const columns = ['time', 'count', 'mean', 'bad'];
      const series = [{ name: 'pm10', tags, columns, values: [[0, 2, 1, 0]] }];
      return { status: 200, body: { results: [{ statement_id: 0, series }] } };
    });
    const store = await started({ url });
    await store.rollUp('1m', [window], 90_000);
    expect(requests(/^POST \/api\/v2\/write/)).toMatchObject([
      {
        request: 'POST /api/v2/write?bucket=city_1m&precision=ms',
        body: expect.stringMatching(
          /^pm10,device=hall,provider=museum (\w+=0i?,){20}result_at=0i 0$/,
        ),
      },
    ]);
    await store.forgetBefore('raw', 86_405_000);
    expect(requests(/query/).filter((query) => queryOf(query).startsWith('DELETE'))).toEqual([]);
  });

  test('says by a plain 400 that a part was not taken, and that part alone is refused', async () => {
    const { url } = await fakeServer('3.4.0', (request, body) =>
      request.startsWith('POST /api/v2/write') && body.includes('noise')
        ? {
            status: 400,
            body: { error: 'partial write of line protocol occurred', data: [{ line_number: 1 }] },
          }
        : route(request, body),
    );
    const store = await started({ url });
    const outcome = await store.write(
      batchOf([reading, { ...reading, metric: 'noise' }, { ...reading, at: 2_000 }]),
    );
    expect(outcome).toMatchObject({ stored: 2, refused: [{ index: 1 }] });
  });
});
