import { reasonBits } from '../../../broker/contract/quality.ts';
import { noVerdict } from './arrival.ts';
import type { Thresholds } from './rule-set.ts';

/** Samples of one series in ascending order of time, without those that are bad. */
export interface UsableSamples {
  at: Float64Array;
  value: Float64Array;
}

/**
 * QARTOD flat line test: how long values have stayed within less than the tolerance, up to and with each sample.
 * A stretch that begins where the data do (or after a gap) and is shorter than the limit gives no verdict: nobody
 * knows how long it had been flat before.
 */
export function judgeFlatLine(
  { at, value }: UsableSamples,
  { flatTolerance, flatAbove, flatSuspectMs, flatFailMs }: Thresholds,
  gapMs: number,
): Int32Array {
  const verdicts = new Int32Array(at.length).fill(noVerdict);
  if (flatTolerance === undefined) return verdicts;
  const lowest = new Extremes(value, (a, b) => a <= b);
  const highest = new Extremes(value, (a, b) => a >= b);
  let begin = 0;
  let stretchBegin = 0;
  for (let index = 0; index < at.length; index++) {
    const instant = at[index] as number;
    if (index > 0 && instant - (at[index - 1] as number) > gapMs) {
      begin = index;
      stretchBegin = index;
    }
    lowest.include(index, begin);
    highest.include(index, begin);
    while (begin < index && !(highest.value - lowest.value < flatTolerance)) {
      begin++;
      lowest.leave(begin);
      highest.leave(begin);
    }
    if (flatAbove !== undefined && !((value[index] as number) > flatAbove)) continue;
    const flatMs = instant - (at[begin] as number);
    if (flatFailMs !== undefined && flatMs >= flatFailMs)
      verdicts[index] = reasonBits['flat-line-fail'];
    else if (flatSuspectMs !== undefined && flatMs >= flatSuspectMs)
      verdicts[index] = reasonBits['flat-line'];
    else if (begin > stretchBegin) verdicts[index] = 0;
  }
  return verdicts;
}

/** The smallest or largest value of a window that only moves on: each sample enters and leaves once. */
class Extremes {
  readonly #values: Float64Array;
  readonly #outdoes: (a: number, b: number) => boolean;
  /** Places of values that can still become the extreme, the extreme first. */
  readonly #places: number[] = [];
  #first = 0;

  constructor(values: Float64Array, outdoes: (a: number, b: number) => boolean) {
    this.#values = values;
    this.#outdoes = outdoes;
  }

  get value(): number {
    return this.#values[this.#places[this.#first] as number] as number;
  }

  include(place: number, begin: number): void {
    const value = this.#values[place] as number;
    while (
      this.#places.length > this.#first &&
      this.#outdoes(value, this.#values[this.#places.at(-1) as number] as number)
    )
      this.#places.pop();
    this.#places.push(place);
    this.leave(begin);
  }

  /** Forgets what is before `begin`. */
  leave(begin: number): void {
    while ((this.#places[this.#first] as number) < begin) this.#first++;
  }
}
