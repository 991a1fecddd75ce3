import type { MetricName } from '../../broker/contract/metrics.ts';
import { qualityFlags } from '../../broker/contract/quality.ts';
import type { Sample } from '../domain/alarms/condition.ts';
import type { QuietBand } from '../domain/alarms/quiet-band.ts';

/** What a rule about standing still has of a series: its limits, and what it remembers. */
export interface Stillness {
  /** Values differ when they are further apart. */
  tolerance: number;
  durationMs: number;
  sameSinceAt: number;
  low: number;
  high: number;
}

/** What may pass of a series. */
export interface Quiet {
  band: QuietBand;
  stillness: Stillness | undefined;
  /** Further rules are asked about what passes, too. */
  hasOthers: boolean;
}

const never = Number.NEGATIVE_INFINITY;
const firstRows = 256;
/** The first row of a device that has none. */
export const noRow = -1;

/** Places in a row. */
const at = 0;
const value = 1;
const flag = 2;
const heardAt = 3;
const above = 4;
const below = 5;
const sameSinceAt = 6;
const low = 7;
const high = 8;
const tolerance = 9;
const durationMs = 10;
const firstRow = 11;
const width = 12;

/** Bits of a state: samples have passed that memories do not have; which rules there are; the memory is not noted as changed. */
const hasPassed = 1;
const isStill = 2;
const hasOthers = 4;
const isClean = 8;

/**
 * A row of numbers for each series that is watched: its newest sample, and what is asked of the next one while nothing
 * comes of it. With thousands of devices a reading costs as much as the memory that it touches: here it touches a row,
 * not the objects of its rules. As many rows as series: a bound is that of devices and of the catalogue's metrics.
 */
export class SeriesRows {
  #values = new Float64Array(firstRows * width);
  #states = new Uint8Array(firstRows);
  readonly #metrics: MetricName[] = [];
  #count = 0;
  readonly #free: number[] = [];

  /** A row for a series of which nothing passes yet; a device is known by the row that it took first. */
  take(metric: MetricName, now: number, first?: number): number {
    const row = this.#free.pop() ?? this.#count++;
    if (row >= this.#states.length) this.#grow();
    const start = row * width;
    this.#values.fill(0, start, start + width);
    this.#values[start + at] = never;
    this.#values[start + heardAt] = now;
    this.#values[start + firstRow] = first ?? row;
    this.#metrics[row] = metric;
    this.close(row);
    return row;
  }

  /** The series is watched no more. */
  give(row: number): void {
    this.#values[row * width + firstRow] = noRow;
    this.#free.push(row);
  }

  /** Whether it is this series: most often a device says next what it said next before, and took rows for in a row. */
  isOf(row: number, first: number, metric: MetricName): boolean {
    return this.#metrics[row] === metric && this.#value(row * width + firstRow) === first;
  }

  heard(row: number, now: number): void {
    const place = row * width + heardAt;
    if (now > this.#value(place)) this.#values[place] = now;
  }

  heardAt(row: number): number {
    return this.#value(row * width + heardAt);
  }

  /** The newest sample. */
  last(row: number): Sample | undefined {
    const start = row * width;
    const lastAt = this.#value(start + at);
    if (lastAt === never) return undefined;
    return { at: lastAt, value: this.#value(start + value), flag: this.#value(start + flag) };
  }

  /** Takes a sample for the newest, if it is. */
  note(row: number, sample: Sample): void {
    const start = row * width;
    if (sample.at > this.#value(start + at)) this.#take(start, sample);
  }

  /** Takes a newer sample of which nothing comes; whether it was one. */
  passes(row: number, sample: Sample, gapMs: number): boolean {
    const start = row * width;
    const isQuiet =
      sample.value > this.#value(start + above) &&
      sample.value < this.#value(start + below) &&
      // Neither suspect nor bad: it counts for every rule and offends none.
      sample.flag < qualityFlags.suspect &&
      sample.at > this.#value(start + at);
    if (!isQuiet) return false;
    const state = this.#states[row] ?? 0;
    if ((state & isStill) !== 0 && !this.#moves(start, sample, gapMs)) return false;
    this.#take(start, sample);
    this.#states[row] = state | hasPassed;
    return true;
  }

  /** Whether more than {@link passes} is to be done for a sample that passed. */
  hasMore(row: number): boolean {
    return ((this.#states[row] ?? 0) & (hasOthers | isClean)) !== 0;
  }

  /** The memory of the rule about standing still is noted as changed, until it is caught up with. */
  noted(row: number): void {
    this.#states[row] = (this.#states[row] ?? 0) & ~isClean;
  }

  /** Whether samples passed since the last call: memories are behind then. */
  catchUp(row: number): boolean {
    const state = this.#states[row] ?? 0;
    if ((state & hasPassed) === 0) return false;
    this.#states[row] = (state & ~hasPassed) | ((state & isStill) !== 0 ? isClean : 0);
    return true;
  }

  /** What a rule about standing still remembers by now. */
  stillness(row: number): Pick<Stillness, 'sameSinceAt' | 'low' | 'high'> {
    const start = row * width;
    return {
      sameSinceAt: this.#value(start + sameSinceAt),
      low: this.#value(start + low),
      high: this.#value(start + high),
    };
  }

  /** Samples may pass from now on. */
  open(row: number, quiet: Quiet): void {
    const start = row * width;
    const { stillness } = quiet;
    this.#values[start + above] = quiet.band.above;
    this.#values[start + below] = quiet.band.below;
    this.#states[row] = (quiet.hasOthers ? hasOthers : 0) | (stillness ? isStill | isClean : 0);
    if (!stillness) return;
    this.#values[start + sameSinceAt] = stillness.sameSinceAt;
    this.#values[start + low] = stillness.low;
    this.#values[start + high] = stillness.high;
    this.#values[start + tolerance] = stillness.tolerance;
    this.#values[start + durationMs] = stillness.durationMs;
  }

  /** None passes from now on: no value is above all. */
  close(row: number): void {
    this.#values[row * width + above] = Number.POSITIVE_INFINITY;
    this.#states[row] = 0;
  }

  /** As the condition `stuck` without an alarm; false, with nothing changed, where it would hold or there was a gap. */
  #moves(start: number, { at: sampleAt, value: now }: Sample, gapMs: number): boolean {
    if (sampleAt - this.#value(start + at) > gapMs) return false;
    const lowest = Math.min(this.#value(start + low), now);
    const highest = Math.max(this.#value(start + high), now);
    if (highest - lowest > this.#value(start + tolerance)) {
      this.#values[start + sameSinceAt] = sampleAt;
      this.#values[start + low] = now;
      this.#values[start + high] = now;
      return true;
    }
    const sameMs = sampleAt - this.#value(start + sameSinceAt);
    if (sameMs >= this.#value(start + durationMs)) return false;
    this.#values[start + low] = lowest;
    this.#values[start + high] = highest;
    return true;
  }

  #take(start: number, sample: Sample): void {
    this.#values[start + at] = sample.at;
    this.#values[start + value] = sample.value;
    this.#values[start + flag] = sample.flag;
  }

  #value(place: number): number {
    return this.#values[place] ?? 0;
  }

  #grow(): void {
    const [values, states] = [this.#values, this.#states];
    this.#values = new Float64Array(2 * values.length);
    this.#values.set(values);
    this.#states = new Uint8Array(2 * states.length);
    this.#states.set(states);
  }
}
