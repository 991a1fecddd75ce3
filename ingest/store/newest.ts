import type { QualityFlag } from '../../broker/contract/quality.ts';
import type { StoredReading } from './store.ts';

/** A stored reading without the name of its series. */
export type Sample = Omit<StoredReading, 'device' | 'metric'>;

/** Samples as columns; they may have room beyond what is asked for. */
export type SampleColumns = Readonly<Record<keyof Sample, ArrayLike<number>>>;

/** A reading's place in the batch it came with. */
type Index = number;

/** A batch sorted by what must be done to keep its keys unique. Indices ascend. */
export interface Sifted {
  /** Newer than all that is stored of their series: certainly new. */
  fresh: Index[];
  /** Not newer: new, or there already. Only the store can tell. */
  doubtful: Index[];
  /** Readings whose key comes again later in the batch; the last one stands. */
  repeats: number;
}

const firstRoom = 1_024;
const none = Number.NEGATIVE_INFINITY;

/**
 * The newest stored reading of each series, by a small number of the series. Most readings are newer than that, and
 * so cannot be duplicates: they cost no look-up, and the store needs no unique index. Both engines keep one.
 *
 * Holds one row per series, whose number the contract bounds (devices times metrics).
 */
export class Newest {
  /** -Infinity where nothing is known of a series. */
  #at = new Float64Array(firstRoom).fill(none);
  #value = new Float64Array(firstRoom);
  #flag = new Uint8Array(firstRoom);
  #reasons = new Int32Array(firstRoom);
  #receivedAt = new Float64Array(firstRoom);
  /** The same as `#at` but during {@link isAllNew}. */
  #reached = new Float64Array(firstRoom).fill(none);

  /** Whether each reading of a batch is newer than all of its series before it: the common case, and the cheap one. */
  isAllNew(series: ArrayLike<number>, at: ArrayLike<number>): boolean {
    let row = 0;
    for (; row < series.length; row++) {
      const id = series[row] as number;
      if (id >= this.#at.length) this.#makeRoom(id);
      const instant = at[row] as number;
      if (!(instant > (this.#reached[id] as number))) break;
      this.#reached[id] = instant;
    }
    for (let done = 0; done < row; done++) {
      const id = series[done] as number;
      this.#reached[id] = this.#at[id] as number;
    }
    return row === series.length;
  }

  /** Sorts a batch given as columns of equal length. Changes nothing. */
  sift(series: ArrayLike<number>, at: ArrayLike<number>): Sifted {
    const seen = new Map<number, Set<number>>();
    const sifted: Sifted = { fresh: [], doubtful: [], repeats: 0 };
    // Backwards, so that the first one met of a key is the last one written.
    for (let index = series.length - 1; index >= 0; index--) {
      const id = series[index] as number;
      const instant = at[index] as number;
      const instants = seen.get(id) ?? new Set();
      seen.set(id, instants);
      if (instants.has(instant)) {
        sifted.repeats++;
        continue;
      }
      instants.add(instant);
      const newest = this.#at[id] ?? none;
      (instant > newest ? sifted.fresh : sifted.doubtful).push(index);
    }
    sifted.fresh.reverse();
    sifted.doubtful.reverse();
    return sifted;
  }

  /**
   * Takes note of a reading that is stored. Call it only after the store confirmed. One that is there with the
   * same value stays as it is, as in the store. Answers whether it is newer than all before it.
   */
  note(series: number, columns: SampleColumns, row: number): boolean {
    if (series >= this.#at.length) this.#makeRoom(series);
    const at = columns.at[row] as number;
    const value = columns.value[row] as number;
    const newest = this.#at[series] as number;
    if (at < newest || (at === newest && value === this.#value[series])) return false;
    this.#at[series] = at;
    this.#reached[series] = at;
    this.#value[series] = value;
    this.#flag[series] = columns.flag[row] as number;
    this.#reasons[series] = columns.reasons[row] as number;
    this.#receivedAt[series] = columns.receivedAt[row] as number;
    return at > newest;
  }

  /** Follows a judgement that the store confirmed. */
  judge(series: number, { at, flag, reasons }: Pick<Sample, 'at' | 'flag' | 'reasons'>): void {
    if (this.#at[series] !== at) return;
    this.#flag[series] = flag;
    this.#reasons[series] = reasons;
  }

  /** Follows a deletion of everything older than `before`. */
  forgetBefore(before: number): void {
    for (let series = 0; series < this.#at.length; series++)
      if ((this.#at[series] as number) < before) this.#forget(series);
  }

  /** Forgets all, to be filled anew from the store. */
  clear(): void {
    this.forgetBefore(Number.POSITIVE_INFINITY);
  }

  /** Every series with its newest reading. */
  *entries(): Generator<[number, Sample]> {
    for (let series = 0; series < this.#at.length; series++) {
      const at = this.#at[series] as number;
      if (at === none) continue;
      const flag = this.#flag[series] as QualityFlag;
      const reasons = this.#reasons[series] as number;
      const receivedAt = this.#receivedAt[series] as number;
      yield [series, { at, value: this.#value[series] as number, flag, reasons, receivedAt }];
    }
  }

  #forget(series: number): void {
    this.#at[series] = none;
    this.#reached[series] = none;
  }

  #makeRoom(series: number): void {
    const room = Math.max(series + 1, 2 * this.#at.length);
    const known = this.#at.length;
    this.#at = grown(this.#at, new Float64Array(room)).fill(none, known);
    this.#reached = grown(this.#reached, new Float64Array(room)).fill(none, known);
    this.#value = grown(this.#value, new Float64Array(room));
    this.#flag = grown(this.#flag, new Uint8Array(room));
    this.#reasons = grown(this.#reasons, new Int32Array(room));
    this.#receivedAt = grown(this.#receivedAt, new Float64Array(room));
  }
}

function grown<Column extends { set(from: Column): void }>(from: Column, into: Column): Column {
  into.set(from);
  return into;
}
