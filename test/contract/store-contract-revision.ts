import { describe, expect, test } from 'vitest';
import { type Tier, tiers, tierWidthMs } from '../../broker/contract/windows.ts';
import { batchOf } from '../../ingest/store/reading-batch.ts';
import { closedAfterMs, type Store } from '../../ingest/store/store.ts';
import {
  day,
  dayMs,
  hall,
  hourMs,
  later,
  minuteMs,
  noRows,
  reading,
  seeded,
  whole,
  windowAt,
} from './store-samples.ts';

/** The part of the store contract that is about making tiers anew. */
export function describeRevisions(store: () => Store): void {
  const rollUp = async (now: number) => {
    for (const tier of tiers) await store().rollUp(tier, [windowAt(day)], now);
  };

  describe('recomputes', () => {
    test('without a trace when nothing has changed, however late and often', async () => {
      await store().write(batchOf([reading(day, 1), reading(day + 7_000, 2)]));
      await rollUp(day + 10_000);
      await rollUp(later);
      await rollUp(later + 1);
      for (const tier of tiers) {
        expect(await store().rollups(tier, whole())).toMatchObject({
          revision: [0],
          resultAt: [day + 10_000],
        });
      }
    });

    test.each(tiers)(
      'a row of %s that changes: dated anew, a revision only once closed',
      async (tier: Tier) => {
        const below = tiers.slice(0, tiers.indexOf(tier));
        const closedAt = day + tierWidthMs[tier] + closedAfterMs[tier];
        const come = async (second: number, now: number) => {
          await store().write(batchOf([reading(day + second * 1_000, second)]));
          for (const each of [...below, tier]) await store().rollUp(each, [windowAt(day)], now);
          const { revision, resultAt, count } = await store().rollups(tier, whole());
          return [...revision, ...resultAt, ...count];
        };
        expect(await come(1, day + 2_000)).toEqual([0, day + 2_000, 1]);
        expect(await come(2, closedAt - 1)).toEqual([0, closedAt - 1, 2]);
        expect(await come(3, closedAt)).toEqual([1, closedAt, 3]);
        expect(await come(4, closedAt + dayMs)).toEqual([2, closedAt + dayMs, 4]);
        expect(await come(4, later)).toEqual([2, closedAt + dayMs, 4]);
      },
    );

    test('a row that is new long after its window as its first edition', async () => {
      await store().write(batchOf([reading(day, 1)]));
      await rollUp(later);
      for (const tier of tiers) {
        expect(await store().rollups(tier, whole())).toMatchObject({
          revision: [0],
          resultAt: [later],
        });
      }
    });

    test('a row whose samples are judged anew, as a revision', async () => {
      await store().write(batchOf([reading(day, 1), reading(day + 1_000, 500)]));
      await rollUp(day + 2_000);
      await store().judge([{ device: hall, metric: 'pm10', at: day + 1_000, flag: 4, reasons: 1 }]);
      await rollUp(later);
      for (const tier of tiers) {
        expect(await store().rollups(tier, whole())).toMatchObject({
          mean: [1],
          max: [1],
          count: [1],
          flags: [[0, 1, 0, 1]],
          revision: [1],
        });
      }
    });

    test('another nominal interval as a change', async () => {
      await store().write(batchOf([reading(day, 1)]));
      await store().rollUp('1m', [windowAt(day)], later);
      await store().rollUp('1m', [windowAt(day, { intervalMs: 30_000 })], later + 1);
      expect(await store().rollups('1m', whole())).toMatchObject({
        coverage: [0.5],
        expected: [2],
        revision: [1],
        resultAt: [later + 1],
      });
    });

    test('a window without data away, and the tiers above with it', async () => {
      await store().write(batchOf([reading(day, 1), reading(day + dayMs, 2)]));
      await rollUp(later);
      await store().forgetBefore('raw', day + dayMs);
      await rollUp(later);
      for (const tier of tiers) expect(await store().rollups(tier, whole())).toEqual(noRows);
    });
  });

  describe('rebuilds', () => {
    const span = { from: day, to: day + 2 * dayMs };
    const series = [
      { device: hall, metric: 'pm10' as const, intervalMs: minuteMs },
      { device: hall, metric: 'power' as const, intervalMs: 20 * minuteMs },
      { device: 'school/hall' as const, metric: 'noise' as const, intervalMs: 145_000 },
    ];
    const batch = () => {
      const random = seeded(7);
      return series.flatMap(({ device, metric }) =>
        Array.from({ length: 400 }, () => {
          const at = day + Math.floor(random() * 2 * dayMs);
          const each = reading(at, 50 + random() * 10, metric, device);
          return random() < 0.1 ? { ...each, flag: 4 as const, reasons: 1 } : each;
        }),
      );
    };
    const contents = () =>
      Promise.all(
        tiers.flatMap((tier) =>
          series.map(({ device, metric }) => store().rollups(tier, whole({ device, metric }))),
        ),
      );

    test('a span to the last bit as its windows one by one', async () => {
      await store().write(batchOf(batch()));
      for (const tier of tiers) await store().rebuild(tier, { series, ...span }, later);
      const rebuilt = await contents();
      for (const each of rebuilt) expect(each.at.length).toBeGreaterThan(1);
      for (const tier of tiers) await store().forgetBefore(tier, later);
      for (const tier of tiers) {
        const windows = series.flatMap((each) => {
          const count = (span.to - span.from) / tierWidthMs[tier];
          return Array.from({ length: count }, (_, index) => ({
            ...each,
            start: span.from + index * tierWidthMs[tier],
          }));
        });
        for (let index = 0; index < windows.length; index += 2_000) {
          await store().rollUp(tier, windows.slice(index, index + 2_000), later);
        }
      }
      expect(await contents()).toEqual(rebuilt);
      for (const tier of tiers) await store().rebuild(tier, { series, ...span }, later + dayMs);
      expect(await contents()).toEqual(rebuilt);
    });

    test('only the span and the series that are named, also rows whose data are gone', async () => {
      await store().write(
        batchOf([
          reading(day, 1),
          reading(day + hourMs, 2),
          reading(day + 2 * hourMs, 3),
          reading(day + hourMs, 4, 'no2'),
        ]),
      );
      const pm10 = series.slice(0, 1);
      await store().rebuild(
        '1m',
        { series: pm10, from: day + hourMs, to: day + 2 * hourMs },
        later,
      );
      expect((await store().rollups('1m', whole())).at).toEqual([day + hourMs]);
      expect((await store().rollups('1m', whole({ metric: 'no2' }))).at).toEqual([]);
      await store().forgetBefore('raw', day + dayMs);
      await store().rebuild('1m', { series: pm10, from: day, to: day + hourMs }, later);
      expect((await store().rollups('1m', whole())).at).toEqual([day + hourMs]);
      await store().rebuild('1m', { series: pm10, from: day, to: day + dayMs }, later);
      expect((await store().rollups('1m', whole())).at).toEqual([]);
    });
  });
}
