import { describe, expect, it } from 'vitest';
import { Histogram } from '../../firmware-sim/histogram.ts';
import { createRandom } from '../../firmware-sim/random.ts';

describe('Histogram', () => {
  it('has nothing to say without values', () => {
    const none = new Histogram();
    expect([none.percentile(0.5), none.percentile(1), none.max, none.total]).toEqual([0, 0, 0, 0]);
  });

  it('takes what no clock should give', () => {
    const odd = new Histogram();
    for (const ms of [-5, 0, 1e12]) odd.add(ms);
    expect(odd.percentile(0.5)).toBe(0);
    expect([odd.max, odd.total]).toEqual([1e12, 3]);
  });

  it('is never too low and at most 1/64 too high, over the whole range', () => {
    const random = createRandom(7);
    const values = Array.from({ length: 5_000 }, () => 10 ** random.between(-3, 6));
    const histogram = new Histogram();
    for (const value of values) histogram.add(value);
    const sorted = values.sort((a, b) => a - b);
    for (const share of [0.01, 0.1, 0.5, 0.9, 0.99, 0.999, 1]) {
      const exact = sorted[Math.ceil(share * sorted.length) - 1] ?? 0;
      const found = histogram.percentile(share);
      // Values are whole microseconds: half of one is lost to rounding.
      expect(found).toBeGreaterThanOrEqual(exact - 0.0005);
      expect(found).toBeLessThanOrEqual(exact * (1 + 1 / 64) + 0.0005);
    }
  });

  it('merges to what one histogram of all would be', () => {
    const [whole, even, odd] = [new Histogram(), new Histogram(), new Histogram()];
    for (let ms = 1; ms < 1_000; ms++) {
      whole.add(ms);
      (ms % 2 === 0 ? even : odd).add(ms);
    }
    even.merge(odd.data());
    expect(even.data()).toEqual(whole.data());
  });
});
