import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import { ApiFailure } from '../../../firmware-sim/api-client.ts';
import { countersOf, createPlatform } from '../../../firmware-sim/run/platform.ts';

const span = { fromAt: 0, toAt: 10_000 };

/** An API that answers with these bodies, by the beginning of the path; in pieces as small as a network makes them. */
async function platformOf(bodies: Record<string, (url: URL) => string>) {
  const server = createServer(async (request, response) => {
    const url = new URL(request.url ?? '', 'http://x');
    const body = bodies[url.pathname]?.(url);
    if (body === undefined) {
      response.writeHead(503).end('{"title":"away"}');
      return;
    }
    const bytes = Buffer.from(body);
    for (let at = 0; at < bytes.length; at += 7) response.write(bytes.subarray(at, at + 7));
    response.end();
  });
  return createPlatform(await listening(server), 'admin');
}

async function listening(server: Server): Promise<string> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

async function all<T>(items: AsyncIterable<T>): Promise<T[]> {
  const found: T[] = [];
  for await (const item of items) found.push(item);
  return found;
}

describe('createPlatform', () => {
  it('fails with a clear error when it gets no answer, or another one than it asked for', async () => {
    const platform = await platformOf({ '/api/v1/export': () => '<html>\n' });
    await expect(platform.counters()).rejects.toThrow('answered 503');
    await expect(all(platform.rows({ provider: 'p' }, span))).rejects.toThrow(ApiFailure);
    await expect(createPlatform('http://127.0.0.1:1', 'x').counters()).rejects.toThrow('no answer');
  });

  it('gives an export up of which nothing comes any more', async () => {
    const server = createServer((_, response) => {
      response.write('device,metric,unit,at,value,flag,reasons\np/a,pm10,');
    });
    const url = await listening(server);
    const platform = createPlatform(url, 'admin', { stallMs: 100 });
    await expect(all(platform.rows({ provider: 'p' }, span))).rejects.toThrow('nothing more came');
  });

  it('cuts an export into series', async () => {
    const rows = [
      'p/a,pm10,µg/m³,1970-01-01T00:00:01.000Z,1.5,1,',
      'p/a,pm10,µg/m³,1970-01-01T00:00:02.250Z,0,1,',
    ];
    const other = 'p/b,noise,dB(A),1970-01-01T00:00:03.000Z,61.25,1,';
    const head = 'device,metric,unit,at,value,flag,reasons';
    const body = [head, ...rows, other].join('\n');
    const asked: string[] = [];
    const platform = await platformOf({
      '/api/v1/export': (url) => {
        asked.push(url.search);
        return `${body}\n`;
      },
    });
    expect(await all(platform.rows({ provider: 'p' }, span))).toEqual([
      { device: 'p/a', metric: 'pm10', at: [1000, 2250], value: [1.5, 0] },
      { device: 'p/b', metric: 'noise', at: [3000], value: [61.25] },
    ]);
    expect(asked).toEqual(['?provider=p&from=0&to=10000&resolution=raw&format=csv']);
  });

  it('counts rejections of its devices only, page by page', async () => {
    const message = (id: number) => ({
      id: String(id),
      device: id % 2 === 0 ? 'p/mine' : 'p/other',
      rejections: [{ reason: 'out-of-range' }, { reason: 'unknown-metric' }],
    });
    const platform = await platformOf({
      '/api/v1/rejections': ({ searchParams }) => {
        const from = Number(searchParams.get('before') ?? 1_200);
        const ids = Array.from({ length: Math.min(500, from) }, (_, index) => from - 1 - index);
        return JSON.stringify({ rejections: ids.map(message) });
      },
    });
    expect(await platform.rejections(new Set(['p/mine'] as const), 5)).toEqual({
      byReason: { 'out-of-range': 600, 'unknown-metric': 600 },
      isComplete: true,
    });
  });
});

describe('countersOf', () => {
  it('wants all that add up', () => {
    expect(() => countersOf('readings_received_total 5\n')).toThrow('readings_stored_total');
  });

  it('reads what was received, stored, doubled and rejected', () => {
    const text = [
      ...['# HELP x', 'readings_received_total 10', 'readings_stored_total 6'],
      ...['readings_duplicate_total 1', 'readings_rejected_total{reason="out-of-range"} 3'],
      'readings_rejected_total{reason="unknown-metric"} 0',
    ].join('\n');
    expect(countersOf(text)).toEqual({
      ...{ received: 10, stored: 6, duplicate: 1 },
      rejected: { 'out-of-range': 3 },
    });
  });
});
