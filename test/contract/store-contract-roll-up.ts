import { describe, expect, test } from 'vitest';
import type { DeviceKey } from '../../broker/contract/ids.ts';
import type { Tier } from '../../broker/contract/windows.ts';
import type { Store } from '../../ingest/store/store.ts';
import { day, hourMs, minuteMs, reading, whole, windowAt } from './store-samples.ts';

/** The part of the store contract that is about tiers. `store` gives the store of the running test. */
export function describeRollUps(store: () => Store): void {
  describe('rolls up', () => {
    const rollUpAll = async (tiers: readonly Tier[], starts: Record<Tier, number[]>) => {
      for (const tier of tiers) await store().rollUp(tier, starts[tier].map(windowAt));
    };

    test('minutes from raw: mean, min, max, count; half-open and labelled by start', async () => {
      await store().write([
        reading(day, 1),
        reading(day + 59_999, 4),
        reading(day + minuteMs, 100),
        reading(day - 1, 1000),
      ]);
      await store().rollUp('1m', [windowAt(day), windowAt(day + minuteMs)]);
      expect(await store().rollups('1m', whole())).toEqual({
        at: [day, day + minuteMs],
        mean: [2.5, 100],
        min: [1, 100],
        max: [4, 100],
        count: [2, 1],
      });
    });

    test('hours and days by means of means, so that a burst weighs no more than a calm minute', async () => {
      await store().write([
        // Hour 0: a minute of four readings with mean 10, and a minute of one reading, 20.
        ...[4, 8, 12, 16].map((value, index) => reading(day + index * 1_000, value)),
        reading(day + minuteMs, 20),
        // Hour 2: one minute, 45.
        reading(day + 2 * hourMs, 45),
      ]);
      await rollUpAll(['1m', '1h', '1d'], {
        '1m': [day, day + minuteMs, day + 2 * hourMs],
        '1h': [day, day + 2 * hourMs],
        '1d': [day],
      });
      expect(await store().rollups('1h', whole())).toEqual({
        at: [day, day + 2 * hourMs],
        mean: [15, 45],
        min: [4, 45],
        max: [20, 45],
        count: [5, 1],
      });
      expect(await store().rollups('1d', whole())).toEqual({
        at: [day],
        mean: [30],
        min: [4],
        max: [45],
        count: [6],
      });
    });

    test('again after late data, and again with the same result when nothing came', async () => {
      const starts = { '1m': [day], '1h': [day], '1d': [day] };
      await store().write([reading(day + 10, 1)]);
      await rollUpAll(['1m', '1h', '1d'], starts);
      await store().write([reading(day + 5, 3)]);
      for (let round = 0; round < 2; round++) {
        await rollUpAll(['1m', '1h', '1d'], starts);
        for (const tier of ['1m', '1h', '1d'] as const) {
          expect(await store().rollups(tier, whole())).toEqual({
            at: [day],
            mean: [2],
            min: [1],
            max: [3],
            count: [2],
          });
        }
      }
    });

    test('many windows of many series in one call, also one named twice', async () => {
      const devices = Array.from({ length: 120 }, (_, n): DeviceKey => `fleet/device-${n}`);
      const minutes = [0, 1, 2, 5, 700].map((minute) => day + minute * minuteMs);
      await store().write(
        devices.flatMap((device, n) =>
          minutes.map((at, m) => reading(at + n, n * 10 + m, 'noise', device)),
        ),
      );
      const windows = devices.flatMap((device) =>
        minutes.map((start) => ({ device, metric: 'noise' as const, start })),
      );
      await store().rollUp('1m', [...windows, ...windows.slice(0, 3)]);
      for (const [n, device] of devices.entries()) {
        if (n % 17 !== 0) continue;
        const rows = await store().rollups('1m', whole({ device, metric: 'noise' }));
        expect(rows.at).toEqual(minutes);
        expect(rows.mean).toEqual(minutes.map((_, m) => n * 10 + m));
      }
    });

    test('only the windows that were named', async () => {
      await store().write([reading(day, 1), reading(day + minuteMs, 2), reading(day, 9, 'no2')]);
      await store().rollUp('1m', [windowAt(day + minuteMs)]);
      expect((await store().rollups('1m', whole())).at).toEqual([day + minuteMs]);
      expect((await store().rollups('1m', whole({ metric: 'no2' }))).at).toEqual([]);
    });

    test('half-open ranges of windows by their start', async () => {
      const starts = [0, 1, 2].map((minute) => day + minute * minuteMs);
      await store().write(starts.map((at) => reading(at + 1, 1)));
      await store().rollUp('1m', starts.map(windowAt));
      const range = whole({ from: day + minuteMs, to: day + 2 * minuteMs });
      expect((await store().rollups('1m', range)).at).toEqual([day + minuteMs]);
      expect((await store().rollups('1m', whole({ from: day + 1 }))).at).toEqual(starts.slice(1));
    });

    test('a window without data away', async () => {
      await store().write([reading(day, 1), reading(day + minuteMs, 2)]);
      await store().rollUp('1m', [windowAt(day), windowAt(day + minuteMs)]);
      await store().rollUp('1h', [windowAt(day)]);
      await store().forgetBefore('raw', day + minuteMs);
      await store().rollUp('1m', [windowAt(day)]);
      await store().rollUp('1h', [windowAt(day)]);
      expect((await store().rollups('1m', whole())).at).toEqual([day + minuteMs]);
      expect(await store().rollups('1h', whole())).toMatchObject({ mean: [2], count: [1] });
    });
  });
}
