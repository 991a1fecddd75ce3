import { describe, expect, test } from 'vitest';
import type { DeviceKey } from '../../broker/contract/ids.ts';
import { type Tier, tiers } from '../../broker/contract/windows.ts';
import { readRawOfMany, readRollupsOfMany } from '../../ingest/store/read-of-many.ts';
import { batchOf } from '../../ingest/store/reading-batch.ts';
import type { ManySeriesQuery, Store } from '../../ingest/store/store.ts';
import { day, hourMs, later, minuteMs, noRows, reading, whole, windowAt } from './store-samples.ts';

const devices: readonly DeviceKey[] = ['museum/a', 'museum/b', 'museum/nobody', 'museum/c'];
const series = devices.map((device) => ({ device, metric: 'pm10' as const }));
const many = (more: Partial<ManySeriesQuery> = {}): ManySeriesQuery => {
  const { from, to, rowsMax } = whole();
  return { series, from, to, rowsMax, ...more };
};

/** The part of the store contract that is about reading many series at once, by the engine's own way or without. */
export function describeMany(store: () => Store): void {
  /** Four readings each in minutes and hours of their own, of which one is bad; one of another metric. */
  async function fill(): Promise<void> {
    const batch = ['museum/a', 'museum/b', 'museum/c'].flatMap((device, rank) =>
      [2, 0, 3, 1].map((hour) => ({
        ...reading(day + hour * hourMs, rank * 100 + hour, 'pm10', device as DeviceKey),
        flag: hour === 3 ? (4 as const) : (1 as const),
      })),
    );
    await store().write(batchOf(batch));
    await store().write(batchOf([reading(day + minuteMs, 1, 'no2', 'museum/a')]));
    for (const tier of tiers) {
      const windows = devices.flatMap((device) =>
        [0, 1, 2, 3].map((hour) => windowAt(day + hour * hourMs, { device })),
      );
      await store().rollUp(tier, tier === '1d' ? windows.slice(0, 1) : windows, later);
    }
  }

  const singly = (tier: Tier, query: ManySeriesQuery) =>
    Promise.all(
      query.series.map((one) => {
        const { from, to, rowsMax } = query;
        return store().rollups(tier, { ...one, from, to, rowsMax });
      }),
    );

  describe('answers of many series', () => {
    test('the rows of each, in the order of the question and of time', async () => {
      await fill();
      const columns = await readRawOfMany(store(), many({ from: day + 1, to: day + 3 * hourMs }));
      const starts = [day + hourMs, day + 2 * hourMs];
      expect(columns.map((one) => one?.at)).toEqual([starts, starts, [], starts]);
      expect(columns[3]?.value).toEqual([201, 202]);
      expect(columns[0]?.flag).toEqual([1, 1]);
    });

    test('the rows of each tier, to the last column as of one', async () => {
      await fill();
      for (const tier of tiers) {
        const columns = await readRollupsOfMany(store(), tier, many());
        expect(columns).toEqual(await singly(tier, many()));
        expect(columns[2]).toEqual(noRows);
      }
      const part = many({ from: day + 1, to: day + 3 * hourMs });
      const hours = await readRollupsOfMany(store(), '1h', part);
      expect(hours.map((one) => one?.mean)).toEqual([[1, 2], [101, 102], [], [201, 202]]);
    });

    test('in smaller parts what is too much at once, but nothing cut off', async () => {
      await fill();
      const tooMany = [undefined, undefined, 0, undefined];
      const raw = async (rowsMax: number) =>
        (await readRawOfMany(store(), many({ rowsMax }))).map((one) => one?.at.length);
      expect(await raw(4)).toEqual([4, 4, 0, 4]);
      expect(await raw(3)).toEqual(tooMany);
      const hours = async (rowsMax: number) =>
        (await readRollupsOfMany(store(), '1h', many({ rowsMax }))).map((one) => one?.at.length);
      expect(await hours(4)).toEqual([4, 4, 0, 4]);
      expect(await hours(3)).toEqual(tooMany);
    });

    test('nothing of none', async () => {
      await fill();
      expect(await readRawOfMany(store(), many({ series: [] }))).toEqual([]);
      expect(await readRollupsOfMany(store(), '1h', many({ series: [] }))).toEqual([]);
    });
  });
}
