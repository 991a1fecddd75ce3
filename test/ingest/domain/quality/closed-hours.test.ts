import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { reasonBits, reasonNames } from '../../../../broker/contract/quality.ts';
import { judgeHours } from '../../../../ingest/domain/quality/closed-hours.ts';
import { medianAndDeviation } from '../../../../ingest/domain/quality/median.ts';
import type { Thresholds } from '../../../../ingest/domain/quality/rule-set.ts';
import { thresholdsFor } from '../../../../ingest/domain/quality/thresholds.ts';

const minute = 60_000;
const hour = 60 * minute;
const start = 500_000 * hour;
const particles = thresholdsFor({ metric: 'pm10' });

interface Columns {
  at: number[];
  value: number[];
  flag: number[];
  reasons: number[];
}

/** Samples as `[minutes after the start, value]`, as they are at arrival: in range. */
function columnsOf(samples: readonly (readonly [minutes: number, value: number])[]): Columns {
  return {
    at: samples.map(([minutes]) => start + minutes * minute),
    value: samples.map(([, value]) => value),
    flag: samples.map(() => 1),
    reasons: samples.map(() => 0),
  };
}

const every = (minutes: number, values: readonly number[]): [number, number][] =>
  values.map((value, index) => [index * minutes, value]);

/** Reasons by the place of the sample, after judging `hours` hours. */
function judged(
  columns: Columns,
  { thresholds = particles, intervalMs = minute, hours = 24 }: Partial<Options> = {},
): Record<number, string[]> {
  const context = { thresholds, intervalMs, from: start, to: start + hours * hour };
  const changed = judgeHours(columns, context);
  return Object.fromEntries(changed.map(({ index, reasons }) => [index, reasonNames(reasons)]));
}

interface Options {
  thresholds: Thresholds;
  intervalMs: number;
  hours: number;
}

const only = (...names: (keyof Thresholds)[]): Thresholds =>
  Object.fromEntries(Object.entries(particles).filter(([name]) => names.includes(name as never)));

describe('the spike test', () => {
  const thresholds = only('spike', 'spikeFail');
  it.each([
    ['the smaller of two opposite steps counts', [10, 70, 12], { 1: ['spike'] }],
    ['exactly the threshold passes', [10, 60, 10], {}],
    ['beyond the fail threshold it is bad', [10, 250, 20], { 1: ['spike-fail'] }],
    ['exactly the fail threshold is suspect', [10, 210, 10], { 1: ['spike'] }],
    ['a step up that stays is none', [10, 70, 65], {}],
    ['a slope is none', [10, 110, 210], {}],
    ['a hole is one too', [200, 100, 180], { 1: ['spike'] }],
    ['neighbours of a spike are not marked', [10, 12, 300, 11, 10], { 2: ['spike-fail'] }],
    ['the first and the last sample have no verdict', [300, 10, 300], { 1: ['spike-fail'] }],
    ['one sample has none', [300], {}],
  ] as const)('%s', (_what, values, expected) => {
    expect(judged(columnsOf(every(1, values)), { thresholds })).toEqual(expected);
  });

  it('says nothing beside a gap of more than three intervals', () => {
    const near = columnsOf([
      [0, 10],
      [3, 90],
      [4, 10],
    ]);
    const far = columnsOf([
      [0, 10],
      [4, 90],
      [5, 10],
    ]);
    expect(judged(near, { thresholds })).toEqual({ 1: ['spike'] });
    expect(judged(far, { thresholds })).toEqual({});
  });

  it('is not misled by a sample that was bad at arrival', () => {
    const columns = columnsOf(every(1, [10, 999, 11, 10]));
    columns.flag[1] = 4;
    columns.reasons[1] = reasonBits.range;
    expect(judged(columns, { thresholds })).toEqual({});
  });
});

describe('the flat line test', () => {
  const thresholds = only('flatTolerance', 'flatAbove', 'flatSuspectMs', 'flatFailMs');
  const options = { thresholds, intervalMs: 10 * minute };
  const flat = (count: number, value: number) => Array.from({ length: count }, () => value);
  const from = (first: number, last: number, name: string) =>
    Object.fromEntries(
      Array.from({ length: last - first + 1 }, (_, index) => [first + index, [name]]),
    );

  it('suspects a value that has not changed for an hour, from then on', () => {
    expect(judged(columnsOf(every(10, flat(7, 8))), options)).toEqual({ 6: ['flat-line'] });
    expect(judged(columnsOf(every(10, flat(6, 8))), options)).toEqual({});
  });

  it('calls it bad after three hours', () => {
    expect(judged(columnsOf(every(10, flat(20, 8))), options)).toEqual({
      ...from(6, 17, 'flat-line'),
      ...from(18, 19, 'flat-line-fail'),
    });
  });

  it.each([
    ['changes by less than the tolerance', 0.049, { 6: ['flat-line'] }],
    ['changes by the tolerance', 0.05, {}],
  ])('looks at a value that %s', (_what, change, expected) => {
    const values = flat(7, 0).map((_, index) => 8 + (index % 2) * change);
    // 8 + 0.05 - 8 is a little more than 0.05 in binary, which is on the right side.
    expect(judged(columnsOf(every(10, values)), options)).toEqual(expected);
  });

  it('leaves low values of particles alone', () => {
    expect(judged(columnsOf(every(10, flat(20, 2))), options)).toEqual({});
    expect(judged(columnsOf(every(10, flat(7, 2.1))), options)).toEqual({ 6: ['flat-line'] });
  });

  it('begins anew after a gap', () => {
    const samples = [...every(10, flat(4, 8)), ...every(10, flat(4, 8)).map(shifted(70))];
    expect(judged(columnsOf(samples), options)).toEqual({});
  });

  it('begins anew after a change', () => {
    const values = [...flat(5, 8), 9, ...flat(7, 8)];
    expect(judged(columnsOf(every(10, values)), options)).toEqual({ 12: ['flat-line'] });
  });

  it('holds for temperatures with their own tolerance', () => {
    const temperature = thresholdsFor({ metric: 'temperature' });
    const wobbling = flat(7, 0).map((_, index) => -5 + (index % 2) * 0.009);
    const options = { thresholds: temperature, intervalMs: 10 * minute };
    expect(judged(columnsOf(every(10, wobbling)), options)).toEqual({ 6: ['flat-line'] });
  });

  it('gives no verdict, and so no good, to the first hour of data', () => {
    const columns = columnsOf(every(10, flat(3, 8)));
    columns.flag.fill(2);
    expect(judged(columns, options)).toEqual({});
    const moving = columnsOf(every(10, [8, 9, 8]));
    moving.flag.fill(2);
    const context = { thresholds, intervalMs: 10 * minute, from: start, to: start + hour };
    expect(judgeHours(moving, context).map(({ index, flag }) => [index, flag])).toEqual([
      [1, 1],
      [2, 1],
    ]);
  });
});

describe('the Hampel test', () => {
  const thresholds = only('outlierFloor');
  it.each([
    // Median 10, deviation 0: the floor of 2 counts, so the limit is 6.
    ['beyond three times the floor', [10, 10, 10, 16.1, 10, 10, 10], { 3: ['outlier'] }],
    ['at three times the floor', [10, 10, 10, 16, 10, 10, 10], {}],
    // Median 10, deviations 4 4 2 x 0 2 4: MAD 4 (of 4,4,2,30,0,2,4), limit 3 * 5.93 = 17.79.
    ['within three deviations', [6, 14, 8, 27, 10, 12, 6], {}],
    ['beyond three deviations', [6, 14, 8, 28.1, 10, 12, 6], { 3: ['outlier'] }],
    ['of fewer than seven samples', [10, 10, 90, 10, 10, 10], {}],
    ['near the edge', [10, 10, 90, 10, 10, 10, 10, 10], {}],
  ] as const)('looks at a value %s', (_what, values, expected) => {
    expect(judged(columnsOf(every(1, values)), { thresholds })).toEqual(expected);
  });

  it('looks at 25 samples at the most', () => {
    // 12 samples to the left at 100, 12 to the right at 10: a step is not an outlier at either side.
    const values = [...Array(20).fill(100), ...Array(20).fill(10)];
    expect(judged(columnsOf(every(1, values)), { thresholds })).toEqual({});
  });

  it('does not look across a gap', () => {
    const samples = [...every(1, [10, 10, 10]), ...every(1, [60, 10, 10, 10]).map(shifted(7))];
    expect(judged(columnsOf(samples), { thresholds })).toEqual({});
  });

  it.each([
    [[1, 2, 3, 4, 100], 3, 1],
    [[1, 1, 2, 2, 4, 6, 9], 2, 1],
    [[5, 5], 5, 0],
    [[1, 2], 1.5, 0.5],
  ])('finds median and deviation of %j', (values, median, deviation) => {
    const found = medianAndDeviation(Float64Array.from(values));
    expect(found.median).toBe(median);
    expect(found.deviation).toBeCloseTo(1.4826 * deviation, 12);
  });
});

describe('the noise test', () => {
  const thresholds = only('noiseMax', 'flatAbove');
  it('suspects an hour whose standard deviation is more than a third of its mean', () => {
    // Mean 10; of six values 10 ± d the sample standard deviation is d * sqrt(6/5).
    const noisy = (d: number) => every(10, [10 - d, 10 + d, 10 - d, 10 + d, 10 - d, 10 + d]);
    expect(Object.keys(judged(columnsOf(noisy(3.02)), { thresholds }))).toHaveLength(6);
    expect(judged(columnsOf(noisy(3.01)), { thresholds })).toEqual({});
  });

  it('does not blame the hour for one spike', () => {
    const values = Array.from({ length: 60 }, (_, index) => (index === 30 ? 90 : 10 + (index % 3)));
    expect(judged(columnsOf(every(1, values)))).toEqual({ 30: ['spike', 'outlier'] });
  });

  it.each([
    ['fewer than six samples', every(10, [1, 20, 1, 20, 1])],
    ['a mean that is next to nothing', every(10, [0, 4, 0, 4, 0, 4])],
    ['six samples in two hours', every(12, [5, 50, 5, 50, 5, 50])],
  ])('says nothing of %s', (_what, samples) => {
    expect(judged(columnsOf(samples), { thresholds })).toEqual({});
  });
});

describe('judging closed hours', () => {
  it('keeps the reasons of arrival and of neighbours, and takes its own away when they are over', () => {
    const columns = columnsOf(every(10, [10, 11, 12, 10, 11, 12, 10]));
    columns.reasons.fill(reasonBits.humidity | reasonBits.neighbours | reasonBits.spike);
    columns.flag.fill(3);
    expect(judged(columns, { intervalMs: 10 * minute })).toEqual(
      Object.fromEntries(columns.at.map((_, index) => [index, ['humidity', 'neighbours']])),
    );
  });

  it('judges within its hours only, with what lies around them as context', () => {
    const values = Array.from({ length: 180 }, (_, index) => (index % 60 === 30 ? 100 : 10));
    const columns = columnsOf(every(1, values));
    const context = {
      thresholds: only('spike', 'spikeFail'),
      intervalMs: minute,
      from: start + hour,
      to: start + 2 * hour,
    };
    expect(judgeHours(columns, context).map(({ index }) => index)).toEqual([90]);
  });

  it('has nothing to say of nothing, or without thresholds', () => {
    expect(judged(columnsOf([]))).toEqual({});
    expect(judged(columnsOf(every(1, [1, 500, 1, 1, 1])), { thresholds: {} })).toEqual({});
  });

  const sample = fc.record({
    gap: fc.constantFrom(1, 1, 1, 1, 2, 5, 60, 200),
    value: fc.oneof(fc.integer({ min: 0, max: 30 }), fc.constantFrom(8, 8, 8, 100, 400, 900)),
    arrival: fc.constantFrom(0, 0, 0, reasonBits.humidity, reasonBits.range, reasonBits.neighbours),
    isJudged: fc.boolean(),
  });

  it('again changes nothing, and never makes a bad sample of arrival better', () => {
    fc.assert(
      fc.property(fc.array(sample, { maxLength: 300 }), (samples) => {
        let at = 0;
        const columns = columnsOf(
          samples.map(({ gap, value }) => {
            at += gap;
            return [at, value];
          }),
        );
        samples.forEach(({ arrival, isJudged }, index) => {
          columns.reasons[index] = arrival;
          const isBad = arrival === reasonBits.range;
          columns.flag[index] = isBad ? 4 : arrival !== 0 ? 3 : isJudged ? 1 : 2;
        });
        const context = {
          thresholds: particles,
          intervalMs: minute,
          from: start,
          to: start + 99 * hour,
        };
        for (const { index, flag, reasons } of judgeHours(columns, context)) {
          expect(reasons & (samples[index]?.arrival ?? 0)).toBe(samples[index]?.arrival);
          expect(samples[index]?.arrival).not.toBe(reasonBits.range);
          columns.flag[index] = flag;
          columns.reasons[index] = reasons;
        }
        expect(judgeHours(columns, context)).toEqual([]);
      }),
      { seed: 4, numRuns: 300 },
    );
  });

  it('finds the same flat lines as looking at every window does', () => {
    const thresholds = only('flatTolerance', 'flatAbove', 'flatSuspectMs', 'flatFailMs');
    const value = fc.constantFrom(8, 8, 8, 8, 8.03, 8.06, 9);
    fc.assert(
      fc.property(fc.array(value, { maxLength: 400 }), (values) => {
        const columns = columnsOf(every(1, values));
        const found = judged(columns, { thresholds });
        values.forEach((_, index) => {
          const isFlatFor = (minutes: number) => {
            if (index < minutes) return false;
            const window = values.slice(index - minutes, index + 1);
            return Math.max(...window) - Math.min(...window) < 0.05;
          };
          const expected = isFlatFor(180)
            ? 'flat-line-fail'
            : isFlatFor(60)
              ? 'flat-line'
              : undefined;
          expect(found[index]?.[0]).toBe(expected);
        });
      }),
      { seed: 11, numRuns: 60 },
    );
  });
});

function shifted(minutes: number): (sample: [number, number]) => [number, number] {
  return ([at, value]) => [at + minutes, value];
}
