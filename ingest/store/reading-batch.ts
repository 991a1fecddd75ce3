import type { QualityFlag } from '../../broker/contract/quality.ts';
import type { SampleColumns } from './newest.ts';
import { type Series, SeriesTable } from './series-table.ts';
import type { StoredReading } from './store.ts';

/**
 * Readings as columns, which is how they are carried in thousands: one costs no object. The columns may have room
 * beyond `length`. Whoever fills them may use them again when the one that was given them has answered.
 */
export class ReadingBatch {
  /** What the numbers in `series` mean. */
  readonly table: SeriesTable;
  length = 0;
  series: Int32Array<ArrayBuffer>;
  /** As in {@link StoredReading}. */
  at: Float64Array<ArrayBuffer>;
  value: Float64Array<ArrayBuffer>;
  flag: Uint8Array<ArrayBuffer>;
  reasons: Int32Array<ArrayBuffer>;
  receivedAt: Float64Array<ArrayBuffer>;

  /** @param rows room to begin with */
  constructor(table: SeriesTable, rows: number) {
    this.table = table;
    this.series = new Int32Array(rows);
    this.at = new Float64Array(rows);
    this.value = new Float64Array(rows);
    this.flag = new Uint8Array(rows);
    this.reasons = new Int32Array(rows);
    this.receivedAt = new Float64Array(rows);
  }

  /** Makes room for so many more; whoever fills columns by hand asks for it first. */
  reserve(more: number): void {
    const wanted = this.length + more;
    if (wanted <= this.at.length) return;
    const larger = new ReadingBatch(this.table, Math.max(wanted, 2 * this.at.length));
    for (const name of columnNames) larger[name].set(this[name]);
    const { length } = this;
    Object.assign(this, larger, { length });
  }

  push(reading: StoredReading): void {
    this.reserve(1);
    const row = this.length++;
    this.series[row] = this.table.numberOf(reading.device, reading.metric);
    this.at[row] = reading.at;
    this.value[row] = reading.value;
    this.flag[row] = reading.flag;
    this.reasons[row] = reading.reasons;
    this.receivedAt[row] = reading.receivedAt;
  }

  /** Rows `[from, to)`, as a view of the same columns. */
  slice(from: number, to: number): ReadingBatch {
    const part = new ReadingBatch(this.table, 0);
    part.length = Math.min(to, this.length) - from;
    part.series = this.series.subarray(from, from + part.length);
    part.at = this.at.subarray(from, from + part.length);
    part.value = this.value.subarray(from, from + part.length);
    part.flag = this.flag.subarray(from, from + part.length);
    part.reasons = this.reasons.subarray(from, from + part.length);
    part.receivedAt = this.receivedAt.subarray(from, from + part.length);
    return part;
  }

  /** One row as an object. */
  reading(row: number): StoredReading {
    return readingAt(this.table.series(this.series[row] as number), this, row);
  }

  /** All rows as objects. */
  readings(): StoredReading[] {
    return Array.from({ length: this.length }, (_, row) => this.reading(row));
  }
}

/** A row of columns as an object. Spelled out: a spread takes several times as long, and there are tens of thousands. */
export function readingAt(
  { device, metric }: Series,
  { at, value, flag, reasons, receivedAt }: SampleColumns,
  row: number,
): StoredReading {
  return {
    device,
    metric,
    at: at[row] as number,
    value: value[row] as number,
    flag: flag[row] as QualityFlag,
    reasons: reasons[row] as number,
    receivedAt: receivedAt[row] as number,
  };
}

const columnNames = ['series', 'at', 'value', 'flag', 'reasons', 'receivedAt'] as const;

/** Single readings as a batch. */
export function batchOf(
  readings: readonly StoredReading[],
  table = new SeriesTable(),
): ReadingBatch {
  const batch = new ReadingBatch(table, readings.length);
  for (const reading of readings) batch.push(reading);
  return batch;
}
