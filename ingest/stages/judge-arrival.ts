import { flagOf, reasonBits } from '../../broker/contract/quality.ts';
import { metricNumber } from '../domain/metric-numbers.ts';
import {
  isAhead,
  judgeCrossChannel,
  judgeHumidity,
  judgeRange,
  judgeStep,
  type Sample,
} from '../domain/quality/arrival.ts';
import type { Thresholds } from '../domain/quality/rule-set.ts';
import { ReadingColumns } from '../journal/reading-columns.ts';
import { DeviceMemory, sampleNumbers } from './device-memory.ts';

/** Marks a sample that some test could judge, until its flag is made; above all reason bits. */
const evaluated = 1 << 30;
const badBits = reasonBits.range | reasonBits['step-fail'];

const none: Thresholds = {};

const pm1 = metricNumber('pm1');
const pm25 = metricNumber('pm2_5');
const pm10 = metricNumber('pm10');
const relativeHumidity = metricNumber('relative_humidity');

/** Makes the tests at arrival on messages in columns, one after the other: flags and reasons are written into the rows. */
export class ArrivalJudge {
  #memory = new DeviceMemory(undefined);
  #columns = new ReadingColumns(0);
  #receivedAt = 0;
  #isSlow = false;
  /** Rows of the message in the order in which they are judged: the earliest first, of one instant as they came. */
  #order = new Uint32Array(64);
  /** Of the instant that is judged: the first row of these metrics, or -1. */
  #pm1 = -1;
  #pm25 = -1;
  #pm10 = -1;
  #humidity = -1;
  readonly #sample: Sample = { at: 0, value: 0 };
  readonly #reference: Sample = { at: 0, value: 0 };

  /** Judges the rows from `from` on, which are one message that arrived at `receivedAt`. */
  judge(
    memory: DeviceMemory,
    columns: ReadingColumns,
    { from, receivedAt }: { from: number; receivedAt: number },
  ): void {
    this.#memory = memory;
    this.#columns = columns;
    this.#receivedAt = receivedAt;
    const rows = columns.count - from;
    const newest = this.#putInOrder(from, rows);
    this.#isSlow = memory.drift.note(receivedAt - newest, receivedAt);
    const { at } = columns;
    const order = this.#order;
    for (let start = 0; start < rows; ) {
      const instant = at[order[start] ?? 0];
      let end = start + 1;
      while (end < rows && at[order[end] ?? 0] === instant) end += 1;
      this.#judgeInstant(start, end);
      start = end;
    }
  }

  /** A batch in any order is judged like single messages. Gives the newest instant. */
  #putInOrder(from: number, rows: number): number {
    const { at } = this.#columns;
    if (this.#order.length < rows) this.#order = new Uint32Array(2 * rows);
    let newest = Number.NEGATIVE_INFINITY;
    let isInOrder = true;
    for (let index = 0; index < rows; index++) {
      this.#order[index] = from + index;
      const instant = at[from + index] ?? 0;
      if (instant >= newest) newest = instant;
      else isInOrder = false;
    }
    if (!isInOrder)
      this.#order.subarray(0, rows).sort((a, b) => (at[a] ?? 0) - (at[b] ?? 0) || a - b);
    return newest;
  }

  /** Judges readings of one instant: the places in the order from `start` up to `end`. */
  #judgeInstant(start: number, end: number): void {
    this.#pm1 = -1;
    this.#pm25 = -1;
    this.#pm10 = -1;
    this.#humidity = -1;
    for (let place = start; place < end; place++) this.#judgeAlone(this.#order[place] ?? 0);
    this.#judgeChannels(this.#pm25, this.#pm10);
    this.#judgeChannels(this.#pm1, this.#pm25);
    const { metric, at, flag, reasons } = this.#columns;
    for (let place = start; place < end; place++) {
      const row = this.#order[place] ?? 0;
      const memory = this.#memory;
      const thresholds = memory.thresholds[memory.placeOf(metric[row] ?? 0)];
      if (thresholds?.humidityMax !== undefined)
        this.#note(row, judgeHumidity(this.#humidityAt(at[row] ?? 0), thresholds));
      // The time says nothing of the value: passing this test makes no sample good.
      if (this.#isSlow || isAhead(at[row] ?? 0, this.#receivedAt))
        reasons[row] = (reasons[row] ?? 0) | reasonBits.clock;
      const bits = reasons[row] ?? 0;
      reasons[row] = bits & ~evaluated;
      flag[row] = flagOf(bits & ~evaluated, (bits & evaluated) !== 0);
    }
  }

  /** Range and step: what a sample says by itself and after the one before. */
  #judgeAlone(row: number): void {
    const { metric, at, value } = this.#columns;
    const number = metric[row] ?? 0;
    this.#noteFirst(number, row);
    const memory = this.#memory;
    const place = memory.placeOf(number);
    const thresholds = memory.thresholds[place] ?? none;
    const { samples, gapMs } = memory;
    const last = place * sampleNumbers;
    const lastAt = samples[last] ?? Number.NaN;
    const sample = this.#sample;
    sample.at = at[row] ?? 0;
    sample.value = value[row] ?? 0;
    const isRepeated = lastAt === sample.at;
    const reference = this.#sampleAt(isRepeated ? last + 2 : last);
    this.#note(row, judgeRange(sample.value, thresholds));
    this.#note(row, judgeStep(sample, reference, thresholds, gapMs));
    if (this.#isBad(row)) return;
    // NaN where there was none: no sample is earlier.
    if (sample.at < lastAt) return;
    if (!isRepeated) {
      samples[last + 2] = lastAt;
      samples[last + 3] = samples[last + 1] ?? Number.NaN;
    }
    samples[last] = sample.at;
    samples[last + 1] = sample.value;
  }

  /** What is remembered from a place on, until this is asked again. */
  #sampleAt(index: number): Sample | undefined {
    const { samples } = this.#memory;
    const reference = this.#reference;
    reference.at = samples[index] ?? Number.NaN;
    reference.value = samples[index + 1] ?? Number.NaN;
    return Number.isNaN(reference.at) ? undefined : reference;
  }

  #noteFirst(metric: number, row: number): void {
    if (metric === pm10 && this.#pm10 < 0) this.#pm10 = row;
    else if (metric === pm25 && this.#pm25 < 0) this.#pm25 = row;
    else if (metric === pm1 && this.#pm1 < 0) this.#pm1 = row;
    else if (metric === relativeHumidity && this.#humidity < 0) this.#humidity = row;
  }

  #judgeChannels(finer: number, coarser: number): void {
    if (finer < 0 || coarser < 0 || this.#isBad(finer) || this.#isBad(coarser)) return;
    const { value } = this.#columns;
    const verdict = judgeCrossChannel(value[finer] ?? 0, value[coarser] ?? 0);
    this.#note(finer, verdict);
    this.#note(coarser, verdict);
  }

  /** The relative humidity at the instant that is judged: its own, or the last one when that is not too old. */
  #humidityAt(at: number): number | undefined {
    if (this.#humidity >= 0 && !this.#isBad(this.#humidity))
      return this.#columns.value[this.#humidity];
    const memory = this.#memory;
    const last = this.#sampleAt(sampleNumbers * memory.placeOf(relativeHumidity));
    return last && last.at <= at && at - last.at <= memory.gapMs ? last.value : undefined;
  }

  #isBad(row: number): boolean {
    return ((this.#columns.reasons[row] ?? 0) & badBits) !== 0;
  }

  #note(row: number, verdict: number): void {
    if (verdict < 0) return;
    const { reasons } = this.#columns;
    reasons[row] = (reasons[row] ?? 0) | verdict | evaluated;
  }
}
