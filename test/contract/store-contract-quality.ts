import { describe, expect, test } from 'vitest';
import { qualityFlags, reasonBits } from '../../broker/contract/quality.ts';
import { batchOf } from '../../ingest/store/reading-batch.ts';
import type { Store, StoredReading } from '../../ingest/store/store.ts';
import { byKey, day, reading, whole } from './store-samples.ts';

const judged = (
  base: StoredReading,
  flag: StoredReading['flag'],
  reasons: number,
): StoredReading => ({ ...base, flag, reasons });

/** The part of the store contract that is about the quality of readings and their arrival. */
export function describeQuality(store: () => Store): void {
  describe('keeps the quality of readings', () => {
    const written = [
      judged(reading(day, 1), qualityFlags.good, 0),
      judged(reading(day + 1, 2), qualityFlags.suspect, reasonBits.step | reasonBits.humidity),
      judged(reading(day + 2, 3), qualityFlags.bad, reasonBits.range | reasonBits['dual-sensor']),
      reading(day + 3, 4),
    ];
    const expected = {
      at: [day, day + 1, day + 2, day + 3],
      value: [1, 2, 3, 4],
      flag: written.map(({ flag }) => flag),
      reasons: written.map(({ reasons }) => reasons),
      receivedAt: [day + 250, day + 251, day + 252, day + 253],
    };

    test('with their arrival, in raw and in latest', async () => {
      await store().write(batchOf(written));
      expect(await store().raw(whole())).toEqual(expected);
      expect(await store().latest()).toEqual([written[3]]);
    });

    test('as it was first when the same value comes again, also late, early or twice in a batch', async () => {
      await store().write(batchOf(written));
      const again = written.map((each) => ({
        ...each,
        flag: qualityFlags.good,
        reasons: 0,
        receivedAt: each.receivedAt + 9_000,
      }));
      await store().write(batchOf(again));
      await store().write(batchOf([...again, ...again].reverse()));
      expect(await store().raw(whole())).toEqual(expected);
      expect(await store().latest()).toEqual([written[3]]);
    });

    test('replaced with all when another value comes under the same key', async () => {
      await store().write(batchOf(written));
      const changed = [written[1], written[3]].map((each) => ({
        ...(each as StoredReading),
        value: 50,
        flag: qualityFlags.bad,
        reasons: reasonBits.range,
        receivedAt: day + 9_000,
      }));
      await store().write(batchOf(changed));
      expect(await store().raw(whole())).toEqual({
        ...expected,
        value: [1, 50, 3, 50],
        flag: [1, 4, 4, 4],
        reasons: [0, reasonBits.range, expected.reasons[2], reasonBits.range],
        receivedAt: [day + 250, day + 9_000, day + 252, day + 9_000],
      });
      expect(await store().latest()).toEqual([changed[1]]);
    });

    test('of a series that stays when it is judged anew: values and arrivals stay, others too', async () => {
      const other = judged(reading(day, 7, 'no2'), qualityFlags.good, 0);
      await store().write(batchOf([...written, other]));
      const flag = qualityFlags.suspect;
      const reasons = reasonBits.spike | reasonBits.neighbours;
      await store().judge([
        { device: 'museum/hall', metric: 'pm10', at: day, flag, reasons },
        { device: 'museum/hall', metric: 'pm10', at: day + 3, flag, reasons },
      ]);
      expect(await store().raw(whole())).toEqual({
        ...expected,
        flag: [flag, 3, 4, flag],
        reasons: [reasons, expected.reasons[1], expected.reasons[2], reasons],
      });
      const latest = (await store().latest()).sort(byKey);
      expect(latest).toEqual([other, judged(reading(day + 3, 4), flag, reasons)].sort(byKey));
    });

    test('passing over judgements of readings that are not there', async () => {
      await store().write(batchOf(written));
      const verdict = { flag: qualityFlags.bad, reasons: 1 };
      await store().judge([
        { device: 'museum/hall', metric: 'pm10', at: day + 4, ...verdict },
        { device: 'museum/hall', metric: 'no2', at: day, ...verdict },
        { device: 'museum/roof', metric: 'pm10', at: day, ...verdict },
      ]);
      expect(await store().raw(whole())).toEqual(expected);
      expect((await store().raw(whole({ metric: 'no2' }))).at).toEqual([]);
      expect(await store().latest()).toEqual([written[3]]);
    });

    test('judged of 5,000 readings at once', async () => {
      const batch = Array.from({ length: 5_000 }, (_, index) => reading(day + index, index));
      await store().write(batchOf(batch));
      await store().judge(
        batch.map(({ device, metric, at }, index) => ({
          device,
          metric,
          at,
          flag: index % 3 === 0 ? qualityFlags.suspect : qualityFlags.good,
          reasons: index % 3 === 0 ? reasonBits.noise : 0,
        })),
      );
      const { flag, reasons } = await store().raw(whole());
      expect(flag.filter((each) => each === 3)).toHaveLength(1_667);
      expect(reasons.filter((each) => each === reasonBits.noise)).toHaveLength(1_667);
    });
  });
}
