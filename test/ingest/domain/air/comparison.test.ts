import { describe, expect, it } from 'vitest';
import { compare } from '../../../../ingest/domain/air/comparison.ts';
import {
  deming,
  leastSquares,
  momentsOf,
  reducedMajorAxis,
  rSquared,
} from '../../../../ingest/domain/air/regression.ts';

const hour = 3_600_000;
const from = Date.parse('2025-01-31T23:00:00Z');
const hours = (count: number, value: (index: number) => number | null, coverage = 1) => ({
  at: Array.from({ length: count }, (_, index) => from + index * hour),
  mean: Array.from({ length: count }, (_, index) => value(index)),
  coverage: new Array<number>(count).fill(coverage),
});
const question = (count: number) => ({
  device: 'makers/1' as const,
  reference: 'office/1' as const,
  metric: 'pm10' as const,
  from,
  to: from + count * hour,
});
const truth = (index: number) => 20 + 10 * Math.sin(index / 5);

describe('a device beside a reference', () => {
  it('has bias, relative bias, error and a line', () => {
    const found = compare(
      question(600),
      hours(600, (i) => 3 + 1.2 * truth(i)),
      hours(600, truth),
    );
    expect(found).toMatchObject({
      status: 'sufficient',
      pairs: 600,
      possiblePairs: 600,
      coverage: 1,
      unit: 'µg/m³',
    });
    const { fit } = found;
    expect(fit?.ols?.slope).toBeCloseTo(1.2, 9);
    expect(fit?.ols?.intercept).toBeCloseTo(3, 9);
    expect(fit?.deming?.slope).toBeCloseTo(1.2, 9);
    expect(fit?.rma?.slope).toBeCloseTo(1.2, 9);
    expect(fit?.r2).toBeCloseTo(1, 12);
    expect(fit?.bias).toBeCloseTo((fit?.meanDevice ?? 0) - (fit?.meanReference ?? 0), 9);
    expect(fit?.relativeBias).toBeCloseTo((fit?.bias ?? 0) / (fit?.meanReference ?? 1), 9);
  });

  it('that is the reference has no error', () => {
    const { fit, drift } = compare(question(600), hours(600, truth), hours(600, truth));
    expect(fit).toMatchObject({ bias: 0, rmse: 0, relativeBias: 0 });
    expect(drift.months).toMatchObject([{ bias: 0 }]);
  });

  it('says nothing from less than the hours of a valid day, and that a month would be needed', () => {
    const of = (count: number) => compare(question(600), hours(count, truth), hours(600, truth));
    expect(of(0)).toMatchObject({ status: 'too-few', pairs: 0, fit: null, coverage: 0 });
    expect(of(17)).toMatchObject({ status: 'too-few', fit: null });
    expect(of(18).status).toBe('short');
    expect(of(539).status).toBe('short');
    expect(of(540)).toMatchObject({ status: 'sufficient', coverage: 0.9 });
    expect(of(0).needs).toEqual({ pairsMin: 18, pairsSufficient: 540, pairsPerMonth: 72 });
  });

  it('leaves out hours that one of them lacks: gaps, null, too little coverage', () => {
    const device = hours(100, (i) => (i % 2 === 0 ? null : truth(i)));
    const reference = hours(100, (i) => (i < 50 ? truth(i) : null));
    expect(compare(question(100), device, reference)).toMatchObject({
      pairs: 25,
      possiblePairs: 50,
      coverage: 0.5,
    });
    expect(compare(question(100), hours(100, truth, 0.74), hours(100, truth)).pairs).toBe(0);
  });

  it('leaves out hours outside of the span', () => {
    const found = compare(
      { ...question(30), from: from + 5 * hour },
      hours(100, truth),
      hours(100, truth),
    );
    expect(found.pairs).toBe(25);
  });

  it('drifts by what its differences grow in 30 days, month by month', () => {
    const days = 59;
    const growth = 3 / (30 * 24);
    const found = compare(
      question(days * 24),
      hours(days * 24, (i) => truth(i) + i * growth),
      hours(days * 24, truth),
    );
    expect(found.drift.biasPer30Days).toBeCloseTo(3, 6);
    expect(found.drift.months.map(({ pairs }) => pairs)).toEqual([28 * 24, 31 * 24]);
    const [february, march] = found.drift.months;
    expect((march?.bias ?? 0) - (february?.bias ?? 0)).toBeCloseTo((3 * 29.5) / 30, 3);
  });

  it('has no drift to show from one month, nor from months with few hours', () => {
    expect(
      compare(question(600), hours(600, truth), hours(600, truth)).drift.biasPer30Days,
    ).toBeNull();
    const short = compare(
      question(28 * 24 + 71),
      hours(28 * 24 + 71, truth),
      hours(28 * 24 + 71, truth),
    );
    expect(short.drift).toMatchObject({ biasPer30Days: null, months: [{ pairs: 28 * 24 }] });
  });

  it('has no relative bias where the reference reads nothing', () => {
    const { fit } = compare(
      question(48),
      hours(48, () => 5),
      hours(48, () => 0),
    );
    expect(fit).toMatchObject({
      bias: 5,
      relativeBias: null,
      r2: null,
      ols: null,
      deming: null,
      rma: null,
    });
  });
});

describe('lines', () => {
  it('are those of worked examples', () => {
    const moments = momentsOf([1, 2, 3, 4], [2, 4, 5, 8]);
    // About the means 2.5 and 4.75: xx 5, yy 18.75, xy 9.5.
    expect(moments).toMatchObject({ xx: 5, yy: 18.75, xy: 9.5 });
    expect(leastSquares(moments)).toEqual({ slope: 1.9, intercept: 0 });
    expect(reducedMajorAxis(moments)?.slope).toBeCloseTo(Math.sqrt(3.75), 12);
    expect(deming(moments)?.slope).toBeCloseTo((13.75 + Math.hypot(13.75, 19)) / 19, 12);
    expect(rSquared(moments)).toBeCloseTo(9.5 ** 2 / (5 * 18.75), 12);
  });

  it('fall where both run against each other', () => {
    const moments = momentsOf([1, 2, 3], [6, 4, 2]);
    expect(leastSquares(moments)?.slope).toBe(-2);
    expect(reducedMajorAxis(moments)?.slope).toBe(-2);
    expect(deming(moments)?.slope).toBeCloseTo(-2, 12);
  });

  it('lose no digits to large means', () => {
    const moments = momentsOf([1e8 + 1, 1e8 + 2, 1e8 + 3], [1, 2, 3]);
    expect(leastSquares(moments)?.slope).toBe(1);
  });
});
