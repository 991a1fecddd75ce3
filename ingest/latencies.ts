import { Histogram, type Registry } from 'prom-client';

/** Seconds; beyond the last one an outage is being ridden out. */
const bounds = [0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 60, 600];

/**
 * A histogram of latencies that takes many messages at once: the library's own looks up its labels and makes objects
 * for each observation.
 */
export class Latencies extends Histogram {
  readonly #name: string;
  readonly #help: string;
  /** By bucket, without those below it; the last one is beyond all bounds. */
  readonly #counts = new Float64Array(bounds.length + 1);
  #sum = 0;

  constructor(name: string, help: string, registry: Registry) {
    super({ name, help, buckets: bounds, registers: [registry] });
    this.#name = name;
    this.#help = help;
  }

  /** Messages that took so long. */
  note(ms: number, messages: number): void {
    const seconds = Math.max(0, ms) / 1_000;
    let bucket = 0;
    while (bucket < bounds.length && seconds > (bounds[bucket] as number)) bucket++;
    this.#counts[bucket] = (this.#counts[bucket] as number) + messages;
    this.#sum += seconds * messages;
  }

  /** As the library's own shows it. */
  override async get() {
    let count = 0;
    const values = [...bounds, '+Inf'].map((le, bucket) => {
      count += this.#counts[bucket] as number;
      return { labels: { le }, value: count, metricName: `${this.#name}_bucket` };
    });
    return {
      name: this.#name,
      help: this.#help,
      type: 'histogram',
      aggregator: 'sum',
      values: [
        ...values,
        { labels: {}, value: this.#sum, metricName: `${this.#name}_sum` },
        { labels: {}, value: count, metricName: `${this.#name}_count` },
      ],
    } as unknown as Awaited<ReturnType<Histogram['get']>>;
  }

  /** What the library asks for text. */
  getForPromString() {
    return this.get();
  }
}
