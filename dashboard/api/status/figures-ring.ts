import { type Bucket, bucketsBetween, type FigureName, type Figures, quantile } from './figures.ts';

export const figuresEveryMs = 10_000;
/** One hour, and the sample that it begins with. */
export const figuresMax = 3_600_000 / figuresEveryMs + 1;
const minuteSamples = 60_000 / figuresEveryMs;
/** Latencies are of the last five minutes: of one alone a quiet city has too few. */
const latencySamples = 5 * minuteSamples;

/** The metrics of the last hour, in memory, and what can be told of their changes. */
export class FiguresRing {
  readonly #samples: Figures[] = [];

  add(figures: Figures): void {
    this.#samples.push(figures);
    if (this.#samples.length > figuresMax) this.#samples.shift();
  }

  /** How much a counter rose within the last samples of the hour that there are; a restart begins at 0. */
  rise(read: (figures: Figures) => number | undefined, now: Figures): number {
    const before = this.#samples[0];
    return Math.max(0, (read(now) ?? 0) - ((before && read(before)) ?? 0));
  }

  /** Per second, over the last minute or hour; null without an earlier sample. */
  rate(
    read: (figures: Figures) => number | undefined,
    now: Figures,
    over: 'minute' | 'hour',
  ): number | null {
    const before = this.#samples.at(over === 'minute' ? -minuteSamples : 0) ?? this.#samples[0];
    const spanMs = before ? now.at - before.at : 0;
    if (!before || spanMs < figuresEveryMs / 2) return null;
    return (((read(now) ?? 0) - (read(before) ?? 0)) / spanMs) * 1_000;
  }

  /** Quantiles of a histogram in seconds, as ms; null where nothing was observed lately. */
  latency(name: FigureName, now: Figures) {
    const after = now.buckets(name);
    if (!after) return null;
    const before = this.#samples.at(-latencySamples) ?? this.#samples[0];
    const buckets: Bucket[] = bucketsBetween(before?.buckets(name), after);
    const [p50, p95, p99] = [0.5, 0.95, 0.99].map((share) => quantile(share, buckets));
    if (p50 === undefined || p95 === undefined || p99 === undefined) return null;
    const ms = (seconds: number): number => Math.round(seconds * 10_000) / 10;
    return { p50: ms(p50), p95: ms(p95), p99: ms(p99), count: buckets.at(-1)?.count ?? 0 };
  }

  /** Rates per minute of the last hour, oldest first. */
  history(read: (figures: Figures) => number | undefined): { at: number[]; perSecond: number[] } {
    const at: number[] = [];
    const perSecond: number[] = [];
    const { length } = this.#samples;
    for (let index = length - 1; index - minuteSamples >= 0; index -= minuteSamples) {
      const [after, before] = [this.#samples[index], this.#samples[index - minuteSamples]];
      if (!after || !before) break;
      at.unshift(after.at);
      const rise = (read(after) ?? 0) - (read(before) ?? 0);
      perSecond.unshift((rise / Math.max(1, after.at - before.at)) * 1_000);
    }
    return { at, perSecond };
  }
}
