import { connect, type Socket } from 'node:net';
import { Registry as MetricsRegistry } from 'prom-client';
import { describe, expect, onTestFinished, test } from 'vitest';
import { metricNames } from '../../../broker/contract/metrics.ts';
import { stored } from '../../support/stored.ts';
import { until } from '../../support/until.ts';
import { EventStream } from './support/event-stream.ts';
import { startTestApi, type TestApi, testNow } from './support/test-api.ts';

const urlOf = ({ server }: TestApi): string => {
  const address = server.app.server.address();
  if (address === null || typeof address === 'string') throw new Error('not listening');
  return `http://127.0.0.1:${address.port}`;
};

const bearer = (token: string) => ({ authorization: `Bearer ${token}` });
const open = (api: TestApi, headers: Record<string, string> = {}) =>
  EventStream.open(`${urlOf(api)}/api/v1/live`, headers);

const metricValue = (api: TestApi, metrics: string) =>
  api.metrics.getSingleMetricAsString(metrics).then((text) => Number(/ (\d+)$/m.exec(text)?.[1]));

describe('the live stream', () => {
  test('greets, and gives a snapshot of what the public may see', async () => {
    const api = await startTestApi({ deps: { live: {} } });
    const stream = await open(api);
    const snapshot = await stream.next('snapshot');
    expect(stream.response.headers).toMatchObject({
      'content-type': 'text/event-stream; charset=utf-8',
      'cache-control': 'no-store, no-transform',
      'x-accel-buffering': 'no',
      'access-control-allow-origin': '*',
      'x-content-type-options': 'nosniff',
      // Else a client sends its next request into a connection that ends with the stream.
      connection: 'close',
    });
    expect(stream.hello()).toMatchObject({ version: 1, tickMs: 500, build: 'test-build' });
    expect(stream.hello().epoch).toBe(snapshot.epoch);
    expect(stream.retryMs).toBeGreaterThanOrEqual(1000);
    expect(stream.retryMs).toBeLessThanOrEqual(5000);
    expect(snapshot.added?.device).toEqual(['ulm/a1', 'ulm/a1', 'koeln/l1']);
    expect(snapshot.added?.metric).toEqual(['pm10', 'temperature', 'power']);
    expect(snapshot.values.value).toEqual([12, 20, 40]);
    expect(snapshot.values.age).toEqual([60_000, 60_000, 3_600_000]);
    expect(stream.lastId).toBe(`${snapshot.epoch}-${snapshot.seq}`);
  });

  test('merges what changed into one frame a tick, and leaves out older event times', async () => {
    const api = await startTestApi({ deps: { live: {} } });
    const stream = await open(api, bearer(api.tokens.operator));
    const { added } = await stream.next('snapshot');
    expect(stream.hello().tickMs).toBe(250);
    api.feed.say('ulm/a1', testNow + 1, { pm10: 1 });
    api.feed.say('ulm/a1', testNow + 2, { pm10: 2, co2: 400 });
    api.feed.say('ulm/a1', testNow - 3_600_000, { pm10: 99 });
    const delta = await stream.next('delta');
    const pm10 = added?.series[added.metric.indexOf('pm10')];
    expect(delta.added).toEqual({
      series: [delta.values.series[0]],
      device: ['ulm/a1'],
      metric: ['co2'],
    });
    expect(delta.values.series).toContain(pm10);
    expect([...delta.values.value].sort()).toEqual([2, 400]);
    expect(delta.values.age).toEqual([-2, -2]);
    expect(stream.values('delta')).toHaveLength(1);
  });

  test('says nothing when nothing changed, but that it is alive', async () => {
    const api = await startTestApi({ deps: { live: { heartbeatMs: 100, tickMs: 25 } } });
    const stream = await open(api);
    await until('heartbeats', () => stream.events.filter((e) => e.event === 'heartbeat')[1]);
    expect(stream.values('delta')).toEqual([]);
    expect(stream.events.find((e) => e.event === 'heartbeat')?.id).toBeUndefined();
  });

  test('resumes with one merged delta, without values that did not change', async () => {
    const api = await startTestApi();
    const first = await open(api);
    await first.next('snapshot');
    const { lastId } = first;
    first.close();
    api.feed.say('ulm/a1', testNow + 1, { pm10: 1 });
    api.feed.say('ulm/a1', testNow + 2, { pm10: 2 });
    const second = await open(api, { 'last-event-id': lastId });
    const delta = await second.next('delta');
    expect(delta.values.value).toEqual([2]);
    expect(delta.added).toBeUndefined();
    expect(second.values('snapshot')).toEqual([]);
    const third = await open(api, { 'last-event-id': second.lastId });
    expect((await third.next('delta')).values.value).toEqual([]);
  });

  test('gives a snapshot for an id of another run, of another audience, or of no sense', async () => {
    const api = await startTestApi();
    const operator = await open(api, bearer(api.tokens.operator));
    await operator.next('snapshot');
    const epoch = operator.lastId.split('-')[0] ?? '';
    const ids = [
      'abcdefabcdef-1',
      operator.lastId,
      'nonsense',
      '-',
      `${epoch}-99999999999999999999`,
    ];
    for (const id of ids) {
      const stream = await open(api, { 'last-event-id': id });
      expect((await stream.next('snapshot')).values.value).toEqual([12, 20, 40]);
      stream.close();
    }
    const ahead = await open(api, {
      ...bearer(api.tokens.operator),
      'last-event-id': `${epoch}-999999`,
    });
    await ahead.next('snapshot');
  });

  test('is one frame for all readers of an audience', async () => {
    const api = await startTestApi();
    const listening = api.feed.listenerCount;
    const streams = await Promise.all([open(api), open(api)]);
    await Promise.all(streams.map((stream) => stream.next('snapshot')));
    api.feed.say('ulm/a1', testNow, { pm10: 3 });
    const [one, two] = await Promise.all(streams.map((stream) => stream.next('delta')));
    expect(one).toEqual(two);
    // The state listens, and who follows lamps and containers; no reader does.
    expect(api.feed.listenerCount).toBe(listening);
    expect(await metricValue(api, 'live_clients')).toBe(2);
    expect(await metricValue(api, 'live_frames_total')).toBe(4);
  });

  test('ends when the credentials that opened it end', async () => {
    const api = await startTestApi({ deps: { live: { heartbeatMs: 100, tickMs: 25 } } });
    const stream = await open(api, bearer(api.tokens.provider));
    const other = await open(api, bearer(api.tokens.operator));
    await stream.next('snapshot');
    await api.registry.issueToken({ kind: 'provider', provider: 'ulm' });
    await until('the stream to end', () => stream.isClosed);
    expect(other.isClosed).toBe(false);
  });

  test('ends at a stop, and nothing hangs or listens on', async () => {
    const api = await startTestApi();
    const streams = await Promise.all([open(api), open(api, bearer(api.tokens.admin))]);
    await Promise.all(streams.map((stream) => stream.next('snapshot')));
    const begun = performance.now();
    await api.server.stop();
    expect(performance.now() - begun).toBeLessThan(2_000);
    await until('streams to end', () => streams.every(({ isClosed }) => isClosed));
    expect(api.feed.listenerCount).toBe(0);
    expect(api.registry.listenerCount).toBe(0);
    expect(await metricValue(api, 'live_clients')).toBe(0);
  });

  test('refuses a reader more than there are places, and takes one when a place is free', async () => {
    const api = await startTestApi({ deps: { live: { perAddressMax: 1, tickMs: 25 } } });
    const stream = await open(api);
    await stream.next('snapshot');
    const refused = await fetch(`${urlOf(api)}/api/v1/live`);
    expect(refused.status).toBe(503);
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
    expect(await refused.json()).toMatchObject({ code: 'overloaded' });
    stream.close();
    await until('a free place', async () => {
      const next = await open(api);
      return next.response.statusCode === 200;
    });
  });

  test('does not let a HEAD request join', async () => {
    const api = await startTestApi();
    expect((await api.ask({ method: 'HEAD', url: '/api/v1/live' })).statusCode).toBe(404);
    expect(await metricValue(api, 'live_clients')).toBe(0);
  });
});

describe('audiences', () => {
  test('a private device is in no frame of the public', async () => {
    const api = await startTestApi();
    const stream = await open(api);
    const ids = await open(api, bearer(api.tokens.operator));
    await stream.next('snapshot');
    await ids.next('snapshot');
    const secret = api.registry.device('ulm/secret');
    if (!secret) throw new Error('not seeded');
    api.feed.say('ulm/secret', testNow + 1, { noise: 77, co2: 401 });
    await api.registry.putDevice({ ...secret, name: 'Changed' });
    await api.registry.putReportedStatus('ulm/secret', { online: true, at: testNow });
    await api.registry.putDevice({
      provider: 'ulm',
      id: 'secret2',
      kind: 'air',
      public: false,
      createdAt: testNow,
    });
    await api.registry.deleteDevice('ulm/secret2');
    api.feed.say('ulm/unregistered', testNow, { pm10: 1 });
    // One that the public sees, after all of them.
    api.feed.say('ulm/a1', testNow + 1, { pm10: 4 });
    const delta = await stream.next('delta');
    expect(delta.values.value).toEqual([4]);
    const said = JSON.stringify(stream.events);
    expect(said).not.toContain('secret');
    expect(said).not.toContain('unregistered');
    expect(said).not.toContain('hidden');
    const all = await ids.next('delta');
    expect(all.devices).toEqual({
      changed: expect.arrayContaining(['ulm/secret']),
      removed: ['ulm/secret2'],
    });
    expect(all.status).toEqual({ device: ['ulm/secret'], online: [true], age: [0] });
  });

  test('a provider sees its own and what is public; a device itself', async () => {
    const api = await startTestApi();
    for (const who of ['provider', 'device'] as const) {
      const stream = await open(api, bearer(api.tokens[who]));
      const { added } = await stream.next('snapshot');
      expect(new Set(added?.device)).toEqual(new Set(['ulm/a1', 'ulm/secret', 'koeln/l1']));
    }
  });

  test('a device that becomes private leaves the public stream, and comes back with its values', async () => {
    const api = await startTestApi();
    const stream = await open(api);
    const own = await open(api, bearer(api.tokens.provider));
    const foreign = await open(
      api,
      bearer(await api.registry.issueToken({ kind: 'provider', provider: 'koeln' })),
    );
    await Promise.all([stream, own, foreign].map((one) => one.next('snapshot')));
    const beforeId = stream.lastId;
    const url = '/api/v1/devices/ulm/a1';
    await api.ask({ method: 'PATCH', url, payload: { public: false }, as: 'provider' });
    for (const one of [stream, foreign]) {
      const hidden = await one.next('delta');
      expect(hidden.devices).toEqual({ changed: [], removed: ['ulm/a1'] });
      expect(hidden.values.series).toEqual([]);
    }
    expect((await own.next('delta')).devices).toEqual({ changed: ['ulm/a1'], removed: [] });
    api.feed.say('ulm/a1', testNow + 5, { pm10: 500 });
    await own.next('delta', 1);
    const resumed = await open(api, { 'last-event-id': beforeId });
    expect((await resumed.next('delta')).devices?.removed).toEqual(['ulm/a1']);
    expect((await (await open(api)).next('snapshot')).added?.device).toEqual(['koeln/l1']);
    await api.ask({ method: 'PATCH', url, payload: { public: true }, as: 'provider' });
    const back = await stream.next('delta', 1);
    expect(back.devices).toEqual({ changed: ['ulm/a1'], removed: [] });
    expect(back.added?.device).toEqual(['ulm/a1', 'ulm/a1']);
    expect(back.values.value).toContain(500);
    expect(JSON.stringify(stream.values('delta').slice(0, 1))).not.toContain('500');
  });

  test('a deleted device leaves all streams, and its stragglers do not bring it back', async () => {
    const api = await startTestApi();
    const stream = await open(api);
    await stream.next('snapshot');
    await api.registry.deleteDevice('ulm/a1');
    api.feed.say('ulm/a1', testNow + 5, { pm10: 500 });
    expect((await stream.next('delta')).devices?.removed).toEqual(['ulm/a1']);
    const fresh = await open(api);
    expect((await fresh.next('snapshot')).added?.device).toEqual(['koeln/l1']);
    expect((await api.ask({ url: '/api/v1/latest' })).json().columns.device).toEqual(['koeln/l1']);
    const again = {
      provider: 'ulm',
      id: 'a1',
      kind: 'air',
      public: true,
      createdAt: testNow,
    } as const;
    await api.registry.putDevice(again);
    const renewed = await (await open(api)).next('snapshot');
    expect(renewed.added?.device).toEqual(['koeln/l1']);
  });

  test('readings that come before their device was registered are shown once it is', async () => {
    const api = await startTestApi();
    const stream = await open(api);
    await stream.next('snapshot');
    api.feed.say('ulm/fresh', testNow, { pm10: 7 });
    await api.registry.putDevice({
      provider: 'ulm',
      id: 'fresh',
      kind: 'air',
      public: true,
      createdAt: testNow,
    });
    const delta = await stream.next('delta');
    expect(delta.added?.device).toEqual(['ulm/fresh']);
    expect(delta.values.value).toEqual([7]);
    expect(delta.devices?.changed).toEqual(['ulm/fresh']);
  });
});

describe('slow readers', () => {
  /** Devices enough for a snapshot of several hundred kilobytes. */
  const manySeries = (count: number) => ({
    prepare: async ({ registry, store }: Pick<TestApi, 'registry' | 'store'>) => {
      for (let index = 0; index < count; index++) {
        const id = `dev-${index}`;
        await registry.putDevice({ provider: 'ulm', id, kind: 'air', public: true, createdAt: 0 });
        for (const metric of metricNames.slice(0, 10)) {
          store.readings.push(stored({ device: `ulm/${id}`, metric, at: testNow, value: index }));
        }
      }
    },
  });

  function neverReading(api: TestApi): Socket {
    const { port } = new URL(urlOf(api));
    const socket = connect(Number(port), '127.0.0.1');
    onTestFinished(() => {
      socket.destroy();
    });
    socket.on('error', () => {});
    socket.pause();
    socket.write('GET /api/v1/live HTTP/1.1\r\nHost: localhost\r\n\r\n');
    return socket;
  }

  test('one that never reads holds little memory, is cut off, and disturbs nobody', async () => {
    const api = await startTestApi({
      ...manySeries(3_000),
      deps: { live: { stallMs: 500, tickMs: 25 } },
    });
    const serverSockets: Socket[] = [];
    api.server.app.server.on('connection', (socket) => serverSockets.push(socket));
    neverReading(api);
    const stalled = await until('the connection', () => serverSockets[0]);
    const healthy = await open(api, bearer(api.tokens.operator));
    await healthy.next('snapshot');
    let bufferedMax = 0;
    let round = 0;
    await until(
      'the stalled reader to be cut off',
      async () => {
        // Not faster than frames are made: the readings between two of them are merged anyway.
        await new Promise((resolve) => setTimeout(resolve, 50));
        round += 1;
        const batch = Array.from({ length: 3_000 }, (_, index) => ({
          device: `ulm/dev-${index}` as const,
          receivedAt: testNow + round,
          readings: metricNames
            .slice(0, 10)
            .map((metric) => ({ metric, at: testNow + round, value: round, flag: 1, reasons: 0 })),
        }));
        api.feed.send(batch);
        bufferedMax = Math.max(bufferedMax, stalled.writableLength);
        return stalled.destroyed;
      },
      15_000,
    );
    expect(bufferedMax).toBeGreaterThan(0);
    expect(bufferedMax).toBeLessThanOrEqual(128 * 1024);
    expect(await metricValue(api, 'live_clients_dropped_total')).toBe(1);
    expect(await metricValue(api, 'live_frames_skipped_total')).toBeGreaterThan(0);
    expect(healthy.isClosed).toBe(false);
    const seen = healthy.values('delta').length;
    await healthy.next('delta', seen);
  });

  test('one that pauses gets one merged frame when it reads on', async () => {
    const api = await startTestApi({ ...manySeries(3_000), deps: { live: { tickMs: 25 } } });
    const stream = await open(api, bearer(api.tokens.operator));
    await stream.next('snapshot');
    stream.response.pause();
    let round = 0;
    await until(
      'skipped frames',
      async () => {
        await new Promise((resolve) => setTimeout(resolve, 20));
        round += 1;
        for (let index = 0; index < 3_000; index++) {
          api.feed.say(`ulm/dev-${index}`, testNow + round, {
            pm1: round,
            pm2_5: round,
            pm10: round,
          });
        }
        return (await metricValue(api, 'live_frames_skipped_total')) > 2;
      },
      15_000,
    );
    api.feed.say('ulm/a1', testNow + 10, { pm10: 4242 });
    stream.response.resume();
    const last = await until('the merged frame', () =>
      stream.values('delta').find(({ values }) => values.value.includes(4242)),
    );
    expect(last.values.series.length).toBeGreaterThan(9_000);
    expect(last.values.value.filter((value) => value === round)).toHaveLength(9_000);
  });
});

test('two APIs can share a process', async () => {
  const metrics = new MetricsRegistry();
  await startTestApi({ deps: { metrics } });
  await startTestApi();
});
