import { describe, expect, test } from 'vitest';
import { Latest, Series } from '../../../broker/contract/api.ts';
import { limits } from '../../../broker/contract/limits.ts';
import { TierColumns } from '../../../broker/contract/series.ts';
import type { StoredReading } from '../../../ingest/store/store.ts';
import { stored } from '../../support/stored.ts';
import { startTestApi, testNow } from './support/test-api.ts';

const url = (query: string) => `/api/v1/series?device=ulm/a1&metric=pm10&${query}`;
const day = 86_400_000;

/** One reading each `stepMs` until now. */
function readings(count: number, stepMs: number): StoredReading[] {
  return Array.from({ length: count }, (_, index) =>
    stored({
      device: 'ulm/a1',
      metric: 'pm10',
      at: testNow - (index + 1) * stepMs,
      value: index % 50,
    }),
  );
}

describe('a series', () => {
  test('is refused without a device, for an unknown metric, and for a span that is none', async () => {
    const { ask } = await startTestApi();
    const wrong = [
      '/api/v1/series',
      '/api/v1/series?device=ulm&metric=pm10',
      '/api/v1/series?device=ulm/a1&metric=__proto__',
      url('from=yesterday'),
      url('from=2026-06-01T12:00:00'),
      url('resolution=1y'),
      url('points=0'),
      url('points=100001'),
      url('resolution=1d&days=lunar'),
      url('resolution=1h&days=civil'),
      url('days=legal'),
      url('detail=yes'),
      url(`from=${testNow}&to=${testNow}`),
      url(`from=${testNow}&to=${testNow - 1}`),
    ];
    for (const each of wrong) {
      const answer = await ask({ url: each });
      expect([each, answer.statusCode, answer.json().code]).toEqual([each, 400, 'invalid-request']);
    }
  });

  test('covers the last 24 h by default, half-open', async () => {
    const { ask, store } = await startTestApi();
    const answer = await ask({ url: url('') });
    expect(Series.parse(answer.json())).toEqual({
      device: 'ulm/a1',
      metric: 'pm10',
      unit: 'µg/m³',
      resolution: 'raw',
      from: testNow - day,
      to: testNow,
      columns: {
        at: [testNow - 120_000, testNow - 60_000],
        value: [11, 12],
        flag: [2, 2],
        reasons: [0, 0],
        receivedAt: [testNow - 120_000, testNow - 60_000],
      },
    });
    expect(store.asked).toEqual(['latest', 'raw']);
    const half = await ask({ url: url(`from=${testNow - 120_000}&to=${testNow - 60_000}`) });
    expect(half.json().columns.value).toEqual([11]);
  });

  test('takes instants as devices write them', async () => {
    const { ask } = await startTestApi();
    const iso = encodeURIComponent('2026-06-01T13:00:00+02:00');
    const answer = await ask({ url: url(`from=${iso}&to=${testNow / 1000}`) });
    expect(answer.json()).toMatchObject({ from: testNow - 3_600_000, to: testNow });
  });

  test('is as fine as the span and the points allow', async () => {
    const { ask } = await startTestApi();
    const picked = async (span: number, points: number) => {
      const answer = await ask({ url: url(`from=${testNow - span}&points=${points}`) });
      return answer.json().resolution;
    };
    expect(await picked(day, 1000)).toBe('raw');
    expect(await picked(7 * day, 1000)).toBe('1h');
    expect(await picked(0.5 * day, 400)).toBe('raw');
    expect(await picked(60_000 * 600, 100)).toBe('1h');
    expect(await picked(365 * day, 1000)).toBe('1d');
    expect(await picked(20 * 365 * day, 100)).toBe('1d');
  });

  test('falls to a coarser tier where the device sends more than expected, and says so', async () => {
    const { ask, store } = await startTestApi();
    store.readings = readings(12_000, 1_000);
    const answer = await ask({ url: url('points=1000') });
    const series = Series.parse(answer.json());
    expect(series.resolution).toBe('1m');
    expect(series.columns.at).toHaveLength(200);
    expect(store.asked).toEqual(['latest', 'raw', '1m']);
  });

  test('is read from what retention still has, where it may choose', async () => {
    const retention = { raw: 90 * day, '1m': 365 * day, '1h': 3650 * day, '1d': 3650 * day };
    const { ask } = await startTestApi({ config: { retention } });
    const picked = async (daysAgo: number, hours: number, resolution = 'auto') => {
      const from = testNow - daysAgo * day;
      const query = `from=${from}&to=${from + hours * 3_600_000}&resolution=${resolution}`;
      return (await ask({ url: url(query) })).json().resolution;
    };
    expect(await picked(90, 6)).toBe('raw');
    // The day in which retention cuts is there as a whole, the one before is not.
    expect(await picked(90.5, 6)).toBe('raw');
    expect(await picked(91, 6)).toBe('1m');
    expect(await picked(366, 6)).toBe('1h');
    expect(await picked(4000, 6)).toBe('1d');
    // Who asks for one resolution gets that one, empty or not.
    expect(await picked(91, 6, 'raw')).toBe('raw');
  });

  test('of a tier is short, and with `detail` all that is kept', async () => {
    const { ask, store } = await startTestApi();
    store.readings = readings(120, 60_000);
    const columnsOf = async (query: string) => {
      const series = Series.parse((await ask({ url: url(query) })).json());
      return series.columns;
    };
    const short = await columnsOf('resolution=1h');
    expect(Object.keys(short).sort()).toEqual(
      ['at', 'count', 'coverage', 'flags', 'max', 'mean', 'min'].sort(),
    );
    expect(short.at).toHaveLength(2);
    const full = await columnsOf('resolution=1h&detail=true');
    expect(full).toMatchObject(short);
    expect(TierColumns.parse(full)).toEqual(full);
    expect(new Set(Object.values(full).map((column) => column?.length))).toEqual(new Set([2]));
  });

  test('of days is by UTC, by the clocks of the installation, or by law', async () => {
    const { ask, store } = await startTestApi();
    // From before the change of clocks on 2026-03-29 to after it, one reading each half hour.
    const first = Date.parse('2026-03-27T00:15Z');
    store.readings = Array.from({ length: 5 * 48 }, (_, index) =>
      stored({ device: 'ulm/a1', metric: 'pm10', at: first + index * 1_800_000, value: 5 }),
    );
    const daysOf = async (kind: string) => {
      const span = 'from=2026-03-28T00:00:00%2B01:00&to=2026-03-31T00:00:00%2B02:00';
      const answer = await ask({ url: url(`${span}&resolution=1d&days=${kind}`) });
      const { days = 'utc', columns } = Series.parse(answer.json());
      if (!('count' in columns)) throw new Error('not a tier');
      const ends = 'end' in columns ? columns.end : undefined;
      return { days, count: columns.count, starts: columns.at, ends };
    };
    const midnight = (date: string, offset: string) => Date.parse(`${date}T00:00${offset}`);
    expect(await daysOf('civil')).toEqual({
      days: 'civil',
      count: [48, 46, 48],
      starts: [
        midnight('2026-03-28', '+01:00'),
        midnight('2026-03-29', '+01:00'),
        midnight('2026-03-30', '+02:00'),
      ],
      ends: [
        midnight('2026-03-29', '+01:00'),
        midnight('2026-03-30', '+02:00'),
        midnight('2026-03-31', '+02:00'),
      ],
    });
    expect(await daysOf('legal')).toMatchObject({
      days: 'legal',
      count: [48, 48, 48],
      starts: [28, 29, 30].map((date) => midnight(`2026-03-${date}`, '+01:00')),
    });
    expect(await daysOf('utc')).toMatchObject({
      days: 'utc',
      starts: [28, 29, 30].map((date) => midnight(`2026-03-${date}`, 'Z')),
      ends: undefined,
    });
  });

  test('of civil days is refused where they do not begin with an hour of UTC', async () => {
    const { ask } = await startTestApi({ config: { timeZone: 'Asia/Kolkata' } });
    const answer = await ask({ url: url('resolution=1d&days=civil&from=2026-05-30T00:00:00Z') });
    expect([answer.statusCode, answer.json().code]).toEqual([422, 'days-not-of-hours']);
  });

  test('is refused with a reason when it would be too large', async () => {
    const { ask, store } = await startTestApi();
    store.readings = readings(limits.seriesRowsMax + 1, 10);
    const answer = await ask({ url: url('resolution=raw') });
    expect([answer.statusCode, answer.json().code]).toEqual([422, 'query-too-large']);
  });

  test('is refused for a while when the store is away, without telling where it is', async () => {
    const { ask, store } = await startTestApi();
    store.isDown = true;
    const answer = await ask({ url: url('') });
    expect([answer.statusCode, answer.json().code]).toEqual([503, 'store-unavailable']);
    expect(Number(answer.headers['retry-after'])).toBeGreaterThan(0);
    expect(answer.body).not.toContain('hunter2');
    store.isDown = false;
    expect((await ask({ url: url('') })).statusCode).toBe(200);
  });
});

describe('latest', () => {
  test('is columns of equal length, filtered', async () => {
    const { ask, store } = await startTestApi();
    const latest = async (query: string) =>
      Latest.parse((await ask({ url: `/api/v1/latest?${query}`, as: 'admin' })).json()).columns;
    const all = await latest('');
    expect(new Set(Object.values(all).map(({ length }) => length))).toEqual(new Set([4]));
    expect(await latest('device=ulm/a1&metric=pm10')).toEqual({
      device: ['ulm/a1'],
      metric: ['pm10'],
      at: [testNow - 60_000],
      value: [12],
      flag: [2],
    });
    expect((await latest('kind=light')).metric).toEqual(['power']);
    expect((await latest('provider=ulm')).metric).toEqual(['pm10', 'temperature', 'noise']);
    expect((await latest('device=ulm/none')).device).toEqual([]);
    // Out of memory: an outage of the store does not touch it.
    store.isDown = true;
    expect((await latest('')).device).toHaveLength(4);
  });

  test('follows the feed by event time: older ones do not, the same instant overwrites', async () => {
    const { ask, feed } = await startTestApi();
    const value = async () =>
      (await ask({ url: '/api/v1/latest?device=ulm/a1&metric=pm10' })).json().columns.value[0];
    feed.say('ulm/a1', testNow, { pm10: 30 });
    expect(await value()).toBe(30);
    feed.say('ulm/a1', testNow - 1, { pm10: 31 });
    expect(await value()).toBe(30);
    feed.say('ulm/a1', testNow, { pm10: 32 });
    expect(await value()).toBe(32);
  });
});
