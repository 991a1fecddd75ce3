import { describe, expect, it, test } from 'vitest';
import { Comparison, Indices, YearStatistics } from '../../../broker/contract/air.ts';
import type { TierColumns } from '../../../broker/contract/series.ts';
import type { Tier } from '../../../broker/contract/windows.ts';
import { legalStart } from '../../../ingest/domain/air/year-hours.ts';
import type { ManySeriesQuery } from '../../../ingest/store/store.ts';
import { HourStore } from '../../support/hour-store.ts';
import { startTestApi, testNow } from './support/test-api.ts';

const hour = 3_600_000;
/** Start of the running hour of the tests, 12:00Z; half of it is over. */
const running = testNow;
const halfPast = testNow + hour / 2;

/** `ulm/a1` is public air; `ulm/ref` a public reference of traffic beside it, `ulm/away` private air. */
async function startCity(hours = new HourStore()) {
  const api = await startTestApi({
    deps: { store: hours },
    async prepare({ registry }) {
      const at = { provider: 'ulm', kind: 'air', createdAt: 0 } as const;
      const station = { method: 'reference', siteType: 'traffic' } as const;
      await registry.putDevice({
        ...at,
        id: 'ref',
        public: true,
        station,
        location: { lat: 48.399, lon: 9.991 },
      });
      await registry.putDevice({ ...at, id: 'away', public: false, location: { lat: 50, lon: 7 } });
    },
  });
  api.time.now = halfPast;
  return { ...api, hours };
}

/** Reads many series at once, as an engine of its own kind would. */
class ManyHourStore extends HourStore {
  readonly #hours: HourStore;
  readonly sizes: number[] = [];

  constructor(hours: HourStore) {
    super();
    this.#hours = hours;
  }

  override latest() {
    return this.#hours.latest();
  }

  rollupsOfMany(tier: Tier, { series, ...span }: ManySeriesQuery): Promise<TierColumns[]> {
    this.sizes.push(series.length);
    return Promise.all(series.map((one) => this.#hours.rollups(tier, { ...one, ...span })));
  }
}

const city = () => {
  const hours = new HourStore();
  hours.put('ulm/a1', 'pm10', running - 24 * hour, new Array(24).fill(15.48));
  hours.put('ulm/a1', 'pm10', running, [100], { coverage: 0.45 });
  hours.put('ulm/ref', 'pm10', running - hour, [16]);
  hours.put('ulm/ref', 'no2', running - hour, [30]);
  hours.put('ulm/away', 'pm10', running - hour, [300]);
  return hours;
};

describe('indices', () => {
  it('are refused for what is none', async () => {
    const { ask } = await startCity();
    const wrong = [
      'scheme=AQI',
      'scheme=EAQI',
      'device=ulm',
      'bbox=1,2,3',
      'kind=soap',
      `at=${running + hour}`,
      'at=yesterday',
      'hours=3',
    ];
    for (const query of wrong) {
      const answer = await ask({ url: `/api/v1/indices?${query}` });
      expect([query, answer.statusCode, answer.json().code]).toEqual([
        query,
        400,
        'invalid-request',
      ]);
    }
  });

  it('of one device are of the running hour, which is said to be partial', async () => {
    const { ask } = await startCity(city());
    const answer = Indices.parse((await ask({ url: '/api/v1/indices?device=ulm/a1' })).json());
    expect(answer).toMatchObject({ scheme: 'EAQI-2024', at: running, partial: true, total: 1 });
    // 27 of the 30 minutes that are over are covered.
    expect(answer.stations[0]).toMatchObject({
      device: 'ulm/a1',
      name: 'Münsterplatz',
      method: 'maker',
      index: { level: 3, driver: 'pm10', indicative: true, incomplete: true },
    });
  });

  it('of the running hour want three quarters of what is over', async () => {
    const { ask, hours } = await startCity(city());
    hours.put('ulm/a1', 'pm10', running, [100], { coverage: 0.37 });
    const answer = Indices.parse((await ask({ url: '/api/v1/indices?device=ulm/a1' })).json());
    expect(answer.stations[0]?.index.level).toBeNull();
  });

  it('of an hour that is over are not partial', async () => {
    const { ask } = await startCity(city());
    const url = `/api/v1/indices?device=ulm/a1&at=${running - 1}`;
    const answer = Indices.parse((await ask({ url })).json());
    expect(answer).toMatchObject({ at: running - hour, partial: false });
    expect(answer.stations[0]?.index).toMatchObject({ category: 'good', score: 1.99 });
  });

  test.each([
    ['EAQI-2017', 1, 'good'],
    ['LQI-2025', 2, 'good'],
    ['US-AQI-2024', 1, 'good'],
  ])('by %s look back as far as the scheme does', async (scheme, level, category) => {
    const { ask } = await startCity(city());
    const url = `/api/v1/indices?device=ulm/a1&scheme=${scheme}&at=${running - 1}`;
    const answer = Indices.parse((await ask({ url })).json());
    expect(answer.stations[0]?.index).toMatchObject({ scheme, level, category });
  });

  it('of many are of the last whole hour, of visible air devices, references first, with the worst', async () => {
    const { ask } = await startCity(city());
    const answer = Indices.parse((await ask({ url: '/api/v1/indices' })).json());
    expect(answer).toMatchObject({ at: running - hour, partial: false, total: 2 });
    expect(answer.stations.map(({ device }) => device)).toEqual(['ulm/ref', 'ulm/a1']);
    expect(answer.stations[0]?.index).toMatchObject({
      level: 3,
      driver: 'no2',
      incomplete: false,
      indicative: false,
    });
    expect(answer.city).toMatchObject({
      worst: 'ulm/ref',
      level: 3,
      reporting: 2,
      incomplete: 1,
      stations: 2,
    });
    const all = Indices.parse((await ask({ url: '/api/v1/indices', as: 'operator' })).json());
    expect(all.city).toMatchObject({ worst: 'ulm/away', level: 6, stations: 3 });
  });

  it('of many can be asked for by place', async () => {
    const { ask } = await startCity(city());
    const url = '/api/v1/indices?kind=air&bbox=9.9,48.3985,10,48.4';
    const answer = Indices.parse((await ask({ url })).json());
    expect(answer.stations.map(({ device }) => device)).toEqual(['ulm/ref']);
  });

  it('of many are one read where the store can, with the same answer', async () => {
    const plain = Indices.parse(
      (await (await startCity(city())).ask({ url: '/api/v1/indices' })).json(),
    );
    const { ask, hours } = await startCity(new ManyHourStore(city()));
    expect((await ask({ url: '/api/v1/indices' })).json()).toEqual(plain);
    expect(hours.asked.filter((what) => what.startsWith('1h'))).toHaveLength(0);
    expect((hours as ManyHourStore).sizes).toEqual([3]);
  });

  it('of many are remembered for a while, and not beyond a correction', async () => {
    const { ask, hours, time } = await startCity(city());
    const levelOfA1 = async () => {
      const { stations } = Indices.parse((await ask({ url: '/api/v1/indices' })).json());
      return stations.find(({ device }) => device === 'ulm/a1')?.index.level;
    };
    expect(await levelOfA1()).toBe(1);
    const asked = hours.asked.length;
    hours.put('ulm/a1', 'pm10', running - hour, [46]);
    expect(await levelOfA1()).toBe(1);
    expect(hours.asked).toHaveLength(asked);
    time.now += 11 * 60_000;
    expect(await levelOfA1()).toBe(3);
  });

  it('say nothing of devices that the caller may not see', async () => {
    const { ask } = await startCity(city());
    expect((await ask({ url: '/api/v1/indices?device=ulm/away' })).statusCode).toBe(404);
    expect((await ask({ url: '/api/v1/indices?device=ulm/none' })).statusCode).toBe(404);
    expect((await ask({ url: '/api/v1/indices?device=ulm/away', as: 'operator' })).statusCode).toBe(
      200,
    );
  });

  it('are refused for a while when the store is away', async () => {
    const { ask, hours } = await startCity(city());
    hours.isDown = true;
    for (const url of ['/api/v1/indices?device=ulm/a1', '/api/v1/indices']) {
      const answer = await ask({ url });
      expect([answer.statusCode, answer.json().code]).toEqual([503, 'store-unavailable']);
    }
    hours.isDown = false;
    expect((await ask({ url: '/api/v1/indices' })).statusCode).toBe(200);
  });
});

describe('statistics', () => {
  it('hold a year against the rules that are asked for', async () => {
    const hours = new HourStore();
    const from = legalStart(2025);
    hours.put('ulm/ref', 'pm10', from, new Array(48).fill(48));
    hours.put('ulm/ref', 'temperature', from, [1]);
    const { ask } = await startCity(hours);
    const statistics = async (query: string) =>
      YearStatistics.parse(
        (await ask({ url: `/api/v1/statistics?device=ulm/ref&${query}` })).json(),
      );
    const before = await statistics('year=2025');
    expect(before).toMatchObject({
      rules: 'EU-2008-50',
      from,
      running: false,
      compliance: 'for-compliance',
      timeBase: 'UTC+1',
      rounding: 'half-up-last',
    });
    expect(before.pollutants.map(({ pollutant }) => pollutant)).toEqual(['pm10']);
    expect(before.pollutants[0]?.limits[0]).toMatchObject({
      limit: 50,
      exceedances: 0,
      validPeriods: 2,
    });
    const after = await statistics('year=2025&rules=EU-2024-2881');
    expect(after.pollutants[0]?.limits[0]).toMatchObject({ limit: 45, exceedances: 2 });
    expect(await statistics('')).toMatchObject({ year: 2026, running: true, pollutants: [] });
  });

  it('reach back to the evening before the year, for its first 8 h', async () => {
    const hours = new HourStore();
    const from = legalStart(2025);
    hours.put('ulm/ref', 'o3', from - 7 * hour, new Array(31).fill(130));
    const { ask } = await startCity(hours);
    const answer = await ask({ url: '/api/v1/statistics?device=ulm/ref&year=2025' });
    expect(YearStatistics.parse(answer.json()).pollutants[0]?.max8h?.at).toBe(from - 7 * hour);
  });

  it('of a maker are indicative', async () => {
    const hours = new HourStore();
    hours.put('ulm/a1', 'pm10', legalStart(2025), [1]);
    const { ask } = await startCity(hours);
    const answer = await ask({ url: '/api/v1/statistics?device=ulm/a1&year=2025' });
    expect(answer.json().compliance).toBe('indicative-not-for-compliance');
  });

  it('are refused for what is none, and for what may not be seen', async () => {
    const { ask } = await startCity();
    for (const query of ['', 'device=ulm/ref&year=25', 'device=ulm/ref&rules=WHO-2021']) {
      expect([query, (await ask({ url: `/api/v1/statistics?${query}` })).statusCode]).toEqual([
        query,
        400,
      ]);
    }
    expect((await ask({ url: '/api/v1/statistics?device=ulm/away' })).statusCode).toBe(404);
  });
});

describe('a comparison', () => {
  const pair = 'device=ulm/a1&reference=ulm/ref&metric=pm10';

  it('is of the hours that both have, of the last 30 days by default', async () => {
    const hours = new HourStore();
    const count = 40 * 24;
    const truth = Array.from({ length: count }, (_, index) => 20 + 10 * Math.sin(index / 7));
    hours.put('ulm/ref', 'pm10', running - count * hour, truth);
    hours.put(
      'ulm/a1',
      'pm10',
      running - count * hour,
      truth.map((value) => 1.5 * value),
    );
    const { ask } = await startCity(hours);
    const found = Comparison.parse((await ask({ url: `/api/v1/comparison?${pair}` })).json());
    expect(found).toMatchObject({
      from: running - 720 * hour,
      to: running,
      pairs: 720,
      coverage: 1,
      status: 'sufficient',
    });
    expect(found.fit?.ols?.slope).toBeCloseTo(1.5, 9);
    expect(found.distanceM).toBeGreaterThan(100);
    expect(found.distanceM).toBeLessThan(120);
  });

  it('says that there is too little of it', async () => {
    const { ask } = await startCity(city());
    const found = Comparison.parse((await ask({ url: `/api/v1/comparison?${pair}` })).json());
    expect(found).toMatchObject({ status: 'too-few', pairs: 1, fit: null });
  });

  it('is refused for what cannot be compared', async () => {
    const { ask } = await startCity(city());
    const wrong = [
      '',
      'device=ulm/a1&reference=ulm/ref&metric=lamp_on',
      'device=ulm/a1&reference=ulm/a1&metric=pm10',
      `${pair}&from=${running}&to=${running}`,
      `${pair}&from=0&to=${running}`,
    ];
    for (const query of wrong) {
      expect([query, (await ask({ url: `/api/v1/comparison?${query}` })).statusCode]).toEqual([
        query,
        400,
      ]);
    }
    const hidden = 'device=ulm/a1&reference=ulm/away&metric=pm10';
    expect((await ask({ url: `/api/v1/comparison?${hidden}` })).statusCode).toBe(404);
    expect((await ask({ url: `/api/v1/comparison?${hidden}`, as: 'operator' })).statusCode).toBe(
      200,
    );
  });
});
