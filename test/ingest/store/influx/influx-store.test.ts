import { createServer } from 'node:http';
import { pino } from 'pino';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import type { DeviceKey } from '../../../../broker/contract/ids.ts';
import type { MetricName } from '../../../../broker/contract/metrics.ts';
import {
  createInfluxStore,
  type InfluxStoreConfig,
} from '../../../../ingest/store/influx/influx-store.ts';
import { batchOf } from '../../../../ingest/store/reading-batch.ts';
import {
  type Store,
  type StoredReading,
  StoreUnavailable,
} from '../../../../ingest/store/store.ts';
import { freePort } from '../../../support/free-port.ts';
import {
  describeWithInflux,
  type InfluxServer,
  startInfluxServer,
} from '../../../support/influx-server.ts';
import { stored } from '../../../support/stored.ts';

const log = pino({ level: 'silent' });
const day = Date.UTC(2025, 10, 13);
const hall: DeviceKey = 'museum/hall';

const reading = (
  at: number,
  value: number,
  metric: MetricName = 'pm10',
  device: DeviceKey = hall,
): StoredReading => stored({ device, metric, at, value });

const storeAt = (config: Partial<InfluxStoreConfig> & { url: string }): Store => {
  const store = createInfluxStore({ bucket: 'city', ...config }, { log });
  onTestFinished(() => store.stop());
  return store;
};

const started = async (config: Partial<InfluxStoreConfig> & { url: string }): Promise<Store> => {
  const store = storeAt(config);
  await store.start();
  return store;
};

const hallPm10 = { device: hall, metric: 'pm10' as MetricName, from: 0, to: day * 2 };

const valuesOf = async (store: Store, metric: MetricName = 'pm10', device = hall) =>
  (await store.raw({ ...hallPm10, device, metric, rowsMax: 10_000 })).value;

describe('an InfluxDB that is not there', () => {
  test('makes start fail with one sentence that names the address and no secret', async () => {
    const port = await freePort();
    const url = `http://someone:secret@127.0.0.1:${port}/path`;
    const failure = await storeAt({ url, token: 'topsecret' })
      .start()
      .catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(StoreUnavailable);
    expect(failure).toMatchObject({
      message: `InfluxDB at http://127.0.0.1:${port} cannot be reached (ECONNREFUSED)`,
    });
  });

  test('counts as unavailable when it takes the request and never answers', async () => {
    const silent = createServer(() => {});
    const port = await freePort();
    await new Promise<void>((resolve) => silent.listen(port, '127.0.0.1', resolve));
    onTestFinished(() => {
      silent.closeAllConnections();
      silent.close();
    });
    const store = storeAt({ url: `http://127.0.0.1:${port}`, answerMsMax: 100 });
    await expect(store.start()).rejects.toThrow(`InfluxDB at http://127.0.0.1:${port} cannot be`);
  });

  test('answers nothing before it is started and after it is stopped', async () => {
    const store = storeAt({ url: 'http://127.0.0.1:1' });
    await expect(store.write(batchOf([reading(day, 1)]))).rejects.toThrow('not started');
    await store.stop();
    await expect(store.latest()).rejects.toBeInstanceOf(StoreUnavailable);
  });
});

describeWithInflux('a real InfluxDB', () => {
  let server: InfluxServer;

  beforeAll(async () => {
    server = await startInfluxServer();
  });

  afterAll(() => server?.remove());

  test('that stops and starts again is ridden out: nothing confirmed is lost, the batch is taken later', async () => {
    const store = await started({ url: server.url, bucket: 'outage' });
    await store.write(batchOf([reading(day, 1)]));
    await server.stop();
    const batch = [reading(day, 1), reading(day + 1, 2)];
    await expect(store.write(batchOf(batch))).rejects.toBeInstanceOf(StoreUnavailable);
    await expect(store.latest()).rejects.toBeInstanceOf(StoreUnavailable);
    await expect(store.ping()).rejects.toMatchObject({ code: 'store-unavailable' });
    await server.restart();
    await store.ping();
    expect(await store.write(batchOf(batch))).toEqual({ stored: 1, duplicates: 1, refused: [] });
    expect(await valuesOf(store)).toEqual([1, 2]);
  });

  test('that is killed in the midst of writing has every confirmed batch', async () => {
    const store = await started({ url: server.url, bucket: 'killed' });
    const confirmed: number[] = [];
    const writing = (async () => {
      for (let value = 0; ; value++) {
        await store.write(batchOf([reading(day + value, value)]));
        confirmed.push(value);
        if (value === 20) void server.stop('SIGKILL');
      }
    })();
    await expect(writing).rejects.toBeInstanceOf(StoreUnavailable);
    await server.restart();
    expect((await valuesOf(store)).slice(0, confirmed.length)).toEqual(confirmed);
    const again = await store.write(batchOf(confirmed.map((value) => reading(day + value, value))));
    expect(again).toMatchObject({ stored: 0, duplicates: confirmed.length });
  });

  test('that has lost its databases gets new ones with the next call but one', async () => {
    const store = await started({ url: server.url, bucket: 'lost' });
    await store.write(batchOf([reading(day, 1)]));
    await server.query('DROP DATABASE lost_raw');
    await expect(store.write(batchOf([reading(day + 1, 2)]))).rejects.toThrow('database not found');
    expect(await store.write(batchOf([reading(day, 1), reading(day + 1, 2)]))).toMatchObject({
      stored: 2,
    });
  });

  test('that refuses some points: exactly those are refused, all others are stored', async () => {
    const store = await started({ url: server.url, bucket: 'poison' });
    // The shard of this week now holds text as values of noise.
    await server.write('poison_raw', `noise,provider=x,device=y value="loud" ${day}`);
    const batch = Array.from({ length: 40 }, (_, index) =>
      reading(day + index, index, index % 10 === 3 ? 'noise' : 'pm10'),
    );
    batch.push(reading(day - 400 * 86_400_000, 7, 'noise'), reading(day, Number.NaN));
    const outcome = await store.write(batchOf(batch));
    expect(outcome).toMatchObject({ stored: 37, duplicates: 0 });
    expect(outcome.refused.map(({ index }) => index)).toEqual([3, 13, 23, 33, 41]);
    expect(outcome.refused[0]?.detail).toMatch('type conflict');
    expect(await valuesOf(store)).toHaveLength(36);
    expect(await valuesOf(store, 'noise')).toEqual([7]);
    // What was refused is not taken for known.
    const again = await store.write(batchOf(batch));
    expect(again).toMatchObject({ stored: 0, duplicates: 37 });
    expect(again.refused).toHaveLength(5);
  });

  test('holds text of any kind in ids, or the reading is refused: no text gets out of its place', async () => {
    const store = await started({ url: server.url, bucket: 'hostile' });
    const hostile: DeviceKey[] = [
      `a/'; DROP DATABASE "hostile_raw"; --`,
      `a/" OR "provider" =~ /.*/`,
      'a b/c,d=e f',
      'ü/日本 🚮',
      `a/b' OR '1'='1`,
    ];
    const batch = hostile.map((device, index) => reading(day, index, 'pm10', device));
    const unfit = [reading(day, 9, 'pm10', 'a/b\\'), reading(day, 9, 'pm10', 'a/b\npm10 value=1')];
    const outcome = await store.write(batchOf([...batch, ...unfit]));
    expect(outcome.refused.map(({ index }) => index)).toEqual([5, 6]);
    expect(outcome.stored).toBe(5);
    for (const [index, device] of hostile.entries()) {
      expect(await valuesOf(store, 'pm10', device)).toEqual([index]);
    }
    expect((await store.latest()).map(({ device }) => device).sort()).toEqual(hostile.sort());
    expect(await store.write(batchOf(batch))).toMatchObject({ stored: 0, duplicates: 5 });
  });

  test('is asked again in smaller parts when a look-up of late readings is cut off', async () => {
    const store = await started({ url: server.url, bucket: 'many' });
    const batch = Array.from({ length: 12_000 }, (_, index) => reading(day + index, index));
    await store.write(batchOf(batch));
    const late = [...batch, reading(day + 11_999, -1)];
    expect(await store.write(batchOf(late))).toEqual({
      stored: 0,
      duplicates: 12_001,
      refused: [],
    });
  });

  test('answers raw of many series as it does of each, and refuses too many rows in all', async () => {
    const store = await started({ url: server.url, bucket: 'several' });
    const devices = Array.from({ length: 120 }, (_, n): DeviceKey => `city/device-${n}`);
    await store.write(
      batchOf(
        devices.flatMap((device, n) => [
          reading(day + n, n, 'pm10', device),
          reading(day + 500, -n, 'temperature', device),
        ]),
      ),
    );
    const span = { from: day, to: day + 1_000, rowsMax: 240 };
    const series = [...devices, 'city/nobody' as DeviceKey]
      .flatMap((device) => [
        { device, metric: 'temperature' as const },
        { device, metric: 'pm10' as const },
      ])
      .reverse();
    const each = await Promise.all(
      series.slice(0, 100).map((one) => store.raw({ ...one, ...span })),
    );
    const all = await store.rawOfMany?.({ series, ...span });
    expect(all?.slice(0, 100)).toEqual(each);
    expect(all?.flatMap(({ at }) => at)).toHaveLength(240);
    const tooMany = store.rawOfMany?.({ series, ...span, rowsMax: 239 });
    await expect(tooMany).rejects.toMatchObject({ code: 'query-too-large' });
    const nothing = await store.rawOfMany?.({ series, ...span, to: day });
    expect(nothing?.flatMap(({ at }) => at)).toEqual([]);
  });

  test('gets no point for a judgement of a reading that is not there', async () => {
    const store = await started({ url: server.url, bucket: 'judged' });
    await store.write(batchOf([reading(day, 1), reading(day + 2, 2)]));
    const quality = { flag: 4, reasons: 1 } as const;
    await store.judge([day, day + 1, day + 2].map((at) => ({ ...reading(at, 0), ...quality })));
    const answer = await server.query('SELECT "flag" FROM "pm10"', 'judged_raw');
    expect(answer).toMatchObject({ results: [{ series: [{ values: { length: 2 } }] }] });
    expect(await valuesOf(store)).toEqual([1, 2]);
  });

  test('keeps the quality of a value that is said again, in one batch too', async () => {
    const store = await started({ url: server.url, bucket: 'repeated' });
    const said = (value: number, flag: 1 | 2 | 3 | 4, at = day) => ({
      ...reading(at, value),
      flag,
    });
    await store.write(batchOf([said(1, 1), said(1, 3), said(5, 1, day + 1)]));
    const flags = async () => (await store.raw({ ...hallPm10, rowsMax: 9 })).flag;
    expect(await flags()).toEqual([1, 1]);
    await store.write(batchOf([said(1, 4)]));
    expect(await flags()).toEqual([1, 1]);
    // Another value came between: it is the same value, measured anew.
    await store.write(batchOf([said(2, 3), said(1, 4), said(5, 2, day + 1)]));
    expect(await flags()).toEqual([4, 1]);
    expect(await valuesOf(store)).toEqual([1, 5]);
  });

  test('is shared by writers that follow each other: a new one knows what is there', async () => {
    const first = await started({ url: server.url, bucket: 'shared' });
    await first.write(batchOf([reading(day, 1), reading(day + 5, 2)]));
    await first.stop();
    const second = await started({ url: server.url, bucket: 'shared' });
    expect(await second.write(batchOf([reading(day, 1), reading(day + 1, 3)]))).toMatchObject({
      stored: 1,
      duplicates: 1,
    });
  });
});

describeWithInflux('a real InfluxDB that wants to know who asks', () => {
  const admin = { user: 'city', password: 'a b:c%' };
  let server: InfluxServer;

  beforeAll(async () => {
    server = await startInfluxServer({ admin });
  });

  afterAll(() => server?.remove());

  test('refuses a wrong password at start with a sentence that does not repeat it', async () => {
    const store = storeAt({ url: server.url, token: 'city:wrongpassword' });
    const failure = await store.start().catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(StoreUnavailable);
    expect(String(failure)).toMatch('refused the credentials (401): check INFLUX_TOKEN');
    expect(String(failure)).not.toMatch('wrongpassword');
  });

  test('takes user:password as the token', async () => {
    const store = await started({ url: server.url, token: `${admin.user}:${admin.password}` });
    await store.write(batchOf([reading(day, 1)]));
    await store.rollUp(
      '1m',
      [{ device: hall, metric: 'pm10', start: day, intervalMs: 60_000 }],
      day,
    );
    expect(await valuesOf(store)).toEqual([1]);
  });
});
