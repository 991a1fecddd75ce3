import { pino } from 'pino';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import type { DeviceKey } from '../../../../broker/contract/ids.ts';
import type { MetricName } from '../../../../broker/contract/metrics.ts';
import { type Tier, tiers, tierWidthMs } from '../../../../broker/contract/windows.ts';
import { createInfluxStore } from '../../../../ingest/store/influx/influx-store.ts';
import { createMemoryStore } from '../../../../ingest/store/memory.ts';
import { batchOf } from '../../../../ingest/store/reading-batch.ts';
import type { RebuildSpan, Store, StoredReading } from '../../../../ingest/store/store.ts';
import { byKey, seeded } from '../../../contract/store-samples.ts';
import {
  describeWithInflux,
  type InfluxServer,
  startInfluxServer,
} from '../../../support/influx-server.ts';
import { stored } from '../../../support/stored.ts';

const day = Date.UTC(2025, 10, 13);
const minuteMs = 60_000;
const hourMs = 60 * minuteMs;
const dayMs = 24 * hourMs;
const hall: DeviceKey = 'museum/hall';
const whole = { device: hall, metric: 'pm10' as MetricName, from: 0, to: 9e12, rowsMax: 100_000 };

describeWithInflux('tiers in a real InfluxDB', () => {
  let server: InfluxServer;

  beforeAll(async () => {
    server = await startInfluxServer();
  });

  afterAll(() => server?.remove());

  const started = async (bucket: string): Promise<Store> => {
    const store = createInfluxStore(
      { url: server.url, bucket },
      { log: pino({ level: 'silent' }) },
    );
    onTestFinished(() => store.stop());
    await store.start();
    return store;
  };

  const rowsOf = async (store: Store, tier: Tier, over: Partial<typeof whole> = {}) =>
    store.rollups(tier, { ...whole, ...over });

  test('of an earlier version are read, and gain what they lack when they are made anew', async () => {
    const store = await started('earlier');
    const tags = 'pm10,device=hall,provider=museum';
    await server.write('earlier_raw', `${tags} value=1 ${day}\n${tags} value=4 ${day + 1_000}`);
    for (const tier of tiers) {
      const row = `${tags} mean=9,min=1,max=4,count=2i ${day}`;
      expect(await server.write(`earlier_${tier}`, row)).toBe(204);
    }
    expect(await store.raw(whole)).toMatchObject({ flag: [2, 2], receivedAt: [day, day + 1_000] });
    expect(await store.latest()).toEqual([
      stored({ device: hall, metric: 'pm10', at: day + 1_000, value: 4 }),
    ]);
    expect(await rowsOf(store, '1d')).toMatchObject({ mean: [9], count: [2], coverage: [0] });

    await store.judge([{ device: hall, metric: 'pm10', at: day, flag: 4, reasons: 1 }]);
    expect(await store.raw(whole)).toMatchObject({ flag: [4, 2], reasons: [1, 0] });
    const window = { device: hall, metric: 'pm10' as const, start: day, intervalMs: minuteMs };
    for (const tier of tiers) await store.rollUp(tier, [window], day + 2 * dayMs);
    for (const tier of tiers) {
      expect(await rowsOf(store, tier)).toMatchObject({
        mean: [4],
        flags: [[0, 1, 0, 1]],
        coverage: [minuteMs / tierWidthMs[tier]],
      });
    }
  });

  test('hold a window of bad samples alone, and not one that has lost its samples', async () => {
    const store = await started('gone');
    const reading = stored({ device: hall, metric: 'pm10', at: day, value: 3 });
    await store.write(
      batchOf([
        { ...reading, flag: 4, reasons: 1 },
        { ...reading, at: day + dayMs },
      ]),
    );
    const windows = [day, day + dayMs].map((start) => ({
      ...reading,
      start,
      intervalMs: minuteMs,
    }));
    const rollUp = async () => {
      for (const tier of tiers) await store.rollUp(tier, windows, day + 5 * dayMs);
    };
    await rollUp();
    for (const tier of tiers) {
      expect(await rowsOf(store, tier)).toMatchObject({
        mean: [null, 3],
        first: [null, 3],
        count: [0, 1],
        flags: [
          [0, 0, 0, 1],
          [0, 1, 0, 0],
        ],
      });
    }
    await store.forgetBefore('raw', day + dayMs);
    await rollUp();
    for (const tier of tiers) {
      const { at } = await rowsOf(store, tier, { rowsMax: 1 });
      expect(at).toEqual([day + dayMs]);
    }
    await store.write(batchOf([reading]));
    await rollUp();
    expect(await rowsOf(store, '1d')).toMatchObject({ mean: [3, 3], revision: [0, 0] });
  });

  test('hold an hour without samples through which a state was held', async () => {
    const store = await started('held');
    const lamp = { ...whole, metric: 'lamp_on' as const, intervalMs: hourMs };
    const switches = [day, day + 2 * hourMs + 1].map((at) => stored({ ...lamp, at, value: 1 }));
    await store.write(batchOf(switches));
    await store.rebuild('1h', { series: [lamp], from: day, to: day + dayMs }, day + dayMs);
    const rows = await rowsOf(store, '1h', lamp);
    expect(rows).toMatchObject({ mean: [1, 1, 1], count: [1, 0, 1], first: [1, null, 1] });
    expect(rows.coverage.slice(0, 2)).toEqual([1, 1]);
  });

  test('are those of the reference to the last bit, after any mix of calls', async () => {
    const random = seeded(11);
    const pick = <T>(from: readonly T[]): T => from[Math.floor(random() * from.length)] as T;
    const engines = [createMemoryStore(), await started('reference')];
    await engines[0]?.start();
    const metrics: MetricName[] = ['pm10', 'lamp_on', 'dim_level', 'energy'];
    const devices: DeviceKey[] = ['museum/hall', 'museum/roof', 'school/hall'];
    const intervals = { 'museum/hall': 7_000, 'museum/roof': 145_000, 'school/hall': 2_000_000 };
    const series = devices.flatMap((device) =>
      metrics.map((metric) => ({
        device,
        metric,
        intervalMs: intervals[device as keyof typeof intervals],
      })),
    );
    const every = async (call: (store: Store) => Promise<unknown>) => {
      const [reference, answer] = await Promise.all(engines.map(call));
      expect(answer).toEqual(reference);
    };
    const instant = () => day + Math.floor(random() * 6 * hourMs);
    const quality = () => ({ flag: pick([1, 2, 3, 4] as const), reasons: pick([0, 1, 8, 16_384]) });
    const makeReading = (): StoredReading => ({
      device: pick(devices),
      metric: pick(metrics),
      at: instant(),
      value: pick([random() * 100, 1 / 3, -0, 0, 1, 1e-9, 12_345.678]),
      ...quality(),
      receivedAt: instant(),
    });
    const span = (tier: Tier): RebuildSpan => {
      const widthMs = tierWidthMs[tier];
      const from = instant();
      return {
        series: series.filter(() => random() < 0.6),
        from: from - (from % widthMs),
        to: from - (from % widthMs) + Math.ceil(random() * 5) * widthMs,
      };
    };
    const known: StoredReading[] = [];
    for (let round = 0; round < 25; round++) {
      const batch = Array.from({ length: 60 }, () =>
        random() < 0.2 && known.length > 0
          ? { ...pick(known), ...quality(), receivedAt: 5 }
          : makeReading(),
      );
      known.push(...batch);
      await every((store) => store.write(batchOf(batch)));
      const judged = Array.from({ length: 20 }, () => ({
        ...pick(random() < 0.8 ? known : [makeReading()]),
        ...quality(),
      }));
      await every((store) => store.judge(judged));
      for (const tier of tiers) {
        const now = day + Math.floor(random() * 2 * dayMs);
        const windows = Array.from({ length: 30 }, () => {
          const at = pick(known).at;
          return { ...pick(series), start: at - (at % tierWidthMs[tier]) };
        });
        await every((store) => store.rollUp(tier, windows, now));
        const some = span(tier);
        await every((store) => store.rebuild(tier, some, now));
      }
    }
    await every(async (store) => (await store.latest()).sort(byKey));
    for (const { device, metric } of series) {
      await every((store) => store.raw({ ...whole, device, metric }));
      for (const tier of tiers) {
        await every((store) => store.rollups(tier, { ...whole, device, metric }));
      }
    }
  });
});
