import { tierWidthMs } from '../../broker/contract/windows.ts';
import { type RollUpRow, slotOf } from './roll-up.ts';

/** Places of what is kept of a window under way; one number each. */
const intervalMs = 0;
const count = 1;
const sum = 2;
const lost = 3;
const runningMean = 4;
const m2 = 5;
const min = 6;
const minAt = 7;
const max = 8;
const maxAt = 9;
const first = 10;
const firstAt = 11;
const last = 12;
const lastAt = 13;
const slots = 14;
const lastSlot = 15;
const good = 16;
const notEvaluated = 17;
const suspect = 18;
const bad = 19;
const fieldCount = 20;

/**
 * Minutes of gauges under way, sample by sample: the same row, to the last bit, as `rollUpSamples` makes of all
 * samples of the minute, without reading them. Samples must come in ascending order of time.
 */
export class RunningRows {
  #fields = new Float64Array(0);

  /** Makes sure of room for so many windows. */
  reserve(windows: number): void {
    if (windows * fieldCount <= this.#fields.length) return;
    const fields = new Float64Array(windows * fieldCount);
    fields.set(this.#fields);
    this.#fields = fields;
  }

  /** Begins a window without samples. */
  begin(window: number, nominalMs: number): void {
    const at = window * fieldCount;
    this.#fields.fill(0, at, at + fieldCount);
    this.#fields[at + intervalMs] = nominalMs;
    this.#fields[at + lastSlot] = Number.NaN;
  }

  add(window: number, instant: number, sample: number, flag: number): void {
    const of = this.#fields;
    const at = window * fieldCount;
    bump(of, at + counterOf(flag), 1);
    if (flag === 4) return;
    const counted = bump(of, at + count, 1);
    addCompensated(of, at, sample);
    const mean = of[at + runningMean] as number;
    const distance = sample - mean;
    const nextMean = mean + distance / counted;
    of[at + runningMean] = nextMean;
    bump(of, at + m2, distance * (sample - nextMean));
    if (counted === 1) {
      of[at + first] = sample;
      of[at + firstAt] = instant;
    }
    of[at + last] = sample;
    of[at + lastAt] = instant;
    if (counted === 1 || sample < (of[at + min] as number)) {
      of[at + min] = sample;
      of[at + minAt] = instant;
    }
    if (counted === 1 || sample > (of[at + max] as number)) {
      of[at + max] = sample;
      of[at + maxAt] = instant;
    }
    const slot = slotOf(instant, of[at + intervalMs] as number);
    if (slot !== of[at + lastSlot]) bump(of, at + slots, 1);
    of[at + lastSlot] = slot;
  }

  /** The row of a window that begins at `start`. */
  row(window: number, start: number): RollUpRow {
    const at = window * fieldCount;
    const read = (name: number) => this.#fields[at + name] as number;
    const measured = (name: number) => (read(count) === 0 ? null : read(name));
    const total = read(count) === 0 ? 0 : read(sum) + read(lost);
    return {
      at: start,
      count: read(count),
      mean: read(count) === 0 ? null : total / read(count),
      sum: total,
      m2: read(m2),
      min: measured(min),
      minAt: measured(minAt),
      max: measured(max),
      maxAt: measured(maxAt),
      first: measured(first),
      firstAt: measured(firstAt),
      last: measured(last),
      lastAt: measured(lastAt),
      slots: read(slots),
      coveredMs: Math.min(tierWidthMs['1m'], read(slots) * read(intervalMs)),
      good: read(good),
      notEvaluated: read(notEvaluated),
      suspect: read(suspect),
      bad: read(bad),
    };
  }
}

function bump(fields: Float64Array, place: number, by: number): number {
  const value = (fields[place] as number) + by;
  fields[place] = value;
  return value;
}

/** As `CompensatedSum` does. */
function addCompensated(fields: Float64Array, at: number, value: number): void {
  const before = fields[at + sum] as number;
  const next = before + value;
  const rounded =
    Math.abs(before) >= Math.abs(value) ? before - next + value : value - next + before;
  bump(fields, at + lost, rounded);
  fields[at + sum] = next;
}

function counterOf(flag: number): number {
  if (flag === 1) return good;
  if (flag === 3) return suspect;
  return flag === 4 ? bad : notEvaluated;
}
