import { describe, expect, it } from 'vitest';
import { Histogram } from '../../firmware-sim/histogram.ts';
import { createRandom, gauss, seedOf, smoothNoise, unit } from '../../firmware-sim/random.ts';

describe('random', () => {
  it('is the same on every machine: known values', () => {
    expect(seedOf('demo')).toBe(seedOf('demo'));
    expect(seedOf('demo')).not.toBe(seedOf('demp'));
    const random = createRandom(1);
    expect([random.next(), random.next(), random.next()]).toEqual([
      0.6270739405881613, 0.002735721180215478, 0.5274470399599522,
    ]);
  });

  it('is uniform and centred', () => {
    const n = 20_000;
    const sum = (f: (i: number) => number) =>
      Array.from({ length: n }, (_, i) => f(i)).reduce((a, b) => a + b, 0) / n;
    expect(sum((i) => unit(7, i))).toBeCloseTo(0.5, 1);
    expect(sum((i) => gauss(7, i))).toBeCloseTo(0, 1);
    expect(sum((i) => gauss(7, i) ** 2)).toBeCloseTo(1, 1);
  });

  it('makes noise that has no steps', () => {
    for (let x = -3; x < 3; x += 0.001) {
      expect(Math.abs(smoothNoise(5, x) - smoothNoise(5, x + 0.001))).toBeLessThan(0.005);
      expect(Math.abs(smoothNoise(5, x))).toBeLessThanOrEqual(1);
    }
  });
});

describe('Histogram', () => {
  it('gives percentiles within 5 %, and 0 without values', () => {
    const histogram = new Histogram();
    expect(histogram.percentile(0.99)).toBe(0);
    for (let ms = 1; ms <= 1000; ms++) histogram.add(ms);
    expect(Math.abs(histogram.percentile(0.5) / 500 - 1)).toBeLessThan(0.06);
    expect(Math.abs(histogram.percentile(0.99) / 990 - 1)).toBeLessThan(0.06);
    expect([histogram.max, histogram.percentile(1)]).toEqual([1000, 1000]);
  });

  it('counts what is beyond its ends in the last buckets', () => {
    const histogram = new Histogram();
    histogram.add(0);
    histogram.add(1e9);
    expect(histogram.max).toBe(1e9);
    expect(histogram.percentile(0.5)).toBeLessThan(0.02);
  });
});
