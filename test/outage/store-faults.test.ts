import { Registry as MetricsRegistry } from 'prom-client';
import { afterAll, beforeAll, expect, it, onTestFinished } from 'vitest';
import type { RejectedMessage } from '../../broker/contract/rejection.ts';
import { createReadingCounters } from '../../ingest/counters.ts';
import { encodeEntry } from '../../ingest/journal/entry.ts';
import { Journal } from '../../ingest/journal/journal.ts';
import { Sink, type SinkDeps } from '../../ingest/stages/sink.ts';
import { createInfluxStore } from '../../ingest/store/influx/influx-store.ts';
import { batchOf } from '../../ingest/store/reading-batch.ts';
import type { StoredReading } from '../../ingest/store/store.ts';
import { type FaultProxy, type FaultRule, startFaultProxy } from '../support/fault-proxy.ts';
import {
  describeWithInflux,
  type InfluxServer,
  startInfluxServer,
} from '../support/influx-server.ts';
import { silentLog } from '../support/log.ts';
import { createMemoryRegistry } from '../support/memory-registry.ts';
import { stored } from '../support/stored.ts';
import { tempFolder } from '../support/temp-folder.ts';
import { until } from '../support/until.ts';

const now = Date.parse('2026-11-22T10:00:00Z');
const isWrite: NonNullable<FaultRule['only']> = ({ path }) => path.startsWith('/write');
const isRawWrite: NonNullable<FaultRule['only']> = ({ path }) =>
  path.startsWith('/write') && path.includes('_raw');

const reading = (seconds: number, value = seconds, device = 'ulm/node-1'): StoredReading =>
  stored({
    device: device as StoredReading['device'],
    metric: 'pm10',
    at: now + seconds * 1000,
    value,
  });
const series = (from: number, to: number) =>
  Array.from({ length: to - from }, (_, index) => reading(from + index));

let buckets = 0;

describeWithInflux('the sink in front of a real InfluxDB behind a faulty line', () => {
  let influx: InfluxServer;
  let proxy: FaultProxy;

  beforeAll(async () => {
    influx = await startInfluxServer();
    proxy = await startFaultProxy(influx.url);
  });
  afterAll(async () => {
    await proxy?.stop();
    await influx?.remove();
  });

  /** Journal and sink before the store; what is appended goes its way at once. */
  async function path(options: { url?: string; token?: string; answerMsMax?: number } = {}) {
    proxy.behave();
    const bucket = `faults${++buckets}`;
    const journal = await Journal.open({ folder: tempFolder(), journalBytesMax: 1e9 }, silentLog);
    const store = createInfluxStore(
      { url: proxy.url, bucket, answerMsMax: 1_000, ...options },
      { log: silentLog },
    );
    await store.start();
    const metrics = new MetricsRegistry();
    const kept: RejectedMessage[] = [];
    const registry = createMemoryRegistry();
    const sink = new Sink(
      {
        journal,
        store,
        registry,
        rejections: {
          append: async (messages: readonly RejectedMessage[]) => void kept.push(...messages),
        } as unknown as SinkDeps['rejections'],
        counters: createReadingCounters(metrics),
        clock: () => now,
        log: silentLog,
        markStored: async () => {},
      },
      0,
    );
    sink.start();
    onTestFinished(async () => {
      proxy.behave();
      await sink.stop();
      await store.stop();
      await journal.close();
    });
    const count = async (name: string) => {
      const values = (await metrics.getSingleMetric(`readings_${name}_total`)?.get())?.values ?? [];
      return values.reduce((sum, { value }) => sum + value, 0);
    };
    return {
      sink,
      kept,
      bucket,
      store,
      /** Journals the readings as one message. */
      send: (readings: readonly StoredReading[]) =>
        new Promise<void>((resolve, reject) =>
          journal.append(
            encodeEntry({ device: readings[0]?.device, receivedAt: now, readings }),
            (error) => (error ? reject(error) : resolve()),
          ),
        ),
      rest: () => until('the sink to be done', () => sink.position === journal.end, 15_000),
      counts: async () => ({
        stored: await count('stored'),
        duplicate: await count('duplicate'),
        rejected: await count('rejected'),
      }),
      inStore: async () =>
        (
          await store.raw({
            device: 'ulm/node-1',
            metric: 'pm10',
            from: 0,
            to: now * 2,
            rowsMax: 1e5,
          })
        ).value,
    };
  }

  const none = { duplicate: 0, rejected: 0 };

  it('a store that answers 500 and 503 for a while gets everything once', async () => {
    const { sink, send, rest, counts, inStore } = await path();
    proxy.behave(
      { fault: { kind: 'answer', status: 500 }, only: isWrite, times: 1 },
      { fault: { kind: 'answer', status: 503 }, only: isWrite, times: 1 },
    );
    await send(series(0, 50));
    await until('the outage to be told', () => sink.outage);
    await rest();
    expect(await counts()).toEqual({ stored: 50, ...none });
    expect(await inStore()).toEqual(series(0, 50).map(({ value }) => value));
  });

  it('a slow store is waited for, and nothing is written twice', async () => {
    const { sink, send, rest, counts } = await path();
    proxy.behave({ fault: { kind: 'delay', ms: 400 } });
    await send(series(0, 50));
    await rest();
    expect(sink.outage).toBeUndefined();
    expect(await counts()).toEqual({ stored: 50, ...none });
  });

  it('a store that hangs is given up in time and tried again', async () => {
    const { sink, send, rest, counts } = await path({ answerMsMax: 300 });
    proxy.behave({ fault: { kind: 'hang' }, only: isWrite, times: 2 });
    await send(series(0, 50));
    await until('the outage to be told', () => sink.outage?.includes('cannot be reached'));
    await rest();
    expect(await counts()).toEqual({ stored: 50, ...none });
  });

  it.each(['lose-answer', 'break-answer', 'break-request'] as const)(
    'after %s the batch is written again and counted once, in and out of order',
    async (kind) => {
      const { send, rest, counts, inStore } = await path();
      await send(series(10, 20));
      await rest();
      proxy.behave({ fault: { kind }, only: isWrite, times: 1 });
      // Newer ones, later ones that are new, and later ones that are there already.
      await send([...series(25, 30), ...series(20, 25), ...series(0, 12)]);
      await rest();
      expect(await counts()).toEqual({ stored: 30, duplicate: 2, rejected: 0 });
      expect(await inStore()).toEqual(series(0, 30).map(({ value }) => value));
    },
  );

  it('a lost answer to a batch that is then tried in pieces is counted once', async () => {
    const { store, inStore } = await path();
    const backwards = series(0, 30).reverse();
    proxy.behave({ fault: { kind: 'lose-answer' }, only: isWrite, times: 1 });
    await expect(store.write(batchOf(backwards))).rejects.toMatchObject({
      code: 'store-unavailable',
    });
    const first = await store.write(batchOf(backwards.slice(0, 15)));
    const second = await store.write(batchOf(backwards.slice(15)));
    expect([first.stored, second.stored]).toEqual([15, 15]);
    expect(await store.write(batchOf(backwards))).toMatchObject({ stored: 0, duplicates: 30 });
    expect(await inStore()).toHaveLength(30);
  });

  it('one point that the store cannot take is rejected and kept, the others are stored', async () => {
    const { bucket, send, rest, counts, kept } = await path();
    // Another field type under the same series and time range: InfluxDB answers 400 "partial write".
    const status = await influx.write(
      `${bucket}_raw`,
      `noise,device=node-1,provider=ulm value="text" ${now}`,
    );
    expect(status).toBe(204);
    const bad: StoredReading = { ...reading(1, 55), metric: 'noise' };
    await send([...series(0, 5), bad, ...series(5, 10)]);
    await rest();
    expect(await counts()).toEqual({ stored: 10, duplicate: 0, rejected: 1 });
    expect(kept[0]?.rejections[0]?.detail).toContain('field type conflict');
  });

  it('a 400 that is not from InfluxDB discards nothing', async () => {
    const { sink, send, rest, counts, kept } = await path();
    const body = '<html><h1>400 Bad Request</h1></html>';
    proxy.behave({ fault: { kind: 'answer', status: 400, body }, only: isRawWrite });
    await send(series(0, 5));
    await until('the outage to be told', () => sink.outage);
    expect(kept).toEqual([]);
    proxy.behave();
    await rest();
    expect(await counts()).toEqual({ stored: 5, ...none });
  });

  it('credentials that are refused after a while are an outage, told without the secret', async () => {
    const { sink, send, rest, counts } = await path({ token: 'user:topsecret' });
    await send(series(0, 5));
    await rest();
    proxy.behave({
      fault: { kind: 'answer', status: 401, body: '{"error":"authorization failed"}' },
    });
    await send(series(5, 10));
    const told = await until('the outage to be told', () => sink.outage);
    expect(told).toContain('INFLUX_TOKEN');
    expect(told).not.toContain('topsecret');
    proxy.behave();
    await rest();
    expect(await counts()).toEqual({ stored: 10, ...none });
  });

  it('a line that is cut and comes back, again and again, loses and doubles nothing', async () => {
    const { sink, send, rest, counts, inStore } = await path();
    for (let round = 0; round < 3; round++) {
      await send(series(round * 100, round * 100 + 50));
      await proxy.cut();
      await send(series(round * 100 + 50, round * 100 + 100));
      await until('the outage to be told', () => sink.outage);
      await proxy.restore();
      await until('the store to be back', () => !sink.outage);
    }
    await rest();
    expect(await counts()).toEqual({ stored: 300, ...none });
    expect(await inStore()).toHaveLength(300);
  });

  it('a database that was removed meanwhile is made again', async () => {
    const { bucket, send, rest, counts } = await path();
    await send(series(0, 5));
    await rest();
    await influx.query(`DROP DATABASE "${bucket}_raw"`);
    await send(series(5, 10));
    await rest();
    expect(await counts()).toEqual({ stored: 10, ...none });
  });
});
