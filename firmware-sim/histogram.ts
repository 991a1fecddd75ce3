/**
 * Counts durations in logarithmic buckets 5 % wide from 0.01 ms to 10 minutes: any number of values in
 * 3 KB, percentiles within 5 %. Beyond the ends the last bucket counts.
 */
export class Histogram {
  readonly #counts = new Uint32Array(bucketsMax);
  #total = 0;
  #max = 0;

  add(ms: number): void {
    const bucket = Math.floor(Math.log(Math.max(ms, floorMs) / floorMs) / logStep);
    const index = Math.min(bucketsMax - 1, bucket);
    this.#counts[index] = (this.#counts[index] ?? 0) + 1;
    this.#total += 1;
    this.#max = Math.max(this.#max, ms);
  }

  get max(): number {
    return this.#max;
  }

  /** The duration that `share` (0..1) of all values do not exceed, ms; 0 without values. */
  percentile(share: number): number {
    let left = Math.ceil(share * this.#total);
    if (left === 0) return 0;
    for (const [index, count] of this.#counts.entries()) {
      left -= count;
      if (left <= 0) return Math.min(this.#max, floorMs * Math.exp((index + 1) * logStep));
    }
    return this.#max;
  }
}

const floorMs = 0.01;
const logStep = Math.log(1.05);
const bucketsMax = Math.ceil(Math.log(600_000 / floorMs) / logStep);
