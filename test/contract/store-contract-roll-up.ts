import { describe, expect, test } from 'vitest';
import type { DeviceKey } from '../../broker/contract/ids.ts';
import type { Tier } from '../../broker/contract/windows.ts';
import { batchOf } from '../../ingest/store/reading-batch.ts';
import type { Store, StoredReading } from '../../ingest/store/store.ts';
import { day, hall, hourMs, later, minuteMs, reading, whole, windowAt } from './store-samples.ts';

/** The part of the store contract that is about what stands in the tiers. `store` gives the store of the running test. */
export function describeRollUps(store: () => Store): void {
  const rollUpAll = async (
    starts: Partial<Record<Tier, number[]>>,
    overrides: Parameters<typeof windowAt>[1] = {},
  ) => {
    for (const tier of ['1m', '1h', '1d'] as const) {
      const windows = (starts[tier] ?? []).map((start) => windowAt(start, overrides));
      await store().rollUp(tier, windows, later);
    }
  };
  const minutesOf = (readings: readonly StoredReading[]) => [
    ...new Set(readings.map(({ at }) => at - (at % minuteMs))),
  ];

  describe('rolls up', () => {
    test('minutes from raw with all that is kept of a window; half-open and labelled by start', async () => {
      await store().write(
        batchOf([
          reading(day, 1),
          reading(day + 20_000, 7),
          reading(day + 59_999, 4),
          reading(day + minuteMs, 100),
          reading(day - 1, 1000),
        ]),
      );
      await rollUpAll({ '1m': [day, day + minuteMs] }, { intervalMs: 30_000 });
      expect(await store().rollups('1m', whole())).toEqual({
        at: [day, day + minuteMs],
        mean: [4, 100],
        min: [1, 100],
        max: [7, 100],
        count: [3, 1],
        coverage: [1, 0.5],
        flags: [
          [0, 3, 0, 0],
          [0, 1, 0, 0],
        ],
        expected: [2, 2],
        sum: [12, 100],
        m2: [18, 0],
        slots: [2, 1],
        minAt: [day, day + minuteMs],
        maxAt: [day + 20_000, day + minuteMs],
        first: [1, 100],
        firstAt: [day, day + minuteMs],
        last: [4, 100],
        lastAt: [day + 59_999, day + minuteMs],
        revision: [0, 0],
        resultAt: [later, later],
      });
    });

    test('hours and days by means of means, so that a burst weighs no more than a calm minute', async () => {
      // An hour at 20 with a burst of 59 readings of 79.5 in one minute: naive 50.0.
      const calm = Array.from({ length: 59 }, (_, minute) => reading(day + minute * minuteMs, 20));
      const burst = Array.from({ length: 59 }, (_, second) =>
        reading(day + 59 * minuteMs + second * 1_000, 80),
      );
      const batch = [...calm, ...burst, reading(day + 2 * hourMs, 45)];
      await store().write(batchOf(batch));
      await rollUpAll({ '1m': minutesOf(batch), '1h': [day, day + 2 * hourMs], '1d': [day] });
      expect(await store().rollups('1h', whole())).toMatchObject({
        at: [day, day + 2 * hourMs],
        mean: [21, 45],
        min: [20, 45],
        max: [80, 45],
        count: [118, 1],
        sum: [5_900, 45],
        coverage: [1, 1 / 60],
        expected: [60, 60],
        slots: [60, 1],
        minAt: [day, day + 2 * hourMs],
        maxAt: [day + 59 * minuteMs, day + 2 * hourMs],
        first: [20, 45],
        last: [80, 45],
        lastAt: [day + 59 * minuteMs + 58_000, day + 2 * hourMs],
      });
      expect(await store().rollups('1d', whole())).toMatchObject({
        at: [day],
        mean: [33],
        min: [20],
        max: [80],
        count: [119],
        coverage: [61 / 1440],
        expected: [1440],
        slots: [61],
        first: [20],
        firstAt: [day],
        last: [45],
        lastAt: [day + 2 * hourMs],
      });
    });

    test('the coverage of a node that sends every 145 s: 19 samples are three quarters of an hour, 18 are not', async () => {
      const node = { intervalMs: 145_000 };
      const hourOf = (start: number, count: number) =>
        Array.from({ length: count }, (_, index) => reading(start + index * 145_000, 10));
      const batch = [...hourOf(day, 19), ...hourOf(day + hourMs, 18)];
      await store().write(batchOf(batch));
      await rollUpAll({ '1m': minutesOf(batch), '1h': [day, day + hourMs] }, node);
      const { coverage, slots, expected } = await store().rollups('1h', whole());
      expect(coverage).toEqual([(19 * 145) / 3600, (18 * 145) / 3600]);
      expect(coverage.map((share) => share >= 0.75)).toEqual([true, false]);
      expect(slots).toEqual([19, 18]);
      expect(expected).toEqual([3600 / 145, 3600 / 145]);
    });

    test('no higher coverage for duplicates and bursts', async () => {
      const batch = Array.from({ length: 50 }, (_, index) => reading(day + index * 2_000, index));
      await store().write(batchOf([...batch, ...batch]));
      await rollUpAll({ '1m': minutesOf(batch), '1h': [day] }, { intervalMs: 145_000 });
      expect(await store().rollups('1h', whole())).toMatchObject({
        count: [50],
        slots: [1],
        coverage: [145 / 3600],
      });
    });

    test('bad samples only as counted, and a window of nothing else without values', async () => {
      const bad = { flag: 4 as const, reasons: 1 };
      await store().write(
        batchOf([
          { ...reading(day, 10), flag: 1 },
          { ...reading(day + 1_000, 20), flag: 3, reasons: 4 },
          reading(day + 2_000, 30),
          { ...reading(day + 3_000, 999), ...bad },
          { ...reading(day + minuteMs, 999), ...bad },
        ]),
      );
      await rollUpAll({ '1m': [day, day + minuteMs], '1h': [day], '1d': [day] });
      expect(await store().rollups('1m', whole())).toMatchObject({
        mean: [20, null],
        min: [10, null],
        max: [30, null],
        first: [10, null],
        firstAt: [day, null],
        last: [30, null],
        lastAt: [day + 2_000, null],
        minAt: [day, null],
        maxAt: [day + 2_000, null],
        count: [3, 0],
        sum: [60, 0],
        m2: [200, 0],
        coverage: [1, 0],
        slots: [1, 0],
        flags: [
          [1, 1, 1, 1],
          [0, 0, 0, 1],
        ],
      });
      for (const tier of ['1h', '1d'] as const) {
        expect(await store().rollups(tier, whole())).toMatchObject({
          mean: [20],
          count: [3],
          flags: [[1, 1, 1, 2]],
        });
      }
    });

    test('the variance of values that hardly differ, exactly, in every tier', async () => {
      const batch = [1, 2, 3].map((step, index) => reading(day + index * minuteMs, 1e8 + step));
      const close = batch.map(({ value }, index) => reading(day + index * 1_000, value, 'noise'));
      await store().write(batchOf([...batch, ...close]));
      await rollUpAll({ '1m': minutesOf(batch), '1h': [day], '1d': [day] });
      await rollUpAll({ '1m': [day] }, { metric: 'noise' });
      expect(await store().rollups('1m', whole({ metric: 'noise' }))).toMatchObject({ m2: [2] });
      expect(await store().rollups('1h', whole())).toMatchObject({ m2: [2], count: [3] });
      expect(await store().rollups('1d', whole())).toMatchObject({ m2: [2], count: [3] });
    });

    test('states by the time that they held, into the hour and out of it, but not across gaps', async () => {
      const lamp = { metric: 'lamp_on' as const, intervalMs: 10 * minuteMs };
      const at = (minutes: number, value: number) =>
        reading(day + minutes * minuteMs, value, 'lamp_on');
      // On from 00:50 to 01:15 and from 01:45 to 02:05; the sample after is 40 minutes later.
      await store().write(batchOf([at(50, 1), at(75, 0), at(105, 1), at(125, 0), at(165, 1)]));
      await rollUpAll({ '1h': [0, 1, 2].map((hour) => day + hour * hourMs) }, lamp);
      expect(await store().rollups('1h', whole({ metric: 'lamp_on' }))).toMatchObject({
        at: [day, day + hourMs, day + 2 * hourMs],
        mean: [1, 0.5, 1],
        coverage: [10 / 60, 1, 5 / 60],
        count: [1, 2, 2],
        min: [1, 0, 0],
        max: [1, 1, 1],
        maxAt: [day + 50 * minuteMs, day + hourMs, day + 2 * hourMs],
        first: [1, 0, 0],
        firstAt: [day + 50 * minuteMs, day + 75 * minuteMs, day + 125 * minuteMs],
      });
    });

    test('an hour without a sample of its own by the state that was held through it', async () => {
      const bin = { metric: 'fill_level' as const, intervalMs: hourMs };
      const at = (hours: number, value: number) =>
        reading(day + hours * hourMs, value, 'fill_level');
      await store().write(batchOf([at(0.5, 40), at(2.5, 60), at(8, 20)]));
      await rollUpAll({ '1h': [0, 1, 2, 3, 8].map((hour) => day + hour * hourMs) }, bin);
      const query = whole({ metric: 'fill_level' });
      expect(await store().rollups('1h', query)).toMatchObject({
        at: [0, 1, 2, 8].map((hour) => day + hour * hourMs),
        mean: [40, 40, 40, 20],
        count: [1, 0, 1, 1],
        coverage: [0.5, 1, 0.5, 0],
        first: [40, null, 60, 20],
      });
      await rollUpAll({ '1d': [day] }, bin);
      expect(await store().rollups('1d', query)).toMatchObject({
        mean: [40],
        min: [20],
        max: [60],
        count: [3],
        coverage: [2 / 24],
      });
    });

    test('again after late data in every tier, and again with the same result when nothing came', async () => {
      const starts = { '1m': [day], '1h': [day], '1d': [day] };
      await store().write(batchOf([reading(day + 10, 1)]));
      await rollUpAll(starts);
      await store().write(batchOf([reading(day + 5, 3)]));
      for (let round = 0; round < 2; round++) {
        await rollUpAll(starts);
        for (const tier of ['1m', '1h', '1d'] as const) {
          expect(await store().rollups(tier, whole())).toMatchObject({
            at: [day],
            mean: [2],
            min: [1],
            max: [3],
            count: [2],
            first: [3],
            firstAt: [day + 5],
            revision: [1],
          });
        }
      }
    });

    test('many windows of many series in one call, also one named twice', async () => {
      const devices = Array.from({ length: 120 }, (_, n): DeviceKey => `fleet/device-${n}`);
      const minutes = [0, 1, 2, 5, 700].map((minute) => day + minute * minuteMs);
      await store().write(
        batchOf(
          devices.flatMap((device, n) =>
            minutes.map((at, m) => reading(at + n, n * 10 + m, 'noise', device)),
          ),
        ),
      );
      const windows = devices.flatMap((device) =>
        minutes.map((start) => windowAt(start, { device, metric: 'noise' })),
      );
      await store().rollUp('1m', [...windows, ...windows.slice(0, 3)], later);
      for (const [n, device] of devices.entries()) {
        if (n % 17 !== 0) continue;
        const rows = await store().rollups('1m', whole({ device, metric: 'noise' }));
        expect(rows.at).toEqual(minutes);
        expect(rows.mean).toEqual(minutes.map((_, m) => n * 10 + m));
      }
    });

    test('gauges and states in one call, each from its own source', async () => {
      await store().write(batchOf([reading(day, 4), reading(day, 100, 'power')]));
      await rollUpAll({ '1m': [day] });
      const windows = [windowAt(day), { ...windowAt(day), metric: 'power' as const }];
      await store().rollUp('1h', windows, later);
      expect((await store().rollups('1h', whole())).mean).toEqual([4]);
      expect((await store().rollups('1h', whole({ metric: 'power' }))).last).toEqual([100]);
    });

    test('only the windows that were named', async () => {
      await store().write(
        batchOf([reading(day, 1), reading(day + minuteMs, 2), reading(day, 9, 'no2')]),
      );
      await rollUpAll({ '1m': [day + minuteMs] });
      expect((await store().rollups('1m', whole())).at).toEqual([day + minuteMs]);
      expect((await store().rollups('1m', whole({ metric: 'no2' }))).at).toEqual([]);
    });

    test('half-open ranges of windows by their start', async () => {
      const starts = [0, 1, 2].map((minute) => day + minute * minuteMs);
      await store().write(batchOf(starts.map((at) => reading(at + 1, 1))));
      await rollUpAll({ '1m': starts });
      const range = whole({ from: day + minuteMs, to: day + 2 * minuteMs });
      expect((await store().rollups('1m', range)).at).toEqual([day + minuteMs]);
      expect((await store().rollups('1m', whole({ from: day + 1 }))).at).toEqual(starts.slice(1));
    });

    test('nothing of another device or metric into a row', async () => {
      await store().write(
        batchOf([
          reading(day, 1),
          reading(day, 2, 'pm2_5'),
          reading(day, 3, 'pm10', 'school/hall'),
        ]),
      );
      const windows = [
        windowAt(day),
        windowAt(day, { metric: 'pm2_5' }),
        windowAt(day, { device: 'school/hall' }),
      ];
      for (const tier of ['1m', '1h', '1d'] as const) await store().rollUp(tier, windows, later);
      for (const [device, metric, value] of [
        [hall, 'pm10', 1],
        [hall, 'pm2_5', 2],
        ['school/hall', 'pm10', 3],
      ] as const) {
        const rows = await store().rollups('1d', whole({ device, metric }));
        expect(rows).toMatchObject({ mean: [value], count: [1] });
      }
    });
  });
}
