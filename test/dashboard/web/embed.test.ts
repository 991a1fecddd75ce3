import { describe, expect, it } from 'vitest';
import { readTile, UnknownDevice } from '../../../dashboard/web/embed/reading.ts';
import { parseTile, tileSnippet } from '../../../dashboard/web/embed/request.ts';
import { sparkOf } from '../../../dashboard/web/embed/spark.ts';

describe('the address of a tile', () => {
  it('names a device, and may name metric, theme and language', () => {
    const location = {
      pathname: '/embed/device/ulm/a1',
      search: '?metric=pm10&theme=dark&lang=ca',
    };
    expect(parseTile(location, ['de'])).toEqual({
      device: 'ulm/a1',
      metric: 'pm10',
      theme: 'dark',
      language: 'ca',
    });
  });

  it.each([
    '/embed/device/ulm',
    '/embed/device/ulm/a1/x',
    '/embed/device/u%2Fm/a1',
    '/embed/device/ulm/<b>',
  ])('%s names none', (pathname) => {
    expect(parseTile({ pathname, search: '' }, []).device).toBeUndefined();
  });

  it('takes nothing that is malformed, and the language of the browser', () => {
    const location = {
      pathname: '/embed/device/ulm/a1',
      search: '?metric=a%20b&theme=pink&lang=xx',
    };
    expect(parseTile(location, ['fr', 'es-ES'])).toEqual({
      device: 'ulm/a1',
      metric: undefined,
      theme: undefined,
      language: 'es',
    });
  });

  it('stands in a line of HTML that nothing can break out of', () => {
    const title = '"><script>alert(1)</script>&';
    const of = { origin: 'https://city.example', device: 'ulm/a1', language: 'de' } as const;
    const snippet = tileSnippet({ ...of, metric: 'pm10', title });
    expect(snippet).toContain(
      'src="https://city.example/embed/device/ulm/a1?metric=pm10&amp;lang=de"',
    );
    expect(snippet).not.toContain('<script');
    expect(snippet.match(/"/g)?.length).toBe(10);
  });
});

describe('the line of a tile', () => {
  const field = { from: 0, to: 100, width: 100, height: 10, gapMs: 10 };

  it('is missing where nothing was measured', () => {
    expect(sparkOf([], field)).toBeUndefined();
    expect(sparkOf([{ at: 1, value: null }], field)).toBeUndefined();
  });

  it('has gaps where nothing was measured, and dots where a value stands alone', () => {
    const points = [
      { at: 0, value: 0 },
      { at: 10, value: 10 },
      { at: 20, value: null },
      { at: 25, value: 5 },
      { at: 50, value: 5 },
    ];
    expect(sparkOf(points, field)).toEqual({
      path: 'M0.0 10.0h0L10.0 0.0M25.0 5.0h0M50.0 5.0h0',
      min: 0,
      max: 10,
    });
  });

  it('lies in the middle when all is the same', () => {
    expect(sparkOf([{ at: 0, value: 7 }], field)?.path).toBe('M0.0 5.0h0');
  });
});

describe('what a tile reads', () => {
  const request = parseTile({ pathname: '/embed/device/ulm/a1', search: '' }, ['de']);
  const now = Date.parse('2026-06-01T12:00:00Z');
  const metrics = [{ name: 'pm10', unit: 'µg/m³', label: { de: 'Feinstaub PM10' } }];
  const answers: Record<string, object> = {
    '/devices/ulm/a1': { key: 'ulm/a1', kind: 'air', metrics: ['temperature', 'pm10'] },
    '/site': { timeZone: 'Europe/Berlin', metrics },
    '/latest': {
      columns: { metric: ['temperature', 'pm10'], at: [1, 2], value: [20, 12], flag: [1, 3] },
    },
    '/series': {
      resolution: 'raw',
      columns: { at: [1, 2, 3], value: [10, 999, 12], flag: [1, 4, 1] },
    },
  };

  function fakeFetch(refuse?: { path: string; status: number }) {
    const asked: { url: string; credentials: unknown }[] = [];
    const fetch = (async (url: string, init?: RequestInit) => {
      asked.push({ url, credentials: init?.credentials });
      const path = url.replace('/api/v1', '').split('?')[0] ?? '';
      const status = refuse?.path === path ? refuse.status : 200;
      const headers = { date: new Date(now + 5_000).toUTCString() };
      return Response.json(answers[path] ?? {}, { status, headers });
    }) as typeof globalThis.fetch;
    return { fetch, asked };
  }

  it('asks as nobody, for what the device is there for', async () => {
    const { fetch, asked } = fakeFetch();
    const reading = await readTile(request, { clock: () => now, fetch });
    expect(asked.map(({ credentials }) => credentials)).toEqual(Array(4).fill('omit'));
    expect(reading).toMatchObject({
      metric: { name: 'pm10' },
      newest: { at: 2, value: 12, flag: 3 },
      offsetMs: 5_000,
    });
    expect(reading.points, 'a bad value counts as none').toEqual([
      { at: 1, value: 10 },
      { at: 2, value: null },
      { at: 3, value: 12 },
    ]);
    const url = new URL(asked[3]?.url ?? '', 'http://x');
    expect(Number(url.searchParams.get('to'))).toBe(now + 5_000);
  });

  it('shows a metric that was asked for and not measured as not measured', async () => {
    const { fetch } = fakeFetch();
    const reading = await readTile({ ...request, metric: 'no2' }, { clock: () => now, fetch });
    expect([reading.newest, reading.metric]).toEqual([undefined, undefined]);
  });

  it.each([404, 401])('knows nothing of what is not public (%d)', async (status) => {
    const { fetch } = fakeFetch({ path: '/devices/ulm/a1', status });
    const reading = readTile(request, { clock: () => now, fetch });
    await expect(reading).rejects.toBeInstanceOf(UnknownDevice);
  });

  it('tells a fault of the server from a device that is not there', async () => {
    const { fetch } = fakeFetch({ path: '/latest', status: 503 });
    const reading = readTile(request, { clock: () => now, fetch });
    await expect(reading).rejects.not.toBeInstanceOf(UnknownDevice);
  });
});
