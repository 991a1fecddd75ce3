import type { JudgedReading } from '../../broker/contract/reading.ts';
import { metricNamed, metricNumber } from '../domain/metric-numbers.ts';

/** Readings as columns that are used again and grow by doubling: a reading costs no object. */
export class ReadingColumns {
  count = 0;
  /** By {@link metricNumber}. */
  metric: Uint8Array;
  at: Float64Array;
  value: Float64Array;
  flag: Uint8Array;
  reasons: Uint32Array;

  constructor(rows: number) {
    this.metric = new Uint8Array(rows);
    this.at = new Float64Array(rows);
    this.value = new Float64Array(rows);
    this.flag = new Uint8Array(rows);
    this.reasons = new Uint32Array(rows);
  }

  /** Makes room for so many more rows; whoever fills columns by hand asks for it first. */
  reserve(more: number): void {
    const wanted = this.count + more;
    if (wanted <= this.at.length) return;
    const larger = new ReadingColumns(Math.max(wanted, 2 * this.at.length));
    larger.metric.set(this.metric);
    larger.at.set(this.at);
    larger.value.set(this.value);
    larger.flag.set(this.flag);
    larger.reasons.set(this.reasons);
    const { count } = this;
    Object.assign(this, larger, { count });
  }

  push({ metric, at, value, flag, reasons }: JudgedReading): void {
    this.reserve(1);
    const row = this.count++;
    this.metric[row] = metricNumber(metric);
    this.at[row] = at;
    // Minus zero is zero, as it was in JSON.
    this.value[row] = value + 0;
    this.flag[row] = flag;
    this.reasons[row] = reasons;
  }

  /** Some rows as objects. */
  readings(from: number, end: number): JudgedReading[] {
    const readings: JudgedReading[] = [];
    for (let row = from; row < end; row++)
      readings.push({
        metric: metricNamed(this.metric[row] ?? -1),
        at: this.at[row] ?? 0,
        value: this.value[row] ?? 0,
        flag: this.flag[row] ?? 0,
        reasons: this.reasons[row] ?? 0,
      });
    return readings;
  }
}
