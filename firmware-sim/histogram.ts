/** What a histogram holds, as plain data: it travels between threads. */
export interface HistogramData {
  counts: Float64Array;
  total: number;
  max: number;
}

/**
 * Counts durations in buckets of a fixed relative width: 64 to each doubling, from 1 µs to 71 minutes. Any number of
 * values takes 14 KB, and a percentile is never too low and at most 1/64 (1.6 %) too high, or 1 µs below 128 µs.
 * Longer durations count in the last bucket; `max` is exact.
 */
export class Histogram {
  readonly #counts = new Float64Array(bucketsMax);
  #total = 0;
  #max = 0;

  add(ms: number): void {
    const index = bucketOf(ms);
    this.#counts[index] = (this.#counts[index] ?? 0) + 1;
    this.#total += 1;
    if (ms > this.#max) this.#max = ms;
  }

  get max(): number {
    return this.#max;
  }

  get total(): number {
    return this.#total;
  }

  /** The duration that `share` (0..1) of all values do not exceed, ms; 0 without values. */
  percentile(share: number): number {
    let left = Math.ceil(share * this.#total);
    if (left === 0) return 0;
    for (let index = 0; index < bucketsMax; index++) {
      left -= this.#counts[index] ?? 0;
      if (left <= 0) return Math.min(this.#max, endOf(index) / 1000);
    }
    return this.#max;
  }

  /** Adds what another one counted: percentiles of a whole cannot be made of those of its parts. */
  merge({ counts, total, max }: HistogramData): void {
    for (let index = 0; index < bucketsMax; index++) {
      this.#counts[index] = (this.#counts[index] ?? 0) + (counts[index] ?? 0);
    }
    this.#total += total;
    this.#max = Math.max(this.#max, max);
  }

  data(): HistogramData {
    return { counts: this.#counts.slice(), total: this.#total, max: this.#max };
  }
}

/** Below 2^7 µs each microsecond has a bucket; above, the seven leading bits tell. */
const exactBits = 7;
const perDoubling = 1 << (exactBits - 1);
const bucketsMax = perDoubling * (32 - exactBits + 2);

function bucketOf(ms: number): number {
  const us = Math.min(0xffff_ffff, Math.max(0, Math.round(ms * 1000)));
  const shift = Math.max(0, 32 - Math.clz32(us) - exactBits);
  return shift * perDoubling + (us >>> shift);
}

/** The largest duration of a bucket, µs. */
function endOf(bucket: number): number {
  const shift = Math.max(0, Math.floor(bucket / perDoubling) - 1);
  return (bucket - shift * perDoubling + 1) * 2 ** shift - 1;
}
