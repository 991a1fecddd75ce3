import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Tier, tierWidthMs } from '../../../broker/contract/windows.ts';
import {
  coverageOf,
  holdMsMax,
  reachMs,
  rollUpRows,
  rollUpSamples,
  type SeriesShape,
  slotOf,
  sourceOf,
} from '../../../ingest/domain/roll-up.ts';
import { createMemoryStore } from '../../../ingest/store/memory.ts';
import { batchOf } from '../../../ingest/store/reading-batch.ts';
import type { StoredReading } from '../../../ingest/store/store.ts';

const minuteMs = 60_000;
const hourMs = 3_600_000;
const dayMs = 86_400_000;
const day = Date.UTC(2025, 10, 13);
const gauge = (intervalMs: number): SeriesShape => ({ kind: 'gauge', intervalMs });
const state = (intervalMs: number): SeriesShape => ({ kind: 'state', intervalMs });

type Sample = readonly [at: number, value: number, flag?: number];

const roll = (tier: Tier, shape: SeriesShape, start: number, list: readonly Sample[]) =>
  rollUpSamples(tier, shape, start, {
    samples: {
      at: list.map(([at]) => at),
      value: list.map(([, value]) => value),
      flag: list.map(([, , flag = 2]) => flag),
    },
    begin: 0,
    end: list.length,
  });

describe('nominal intervals', () => {
  test.each([
    { name: 'begin with the hour', intervalMs: 145_000, at: 0, slot: 0 },
    { name: 'last until the next begins', intervalMs: 145_000, at: 144_999, slot: 0 },
    { name: 'follow one another', intervalMs: 145_000, at: 145_000, slot: 1 },
    { name: 'are cut short at the end of the hour', intervalMs: 145_000, at: hourMs - 1, slot: 24 },
    { name: 'begin anew with the next hour', intervalMs: 145_000, at: hourMs, slot: 25 },
    { name: 'may be minutes', intervalMs: minuteMs, at: 61 * minuteMs, slot: 61 },
    { name: 'may be an hour', intervalMs: hourMs, at: 2 * hourMs + 1, slot: 2 },
    { name: 'beyond an hour begin with the day', intervalMs: 6 * hourMs, at: 7 * hourMs, slot: 1 },
    { name: 'of a day are one', intervalMs: dayMs, at: dayMs - 1, slot: 0 },
    { name: 'beyond a day are cut at the day', intervalMs: 2 * dayMs, at: dayMs, slot: 1 },
  ])('$name', ({ intervalMs, at, slot }) => {
    expect(slotOf(day + at, intervalMs) - slotOf(day, intervalMs)).toBe(slot);
  });
});

describe('coverage', () => {
  test.each([
    { name: 'a full hour', tier: '1h', intervalMs: minuteMs, samples: 60, expected: 1 },
    { name: 'half an hour', tier: '1h', intervalMs: minuteMs, samples: 30, expected: 0.5 },
    {
      name: '19 samples at 145 s, which is valid',
      tier: '1h',
      intervalMs: 145_000,
      samples: 19,
      expected: 2755 / 3600,
    },
    {
      name: '18 samples at 145 s, which is not',
      tier: '1h',
      intervalMs: 145_000,
      samples: 18,
      expected: 0.725,
    },
    { name: 'no more than all', tier: '1h', intervalMs: 145_000, samples: 25, expected: 1 },
  ] as const)('of $name', ({ tier, intervalMs, samples, expected }) => {
    const minutes = Array.from({ length: samples }, (_, index) => {
      const at = day + index * intervalMs;
      return roll('1m', gauge(intervalMs), at - (at % minuteMs), [[at, 1]]);
    }).flatMap((row) => row ?? []);
    const row = rollUpRows(tier, gauge(intervalMs), day, minutes);
    expect(row && coverageOf(row, tier)).toBe(expected);
  });

  test('counts an interval once that two minutes share', () => {
    const shape = gauge(145_000);
    const minutes = [0, 60_000, 144_000, 145_000].map((ms) => {
      const at = day + ms;
      return roll('1m', shape, at - (at % minuteMs), [[at, 1]]);
    });
    const rows = minutes.flatMap((row) => row ?? []).slice(0, 3);
    expect(rollUpRows('1h', shape, day, rows)).toMatchObject({ slots: 1, coveredMs: 145_000 });
  });
});

describe('sources', () => {
  test.each([
    ['1m', 'gauge', 'raw'],
    ['1m', 'state', 'raw'],
    ['1h', 'gauge', '1m'],
    ['1h', 'counter', '1m'],
    ['1h', 'state', 'raw'],
    ['1d', 'gauge', '1h'],
    ['1d', 'state', '1h'],
  ] as const)('%s of a %s is made from %s', (tier, kind, source) => {
    expect(sourceOf(tier, kind)).toBe(source);
  });

  test('hours of states reach as far as a state may hold: three intervals, three days at the most', () => {
    expect(reachMs('1h', state(minuteMs))).toBe(3 * minuteMs);
    expect(holdMsMax(2 * dayMs)).toBe(3 * dayMs);
    expect(reachMs('1m', state(minuteMs))).toBe(0);
    expect(reachMs('1h', gauge(minuteMs))).toBe(0);
  });
});

describe('statistics of a window', () => {
  test('say nothing of nothing', () => {
    expect(roll('1m', gauge(minuteMs), day, [])).toBeUndefined();
    expect(rollUpRows('1h', gauge(minuteMs), day, [])).toBeUndefined();
  });

  test('weigh a burst no more than a calm minute (naive 50.0, in two stages 20.99)', () => {
    // 60 minutes at 20, one of them with 59 further samples that pull the naive mean to 50.
    const calm = Array.from({ length: 60 }, (_, minute): Sample => [day + minute * minuteMs, 20]);
    const burst = Array.from({ length: 59 }, (_, index): Sample => {
      return [day + 30 * minuteMs + (index + 1) * 1_000, (119 * 50 - 60 * 20) / 59];
    });
    const naive = [...calm, ...burst].reduce((sum, [, value]) => sum + value, 0) / 119;
    expect(naive).toBeCloseTo(50, 9);
    const rows = calm.flatMap(([start], minute) => {
      const own = minute === 30 ? burst : [];
      return roll('1m', gauge(minuteMs), start, [[start, 20], ...own]) ?? [];
    });
    expect(rollUpRows('1h', gauge(minuteMs), day, rows)?.mean).toBeCloseTo(20.99, 2);
  });

  test('have an exact variance where sums of squares have none', () => {
    const row = roll('1m', gauge(20_000), day, [
      [day, 1e8 + 1],
      [day + 20_000, 1e8 + 2],
      [day + 40_000, 1e8 + 3],
    ]);
    expect(row && row.m2 / row.count).toBe(2 / 3);
  });

  test('of a state are weighted by time, but not across gaps longer than three intervals', () => {
    const shape = state(5 * minuteMs);
    const row = roll('1h', shape, day, [
      [day - 10 * minuteMs, 1],
      [day + 5 * minuteMs, 0],
      [day + 15 * minuteMs, 1],
      [day + 45 * minuteMs, 1],
      [day + 50 * minuteMs, 0],
    ]);
    // Held: 1 for 5 min, 0 for 10, then a gap of 30, 1 for 5.
    expect(row).toMatchObject({
      mean: 0.5,
      coveredMs: 20 * minuteMs,
      count: 4,
      max: 1,
      maxAt: day,
    });
  });

  test('of a state that was held through the whole window are there without a sample', () => {
    const shape = state(hourMs);
    const row = roll('1h', shape, day + hourMs, [
      [day + 30 * minuteMs, 40],
      [day + 150 * minuteMs, 60],
    ]);
    expect(row).toMatchObject({ count: 0, mean: 40, min: 40, coveredMs: hourMs, first: null });
  });

  test('of a state pass over bad samples: the one before holds on', () => {
    const row = roll('1h', state(20 * minuteMs), day, [
      [day, 10],
      [day + 20 * minuteMs, 9_999, 4],
      [day + 40 * minuteMs, 20],
      [day + 80 * minuteMs, 20],
    ]);
    expect(row).toMatchObject({ mean: (40 * 10 + 20 * 20) / 60, bad: 1, max: 20 });
  });
});

/** Plain statistics of a naive recomputation, written without looking at the code under test. */
function naive(
  readings: ReadonlyMap<number, { value: number; flag: number }>,
  start: number,
  width: number,
) {
  const own = [...readings]
    .filter(([at]) => at >= start && at < start + width)
    .sort(([a], [b]) => a - b);
  const usable = own.filter(([, { flag }]) => flag !== 4);
  const values = usable.map(([, { value }]) => value);
  const byMinute = new Map<number, number[]>();
  for (const [at, { value }] of usable) {
    const minute = Math.floor(at / minuteMs);
    byMinute.set(minute, [...(byMinute.get(minute) ?? []), value]);
  }
  const average = (list: readonly number[]) => list.reduce((sum, x) => sum + x, 0) / list.length;
  return {
    count: values.length,
    stagedMean: values.length > 0 ? average([...byMinute.values()].map(average)) : null,
    squares: values.reduce((sum, x) => sum + (x - average(values)) ** 2, 0),
    min: values.length > 0 ? Math.min(...values) : null,
    max: values.length > 0 ? Math.max(...values) : null,
    first: usable[0]?.[1].value ?? null,
    lastAt: usable.at(-1)?.[0] ?? null,
    bad: own.length - usable.length,
    isThere: own.length > 0,
  };
}

const device = 'museum/hall' as const;
const metric = 'pm10' as const;
const intervalMs = 145_000;

const sampleOf = fc.record({
  // Few instants over two hours, so that keys come twice.
  at: fc.integer({ min: 0, max: 720 }).map((tenths) => day + tenths * 10_000),
  value: fc.integer({ min: -400, max: 20_000 }).map((tenths) => tenths / 10),
  flag: fc.constantFrom(1 as const, 2 as const, 3 as const, 4 as const),
});

const toReading = ({ at, value, flag }: { at: number; value: number; flag: 1 | 2 | 3 | 4 }) =>
  ({ device, metric, at, value, flag, reasons: 0, receivedAt: at }) satisfies StoredReading;

/** Writes batches, and after each of them rolls up what it touched, as late data does. */
async function tiersOf(batches: readonly (readonly StoredReading[])[]) {
  const store = createMemoryStore();
  for (const batch of batches) {
    await store.write(batchOf(batch));
    for (const tier of ['1m', '1h', '1d'] as const) {
      const starts = new Set(batch.map(({ at }) => at - (at % tierWidthMs[tier])));
      const windows = [...starts].map((start) => ({ device, metric, start, intervalMs }));
      await store.rollUp(tier, windows, day);
    }
  }
  const query = { device, metric, from: 0, to: day + dayMs, rowsMax: 10_000 };
  return Promise.all((['1m', '1h', '1d'] as const).map((tier) => store.rollups(tier, query)));
}

describe('tiers', () => {
  const seed = 20251113;

  test('are the same for any order, repetition, split into batches and late arrival', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.uniqueArray(sampleOf, { selector: ({ at }) => at, minLength: 1, maxLength: 60 }),
        fc.array(fc.nat(), { minLength: 60, maxLength: 60 }),
        fc.integer({ min: 1, max: 7 }),
        async (samples, keys, batchSize) => {
          const readings = samples.map(toReading);
          const inOrder = [...readings].sort((a, b) => a.at - b.at);
          const shuffled = readings
            .map((reading, index) => ({ reading, key: keys[index] ?? 0 }))
            .sort((a, b) => a.key - b.key)
            .map(({ reading }) => reading);
          const repeated = [...shuffled, ...shuffled.slice(0, 5)];
          const batches: StoredReading[][] = [];
          for (let index = 0; index < repeated.length; index += batchSize) {
            batches.push(repeated.slice(index, index + batchSize));
          }
          expect(await tiersOf(batches)).toEqual(await tiersOf([inOrder]));
        },
      ),
      { seed, numRuns: 60 },
    );
  });

  test('are what a naive recomputation gives', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(sampleOf, { minLength: 1, maxLength: 80 }), async (samples) => {
        const last = new Map(samples.map((sample) => [sample.at, sample]));
        const [, hours] = await tiersOf([[...last.values()].map(toReading)]);
        for (const start of [day, day + hourMs, day + 2 * hourMs]) {
          const wanted = naive(last, start, hourMs);
          const row = hours?.at.indexOf(start) ?? -1;
          expect(row >= 0).toBe(wanted.isThere);
          if (row < 0) continue;
          expect(hours).toBeDefined();
          const at = <T>(column: readonly T[] | undefined) => column?.[row];
          expect(at(hours?.count)).toBe(wanted.count);
          expect(at(hours?.flags)?.[3]).toBe(wanted.bad);
          expect(at(hours?.min)).toBe(wanted.min);
          expect(at(hours?.max)).toBe(wanted.max);
          expect(at(hours?.first)).toBe(wanted.first);
          expect(at(hours?.lastAt)).toBe(wanted.lastAt);
          if (wanted.stagedMean === null) expect(at(hours?.mean)).toBeNull();
          else expect(at(hours?.mean)).toBeCloseTo(wanted.stagedMean, 9);
          expect(at(hours?.m2)).toBeCloseTo(wanted.squares, 3);
        }
      }),
      { seed, numRuns: 80 },
    );
  });

  test('have coverage by distinct intervals, whatever comes in bursts', () => {
    fc.assert(
      fc.property(
        fc.uniqueArray(fc.integer({ min: 0, max: 3_599 }), { minLength: 1, maxLength: 300 }),
        (seconds) => {
          const sorted = [...seconds].sort((a, b) => a - b);
          const rows = Array.from({ length: 60 }, (_, minute) =>
            roll(
              '1m',
              gauge(intervalMs),
              day + minute * minuteMs,
              sorted
                .filter((second) => Math.floor(second / 60) === minute)
                .map((second): Sample => [day + second * 1_000, second]),
            ),
          ).flatMap((row) => row ?? []);
          const distinct = new Set(sorted.map((second) => Math.floor(second / 145))).size;
          expect(rollUpRows('1h', gauge(intervalMs), day, rows)).toMatchObject({
            slots: distinct,
            coveredMs: Math.min(hourMs, distinct * intervalMs),
          });
        },
      ),
      { seed, numRuns: 100 },
    );
  });

  test('of states are the integral of what was held, in any mixture of gaps', () => {
    fc.assert(
      fc.property(
        fc.uniqueArray(fc.integer({ min: -30, max: 90 }), { minLength: 1, maxLength: 40 }),
        (minutes) => {
          const shape = state(5 * minuteMs);
          const samples = [...minutes]
            .sort((a, b) => a - b)
            .map((minute): Sample => [day + minute * minuteMs, Math.abs(minute) % 7]);
          // Naive: look at every minute of the hour and ask which state held in it.
          let [held, weighted] = [0, 0];
          for (let minute = 0; minute < 60; minute++) {
            const at = day + minute * minuteMs;
            const before = samples.filter(([instant]) => instant <= at).at(-1);
            const after = samples.find(([instant]) => instant > at);
            if (!before || !after || after[0] - before[0] > 15 * minuteMs) continue;
            held++;
            weighted += before[1];
          }
          const row = roll('1h', shape, day, samples);
          expect(row?.coveredMs ?? 0).toBe(held * minuteMs);
          if (held > 0) expect(row?.mean).toBeCloseTo(weighted / held, 9);
        },
      ),
      { seed, numRuns: 200 },
    );
  });
});
