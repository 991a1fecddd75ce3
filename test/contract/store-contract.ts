import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { DeviceKey } from '../../broker/contract/ids.ts';
import { metricNames } from '../../broker/contract/metrics.ts';
import { batchOf } from '../../ingest/store/reading-batch.ts';
import { QueryTooLarge, type Store } from '../../ingest/store/store.ts';
import { describeMany } from './store-contract-many.ts';
import { describeQuality } from './store-contract-quality.ts';
import { describeRevisions } from './store-contract-revision.ts';
import { describeRollUps } from './store-contract-roll-up.ts';
import {
  byKey,
  day,
  dayMs,
  hourMs,
  later,
  minuteMs,
  noRows,
  reading,
  seeded,
  whole,
  windowAt,
} from './store-samples.ts';

/** A started, empty store of one engine. */
export interface OpenStore {
  store: Store;
  /** Stops the store and starts another on the same data; only where data outlives the process. */
  reopen?: () => Promise<Store>;
  /** Stops what is running and removes the data. */
  close(): Promise<void>;
}

/** What every store must do, whatever the engine. A new engine gets all of it by one call. */
export function describeStore(
  name: string,
  open: () => Promise<OpenStore>,
  { durable = true } = {},
): void {
  describe(`store contract: ${name}`, () => {
    let opened: OpenStore;
    let store: Store;

    beforeEach(async () => {
      opened = await open();
      store = opened.store;
    });

    afterEach(() => opened.close());

    describe('refuses', () => {
      test('values that are no finite number and instants that no engine holds, and keeps the rest', async () => {
        const outcome = await store.write(
          batchOf([
            reading(day, Number.NaN),
            reading(day + 1, 1),
            reading(day + 2, Number.POSITIVE_INFINITY),
            reading(day + 0.5, 2),
            reading(-1, 3),
            reading(9.3e12, 4),
            reading(day + 3, 5),
          ]),
        );
        expect(outcome).toMatchObject({ stored: 2, duplicates: 0 });
        expect(outcome.refused.map(({ index }) => index)).toEqual([0, 2, 3, 4, 5]);
        for (const { detail } of outcome.refused) expect(detail).not.toBe('');
        expect((await store.raw(whole())).value).toEqual([1, 5]);
      });

      test('a query with more rows than asked for, raw and rolled up, and answers one that just fits', async () => {
        const at = [0, 1, 2].map((minute) => day + minute * minuteMs);
        await store.write(batchOf(at.map((instant) => reading(instant, 1))));
        await store.rollUp(
          '1m',
          at.map((start) => windowAt(start)),
          later,
        );
        await expect(store.raw(whole({ rowsMax: 2 }))).rejects.toBeInstanceOf(QueryTooLarge);
        await expect(store.rollups('1m', whole({ rowsMax: 2 }))).rejects.toMatchObject({
          code: 'query-too-large',
        });
        expect((await store.raw(whole({ rowsMax: 3 }))).at).toEqual(at);
        expect((await store.rollups('1m', whole({ rowsMax: 3 }))).at).toEqual(at);
      });
    });

    describe('writes and reads back', () => {
      test('readings in order of time, each series apart', async () => {
        const outcome = await store.write(
          batchOf([
            reading(day + 2, 30),
            reading(day, 10),
            reading(day + 1, 20),
            reading(day, 1, 'no2'),
            reading(day, 2, 'pm10', 'museum/roof'),
            reading(day, 3, 'pm10', 'school/hall'),
          ]),
        );
        expect(outcome).toEqual({ stored: 6, duplicates: 0, refused: [] });
        expect(await store.raw(whole())).toEqual({
          at: [day, day + 1, day + 2],
          value: [10, 20, 30],
          flag: [2, 2, 2],
          reasons: [0, 0, 0],
          receivedAt: [day + 250, day + 251, day + 252],
        });
        expect((await store.raw(whole({ metric: 'no2' }))).value).toEqual([1]);
        expect((await store.raw(whole({ device: 'museum/roof' }))).value).toEqual([2]);
        expect((await store.raw(whole({ device: 'school/hall' }))).value).toEqual([3]);
      });

      test('half-open ranges: the first instant belongs, the last does not', async () => {
        await store.write(batchOf([0, 1, 2, 3].map((ms) => reading(day + ms, ms))));
        expect((await store.raw(whole({ from: day + 1, to: day + 3 }))).value).toEqual([1, 2]);
        expect((await store.raw(whole({ from: day + 1, to: day + 1 }))).value).toEqual([]);
        expect((await store.raw(whole({ from: day + 3, to: day + 1 }))).value).toEqual([]);
      });

      test('nothing of a series that does not exist', async () => {
        expect(await store.raw(whole())).toEqual({
          at: [],
          value: [],
          flag: [],
          reasons: [],
          receivedAt: [],
        });
        expect(await store.rollups('1h', whole())).toEqual(noRows);
        await store.rollUp('1m', [windowAt(day)], later);
        expect(await store.rollups('1m', whole())).toEqual(noRows);
        expect(await store.latest()).toEqual([]);
      });

      test('an empty batch and an empty list of windows', async () => {
        expect(await store.write(batchOf([]))).toEqual({ stored: 0, duplicates: 0, refused: [] });
        await store.rollUp('1m', [], later);
        await store.rebuild('1m', { series: [], from: day, to: day + dayMs }, later);
        await store.judge([]);
        expect(await store.latest()).toEqual([]);
      });

      test('negative, huge, tiny and odd doubles to the last bit', async () => {
        const values = [
          -40.125,
          1.797_693_134_862_315_7e308,
          -1.797_693_134_862_315_7e308,
          5e-324,
          2.225_073_858_507_201_4e-308,
          0.1 + 0.2,
          1 / 3,
          1e21,
          123_456_789_012_345_680_000,
          0,
        ];
        await store.write(batchOf(values.map((value, index) => reading(day + index, value))));
        expect((await store.raw(whole())).value).toEqual(values);
      });

      test('the earliest and the latest instant there is', async () => {
        const at = [0, 9_223_372_036_000];
        expect(await store.write(batchOf(at.map((instant) => reading(instant, 1))))).toMatchObject({
          stored: 2,
        });
        expect((await store.raw(whole({ to: 9.3e12 }))).at).toEqual(at);
      });

      test('every metric of the catalogue', async () => {
        const batch = metricNames.map((metric, index) => reading(day, index, metric));
        expect(await store.write(batchOf(batch))).toMatchObject({ stored: metricNames.length });
        for (const [index, metric] of metricNames.entries()) {
          expect((await store.raw(whole({ metric }))).value).toEqual([index]);
        }
        expect(await store.latest()).toHaveLength(metricNames.length);
      });

      test('ids that are legal but look like something else', async () => {
        const longest = 'x'.repeat(64);
        const ids = ['__proto__', 'constructor', 'SELECT', '-', '_', '1e3', 'time', '--', longest];
        const devices = ids.flatMap((id): DeviceKey[] => [`${id}/value`, `provider/${id}`]);
        const batch = devices.map((device, index) => reading(day, index, 'pm10', device));
        expect(await store.write(batchOf(batch))).toMatchObject({ stored: batch.length });
        const windows = devices.map((device) => windowAt(day, { device }));
        await store.rollUp('1m', windows, later);
        for (const [index, device] of devices.entries()) {
          expect((await store.raw(whole({ device }))).value).toEqual([index]);
          expect((await store.rollups('1m', whole({ device }))).mean).toEqual([index]);
        }
        expect((await store.latest()).sort(byKey)).toEqual(batch.sort(byKey));
      });

      test('a batch of 5,000 readings of 500 devices', async () => {
        const batch = Array.from({ length: 5_000 }, (_, index) =>
          reading(day + Math.floor(index / 500), index, 'pm10', `fleet/device-${index % 500}`),
        );
        expect(await store.write(batchOf(batch))).toEqual({
          stored: 5_000,
          duplicates: 0,
          refused: [],
        });
        expect((await store.raw(whole({ device: 'fleet/device-499' }))).value).toEqual(
          Array.from({ length: 10 }, (_, row) => 499 + row * 500),
        );
        expect(await store.latest()).toHaveLength(500);
      });
    });

    describe('writes once', () => {
      test('a batch that comes twice', async () => {
        const batch = [reading(day, 1), reading(day + 1, 2), reading(day, 3, 'no2')];
        await store.write(batchOf(batch));
        expect(await store.write(batchOf(batch))).toEqual({
          stored: 0,
          duplicates: 3,
          refused: [],
        });
        expect((await store.raw(whole())).value).toEqual([1, 2]);
      });

      test('a key that comes several times in one batch: the last value stands', async () => {
        const outcome = await store.write(
          batchOf([reading(day, 1), reading(day + 1, 2), reading(day, 3), reading(day, 4)]),
        );
        expect(outcome).toEqual({ stored: 2, duplicates: 2, refused: [] });
        expect((await store.raw(whole())).value).toEqual([4, 2]);
      });

      test('a stored key with another value: the new value stands, also in latest', async () => {
        await store.write(batchOf([reading(day, 1), reading(day + 1, 2)]));
        const outcome = await store.write(batchOf([reading(day, 10), reading(day + 1, 20)]));
        expect(outcome).toEqual({ stored: 0, duplicates: 2, refused: [] });
        expect(await store.raw(whole())).toMatchObject({ at: [day, day + 1], value: [10, 20] });
        expect(await store.latest()).toEqual([reading(day + 1, 20)]);
      });

      test('late readings, new ones among known ones, in the same batch as newer ones', async () => {
        await store.write(batchOf([reading(day + 10, 10), reading(day + 30, 30)]));
        const outcome = await store.write(
          batchOf([
            reading(day + 40, 40),
            reading(day + 20, 20),
            reading(day + 10, 11),
            reading(day + 30, 30),
            reading(day + 10 - dayMs, 5),
            reading(day + 20, 21),
          ]),
        );
        expect(outcome).toEqual({ stored: 3, duplicates: 3, refused: [] });
        expect((await store.raw(whole())).value).toEqual([5, 11, 21, 30, 40]);
      });

      test('a mix of new, late, repeated and changed readings as the reference would', async () => {
        const random = seeded(7);
        const expected = new Map<number, number>();
        for (let round = 0; round < 12; round++) {
          const batch = Array.from({ length: 40 }, () =>
            reading(day + round * 10 + Math.floor(random() * 40), Math.floor(random() * 5)),
          );
          const known = new Set(expected.keys());
          for (const { at, value } of batch) expected.set(at, value);
          const stored = expected.size - known.size;
          const outcome = { stored, duplicates: batch.length - stored, refused: [] };
          expect(await store.write(batchOf(batch))).toEqual(outcome);
        }
        const rows = [...expected].sort(([a], [b]) => a - b);
        expect(await store.raw(whole())).toMatchObject({
          at: rows.map(([at]) => at),
          value: rows.map(([, value]) => value),
        });
      });

      test('the same readings in concurrent calls', async () => {
        const batches = Array.from({ length: 10 }, (_, index) => [
          reading(day + index, index),
          reading(day + 100, index),
        ]);
        const outcomes = await Promise.all(batches.map((batch) => store.write(batchOf(batch))));
        const total = (count: 'stored' | 'duplicates') =>
          outcomes.reduce((sum, outcome) => sum + outcome[count], 0);
        expect([total('stored'), total('duplicates')]).toEqual([11, 9]);
        expect((await store.raw(whole())).at).toHaveLength(11);
      });
    });

    describe('latest', () => {
      test('is the newest by event time, not the one that came last', async () => {
        await store.write(batchOf([reading(day + 5, 5), reading(day, 1, 'no2')]));
        await store.write(batchOf([reading(day + 1, 1), reading(day + 7, 7, 'no2')]));
        expect((await store.latest()).sort(byKey)).toEqual([
          reading(day + 7, 7, 'no2'),
          reading(day + 5, 5),
        ]);
      });
    });

    describeQuality(() => store);
    describeRollUps(() => store);
    describeRevisions(() => store);
    describeMany(() => store);

    describe('forgets', () => {
      test('whole UTC days before the instant, of that resolution alone', async () => {
        const at = [day, day + 23 * hourMs, day + dayMs, day + dayMs + hourMs];
        await store.write(batchOf(at.map((instant) => reading(instant, 1))));
        await store.rollUp(
          '1m',
          at.map((start) => windowAt(start)),
          later,
        );
        await store.forgetBefore('raw', day + dayMs - 1);
        expect((await store.raw(whole())).at).toEqual(at);
        // In the midst of a day: none of that day, so that none of its windows is ever made from a part.
        await store.forgetBefore('raw', day + dayMs + 2 * hourMs);
        expect((await store.raw(whole())).at).toEqual(at.slice(2));
        expect((await store.rollups('1m', whole())).at).toEqual(at);
        await store.forgetBefore('1m', day + dayMs);
        expect((await store.rollups('1m', whole())).at).toEqual(at.slice(2));
        expect((await store.raw(whole())).at).toEqual(at.slice(2));
      });

      test('a series whole, so that its readings may come again', async () => {
        const next = day + dayMs;
        await store.write(batchOf([reading(day, 1), reading(next, 2, 'no2')]));
        await store.forgetBefore('raw', next);
        expect(await store.latest()).toEqual([reading(next, 2, 'no2')]);
        expect(await store.write(batchOf([reading(day, 3)]))).toMatchObject({
          stored: 1,
          duplicates: 0,
        });
        expect((await store.raw(whole())).value).toEqual([3]);
      });
    });

    test('answers many calls at once', async () => {
      const calls = Array.from({ length: 20 }, async (_, n) => {
        const device: DeviceKey = `fleet/device-${n}`;
        await store.write(batchOf([reading(day + n, n, 'pm10', device)]));
        await store.rollUp('1m', [windowAt(day, { device })], later);
        await store.ping();
        return (await store.rollups('1m', whole({ device }))).mean;
      });
      expect(await Promise.all(calls)).toEqual(calls.map((_, n) => [n]));
    });

    // A capability rather than a skipped test: what keeps nothing by design has nothing to prove here.
    if (durable)
      test('keeps everything when it is stopped and started again', async () => {
        const { reopen } = opened;
        if (!reopen) throw new Error('a durable store must be reopened here');
        await store.write(batchOf([reading(day, 1), reading(day + 1, 2), reading(day, 3, 'no2')]));
        await store.rollUp('1m', [windowAt(day)], later);
        store = await reopen();
        expect((await store.raw(whole())).value).toEqual([1, 2]);
        expect((await store.rollups('1m', whole())).mean).toEqual([1.5]);
        expect((await store.latest()).sort(byKey)).toEqual([
          reading(day, 3, 'no2'),
          reading(day + 1, 2),
        ]);
        const again = [reading(day, 1), reading(day + 2, 4), reading(day + 1, 9, 'no2')];
        expect(await store.write(batchOf(again))).toEqual({
          stored: 2,
          duplicates: 1,
          refused: [],
        });
        expect((await store.raw(whole())).value).toEqual([1, 2, 4]);
      });
  });
}
