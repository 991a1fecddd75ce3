import { describe, expect, it } from 'vitest';
import type { Device } from '../../../broker/contract/device.ts';
import { Collection, ContainerHistory, Waste } from '../../../broker/contract/waste.ts';
import type { ApiDeps } from '../../../dashboard/api/context.ts';
import type { StoredReading } from '../../../ingest/store/store.ts';
import { stored } from '../../support/stored.ts';
import { until } from '../../support/until.ts';
import { FakeStore } from './support/fakes.ts';
import { type Actor, startTestApi, testNow } from './support/test-api.ts';

const minute = 60_000;
const hour = 60 * minute;
const day = 24 * hour;

type Bin = Partial<Device> & { id: string };

const bins: Bin[] = [
  { id: 'paper', container: { stream: 'paper', capacityL: 1000 } },
  { id: 'full', container: { stream: 'paper', capacityL: 500 } },
  { id: 'silent', container: { stream: 'paper' } },
  { id: 'glass', container: { stream: 'glass', emptyMm: 1650, fullMm: 250 } },
  { id: 'organic', container: { stream: 'organic' }, public: false },
];

/** Hourly values that end a minute before now. */
function hourly(
  id: string,
  values: readonly number[],
  metric: StoredReading['metric'] = 'fill_level',
) {
  return values.map((value, index) =>
    stored({
      device: `ulm/${id}`,
      metric,
      at: testNow - minute - (values.length - 1 - index) * hour,
      value,
    }),
  );
}

const rising = (count: number, from: number, perHour: number): number[] =>
  Array.from({ length: count }, (_, index) => from + index * perHour);

async function startCity(readings: StoredReading[] = [], deps: Partial<ApiDeps> = {}) {
  const store = new FakeStore();
  store.readings = [
    // Emptied 21 h ago, 2 %/h since then: 42 % now, 80 % in 19 h.
    ...hourly('paper', [...rising(10, 70, 2), ...rising(22, 0, 2)]),
    ...hourly('full', rising(20, 81, 1)),
    ...hourly('silent', [40]).map((reading) => ({ ...reading, at: testNow - 5 * hour })),
    ...hourly('glass', [950], 'distance'),
    ...hourly('glass', [20], 'temperature'),
    ...hourly('organic', rising(30, 10, 0.1)),
    ...readings,
  ];
  const api = await startTestApi({
    deps: { store, ...deps },
    async prepare({ registry }) {
      for (const bin of bins) {
        await registry.putDevice({
          provider: 'ulm',
          kind: 'waste',
          createdAt: 0,
          public: true,
          intervalMs: hour,
          name: `Bin ${bin.id}`,
          location: { lat: 48.4, lon: 9.99 },
          ...bin,
        });
      }
    },
  });
  const read = async (query = '', as: Actor = 'admin'): Promise<Waste> => {
    const answer = await api.ask({ url: `/api/v1/waste?${query}`, as });
    expect(answer.statusCode).toBe(200);
    return Waste.parse(answer.json());
  };
  const row = async (id: string) =>
    (await read()).containers.find(({ device }) => device === `ulm/${id}`);
  const list = async (query = '', as: Actor = 'admin'): Promise<Collection> =>
    Collection.parse((await api.ask({ url: `/api/v1/waste/collection?${query}`, as })).json());
  const historyOf = async (id: string, as: Actor = 'admin'): Promise<ContainerHistory> =>
    ContainerHistory.parse((await api.ask({ url: `/api/v1/devices/ulm/${id}/waste`, as })).json());
  const report = (body: object, as: Actor = 'operator') =>
    api.ask({ method: 'POST', url: '/api/v1/waste/collections', payload: body, as });
  return { ...api, store, read, row, list, historyOf, report };
}

describe('waste', () => {
  it('is refused for what is none', async () => {
    const { ask } = await startCity();
    for (const query of ['stream=soap', 'provider=a/b', 'group=x'])
      expect((await ask({ url: `/api/v1/waste?${query}` })).statusCode).toBe(400);
    for (const query of ['horizonHours=-1', 'horizonHours=721', 'horizonHours=x', 'format=pdf'])
      expect((await ask({ url: `/api/v1/waste/collection?${query}` })).statusCode).toBe(400);
  });

  it('says how each container stands, and when it will be full', async () => {
    const { row } = await startCity();
    const paper = await row('paper');
    expect(paper).toMatchObject({
      state: 'ok',
      fillPercent: 42,
      fillAt: testNow - minute,
      emptiedAt: testNow - minute - 21 * hour,
      newestEvent: null,
      isLate: false,
    });
    expect(paper?.ratePercentPerDay).toBeCloseTo(48, 6);
    // The line goes on since the last value.
    expect(paper?.toCollect?.hours).toBeCloseTo(19 - 1 / 60, 6);
    expect(paper?.toFull?.hours).toBeCloseTo(29 - 1 / 60, 6);
    expect(await row('full')).toMatchObject({
      state: 'overflow',
      toCollect: { hours: 0 },
      toFull: { hours: 0 },
      emptiedAt: null,
    });
  });

  it('knows no more than was measured', async () => {
    const { row } = await startCity();
    expect(await row('silent')).toMatchObject({
      state: 'no-data',
      fillPercent: null,
      fillAt: null,
      ratePercentPerDay: null,
      toCollect: null,
      toFull: null,
      temperatureC: null,
      isTilted: null,
      emptiedAt: null,
    });
    // By its distance; one value makes no rate.
    expect(await row('glass')).toMatchObject({
      fillPercent: 50,
      ratePercentPerDay: null,
      toFull: null,
      temperatureC: 20,
    });
  });

  it('adds up streams, and the volume of those of known capacity', async () => {
    const { read } = await startCity();
    const { streams } = await read('provider=ulm');
    expect(streams).toEqual([
      { stream: 'paper', containers: 3, due: 1, overflow: 1, noData: 1, volumeL: 920 },
      { stream: 'glass', containers: 1, due: 0, overflow: 0, noData: 0, volumeL: null },
      { stream: 'organic', containers: 1, due: 0, overflow: 0, noData: 0, volumeL: null },
    ]);
  });

  it('shows nobody what is not his to see, and narrows', async () => {
    const { read } = await startCity();
    const seen = async (query: string, as: Actor) =>
      (await read(query, as)).containers.map(({ device }) => device);
    expect(await seen('stream=organic', 'public')).toEqual([]);
    expect(await seen('stream=organic', 'provider')).toEqual(['ulm/organic']);
    expect(await seen('provider=koeln', 'provider')).toEqual([]);
    expect(await seen('provider=koeln', 'operator')).toEqual(['koeln/hidden']);
  });

  it('follows containers: fire, a tilt that lasts, an emptying', async () => {
    const { row, feed, time } = await startCity();
    const say = (id: string, values: object, afterMs: number) => {
      time.now += afterMs;
      feed.say(`ulm/${id}`, time.now, values);
    };
    say('glass', { distance: 950, temperature: 20 }, minute);
    say('glass', { distance: 950, temperature: 31 }, 4 * minute);
    expect(await row('glass')).toMatchObject({ state: 'fire', temperatureC: 31 });
    say('paper', { tilt: 1 }, minute);
    expect((await row('paper'))?.state).not.toBe('dropped');
    time.now += minute;
    expect(await row('paper')).toMatchObject({ state: 'dropped', isTilted: true });
    say('full', { fill_level: 100 }, minute);
    say('full', { fill_level: 3 }, hour);
    expect(await row('full')).toMatchObject({ state: 'overflow' });
    const lowAt = time.now;
    say('full', { fill_level: 4 }, hour);
    expect(await row('full')).toMatchObject({ state: 'ok', fillPercent: 4, emptiedAt: lowAt });
  });

  it('is late when no emptying was seen for too long', async () => {
    const { row } = await startCity(hourly('organic', new Array(15 * 24).fill(10)).slice(0, 300));
    expect(await row('organic')).toMatchObject({ state: 'late', isLate: true, emptiedAt: null });
  });

  it('reads hours once, then only the last few', async () => {
    const { read, store, time } = await startCity();
    await read();
    const asked = store.asked.length;
    await Promise.all([read(), read('', 'public')]);
    expect(store.asked.length).toBe(asked);
    time.now += 6 * minute;
    // Older, but good enough for an answer while it is read again.
    await read();
    await until('the read', () => store.asked.length > asked);
    store.isDown = true;
    time.now += 10 * minute;
    expect((await read()).containers.find(({ device }) => device === 'ulm/paper')?.emptiedAt).toBe(
      testNow - minute - 21 * hour,
    );
  });

  it('says at once what is there while history is being read, and that it is', async () => {
    let go = (): void => {};
    const gate = new Promise<void>((resolve) => {
      go = resolve;
    });
    const { read, row, list, ask, store } = await startCity([], { historyWaitMs: 0 });
    const rollups = store.rollups.bind(store);
    store.rollups = async (...query) => {
      await gate;
      return rollups(...query);
    };
    const early = await read();
    expect(early.pending).toBe(early.containers.length);
    expect(early.containers.find(({ device }) => device === 'ulm/paper')).toMatchObject({
      fillPercent: 42,
      isPending: true,
      ratePercentPerDay: null,
      toFull: null,
    });
    expect(early.streams.find(({ stream }) => stream === 'paper')).toMatchObject({ volumeL: 920 });
    expect((await list()).pending).toBe(early.pending);
    // A file cannot be looked at again: it waits.
    const file = ask({ url: '/api/v1/waste/collection?format=csv', as: 'admin' });
    go();
    expect((await file).body).toContain('ulm/paper');
    await until('all of it', async () => (await read()).pending === 0);
    expect(await row('paper')).toMatchObject({ isPending: false, ratePercentPerDay: 48 });
  });

  it('has no answer without the store', async () => {
    const { ask, store } = await startCity();
    store.isDown = true;
    const answer = await ask({ url: '/api/v1/waste' });
    expect([answer.statusCode, answer.json().code]).toEqual([503, 'store-unavailable']);
  });
});

describe('the collection list', () => {
  it('has what is due within the horizon, by stream, the rest of it apart', async () => {
    const { list } = await startCity();
    const names = async (query: string) =>
      (await list(query)).streams.map(({ stream, stops, noData }) => [
        stream,
        stops.map(({ device }) => device.slice(4)),
        noData.map(({ device }) => device.slice(4)),
      ]);
    expect(await names('horizonHours=24&provider=ulm')).toEqual([
      ['paper', ['full', 'paper'], ['silent']],
    ]);
    expect(await names('horizonHours=0&stream=paper')).toEqual([['paper', ['full'], ['silent']]]);
    expect(await names('stream=glass')).toEqual([]);
  });

  it('is a table that is no formula', async () => {
    const { ask, registry, report } = await startCity();
    const device = registry.device('ulm/full');
    if (!device) throw new Error('no device');
    await registry.putDevice({ ...device, name: '=HYPERLINK("http://x")' });
    await report({ device: 'ulm/full', result: 'blocked', note: '@car in front, "red"' });
    const answer = await ask({
      url: '/api/v1/waste/collection?format=csv&provider=ulm',
      as: 'operator',
    });
    expect(answer.headers['content-type']).toContain('text/csv');
    expect(answer.headers['content-disposition']).toContain('collection.csv');
    const lines = answer.body.trimEnd().split('\r\n');
    expect(lines[0]).toContain('order,stream,device,name');
    expect(lines[1]).toBe(
      `1,paper,ulm/full,"'=HYPERLINK(""http://x"")",,48.4,9.99,overflow,100,2026-06-01T11:59:00.000Z,0,0,500,,0,blocked,2026-06-01T12:00:00.000Z,"'@car in front, ""red"""`,
    );
    expect(lines[2]).toContain('2,paper,ulm/paper,Bin paper,,48.4,9.99,ok,42,');
    expect(lines[3]).toContain(',paper,ulm/silent,Bin silent,,48.4,9.99,no-data,,,,,,,0,,,');
  });

  it('shows what a crew found to those who may report, for a month', async () => {
    const { list, report, time } = await startCity();
    await report({ device: 'ulm/full', result: 'not-found' });
    const reported = async (as: Actor) =>
      (await list('horizonHours=0&stream=paper', as)).streams[0]?.stops[0]?.reported ?? null;
    expect(await reported('provider')).toEqual({
      device: 'ulm/full',
      result: 'not-found',
      at: testNow,
      by: 'operator:Ada',
    });
    expect(await reported('public')).toBeNull();
    time.now += 2 * minute;
    expect(await reported('admin')).not.toBeNull();
  });
});

describe('a report of a crew', () => {
  it('is refused when it is none', async () => {
    const { report } = await startCity();
    const wrong = [
      {},
      { device: 'ulm/full' },
      { device: 'ulm/full', result: 'burnt' },
      { device: 'full', result: 'emptied' },
      { device: 'ulm/full', result: 'emptied', note: 'x'.repeat(501) },
      { device: 'ulm/full', result: 'emptied', at: 1 },
    ];
    for (const body of wrong) expect((await report(body)).statusCode).toBe(400);
  });

  it('counts as an emptying at once, and the fit begins there', async () => {
    const { report, row, collections, audit } = await startCity();
    await row('paper');
    const answer = await report(
      { device: 'ulm/paper', result: 'emptied', note: ' side door ' },
      'provider',
    );
    expect([answer.statusCode, answer.json()]).toEqual([
      201,
      {
        device: 'ulm/paper',
        result: 'emptied',
        note: 'side door',
        at: testNow,
        by: 'provider:ulm',
      },
    ]);
    expect(collections.reports).toHaveLength(1);
    expect(await row('paper')).toMatchObject({ emptiedAt: testNow, ratePercentPerDay: null });
    expect(audit.events.at(-1)).toMatchObject({ action: 'reportCollection', object: 'ulm/paper' });
  });

  it('is not answered as kept when it is not', async () => {
    const { report, collections } = await startCity();
    collections.isFull = true;
    const answer = await report({ device: 'ulm/paper', result: 'emptied' });
    expect([answer.statusCode, answer.json().code]).toEqual([503, 'not-kept']);
    expect(answer.body).not.toContain('/var/x');
  });

  it('has no place where nothing keeps it', async () => {
    const { ask } = await startTestApi({ deps: { collections: undefined as never } });
    const payload = { device: 'koeln/hidden', result: 'emptied' };
    const url = '/api/v1/waste/collections';
    expect((await ask({ method: 'POST', url, payload, as: 'admin' })).statusCode).toBe(404);
  });
});

describe('the history of a container', () => {
  it('has its events by each value, and its line on to full', async () => {
    const { historyOf } = await startCity([
      stored({ device: 'ulm/paper', metric: 'temperature', at: testNow - 3 * day, value: 20 }),
      stored({
        device: 'ulm/paper',
        metric: 'temperature',
        at: testNow - 3 * day + minute,
        value: 65,
      }),
      stored({ device: 'ulm/paper', metric: 'tilt', at: testNow - 2 * day, value: 1 }),
      stored({ device: 'ulm/paper', metric: 'tilt', at: testNow - 2 * day + hour, value: 1 }),
      stored({ device: 'ulm/paper', metric: 'tilt', at: testNow - 2 * day + 2 * hour, value: 0 }),
    ]);
    const { events, basis, line, ratePercentPerDay } = await historyOf('paper');
    expect(basis).toBe('raw');
    expect(events).toEqual([
      { at: testNow - 3 * day + minute, event: 'fire', temperatureC: 65 },
      { at: testNow - 2 * day + hour, event: 'dropped' },
      { at: testNow - minute - 21 * hour, event: 'emptied', fromPercent: 88, toPercent: 0 },
    ]);
    expect(ratePercentPerDay).toBeCloseTo(48, 6);
    expect(line?.fromPercent).toBeCloseTo(0, 6);
    expect(line?.toPercent).toBeCloseTo(100, 6);
    expect(line?.to).toBeCloseTo(testNow - minute + 29 * hour, -3);
  });

  it('has no line without a rate, and no events of nothing', async () => {
    const { historyOf } = await startCity();
    expect(await historyOf('silent')).toMatchObject({
      events: [],
      line: null,
      ratePercentPerDay: null,
      reports: [],
    });
  });

  it('is made of hours where there are too many values', async () => {
    const seconds = Array.from({ length: 20_001 }, (_, index) =>
      stored({
        device: 'ulm/silent',
        metric: 'fill_level',
        at: testNow - 10 * hour + index * 1_000,
        value: index < 10_000 ? 90 : 3,
      }),
    );
    const { historyOf } = await startCity(seconds);
    const { basis, events } = await historyOf('silent');
    expect(basis).toBe('1h');
    expect(events.map(({ event }) => event)).toEqual(['emptied']);
  });

  it('shows reports to those who may report', async () => {
    const { historyOf, report } = await startCity();
    await report({ device: 'ulm/paper', result: 'blocked' });
    expect((await historyOf('paper', 'provider')).reports).toHaveLength(1);
    expect((await historyOf('paper', 'public')).reports).toEqual([]);
  });
});
