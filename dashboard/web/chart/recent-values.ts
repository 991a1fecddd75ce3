import type { LiveValue } from './points.ts';

/** A value is in the store at the latest so long after the stream had it; usually within a second. */
const storedMsMax = 3_000;
/** Values that are remembered; of a device that sends faster, the newest. */
const valuesMax = 200;

/** What the stream brought lately of one series: an answer of the store may not have it yet. */
export class RecentValues {
  #values: { value: LiveValue; cameAt: number }[] = [];

  /** `now`: of a clock that is never set. */
  note({ at, value, flag }: LiveValue, now: number): void {
    // A copy: the live table's slots go on changing.
    this.#values.push({ value: { at, value, flag }, cameAt: now });
    if (this.#values.length > valuesMax) this.#values.shift();
  }

  /** Values that an answer may lack which was asked for then, in the order in which they came. */
  missingSince(askedAt: number): LiveValue[] {
    return this.#values
      .filter(({ cameAt }) => cameAt > askedAt - storedMsMax)
      .map(({ value }) => value);
  }

  clear(): void {
    this.#values = [];
  }
}
