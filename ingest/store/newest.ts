import type { StoredReading } from './store.ts';

/** A stored reading without the name of its series. */
export type Sample = Omit<StoredReading, 'device' | 'metric'>;

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

/**
 * The newest stored reading of each series. Most readings are newer than that, and so cannot be
 * duplicates: they cost no look-up, and the store needs no unique index. Both engines keep one.
 *
 * Holds one entry per series, whose number the contract bounds (devices times metrics).
 */
export class Newest<Series> {
  readonly #newest = new Map<Series, Sample>();

  /** Sorts a batch given as columns of equal length. Changes nothing. */
  sift(series: ArrayLike<Series>, at: ArrayLike<number>): Sifted {
    return this.#siftAscending(series, at) ?? this.#siftAny(series, at);
  }

  /**
   * Takes note of a reading that is stored. Call it only after the store confirmed. One that is there with the
   * same value stays as it is, as in the store.
   */
  note(series: Series, sample: Sample): void {
    const newest = this.#newest.get(series);
    if (newest && (sample.at < newest.at || isRepeated(sample, newest))) return;
    const { at, value, flag, reasons, receivedAt } = sample;
    this.#newest.set(series, { at, value, flag, reasons, receivedAt });
  }

  /** Follows a judgement that the store confirmed. */
  judge(series: Series, { at, flag, reasons }: Pick<Sample, 'at' | 'flag' | 'reasons'>): void {
    const newest = this.#newest.get(series);
    if (newest?.at === at) Object.assign(newest, { flag, reasons });
  }

  /** Follows a deletion of everything older than `before`. */
  forgetBefore(before: number): void {
    for (const [series, { at }] of this.#newest) if (at < before) this.#newest.delete(series);
  }

  /** Forgets all, to be filled anew from the store. */
  clear(): void {
    this.#newest.clear();
  }

  /** Number of series. */
  get size(): number {
    return this.#newest.size;
  }

  entries(): IterableIterator<[Series, Readonly<Sample>]> {
    return this.#newest.entries();
  }

  /** The common case, without allocating per reading: each series only moves forward. */
  #siftAscending(series: ArrayLike<Series>, at: ArrayLike<number>): Sifted | undefined {
    const reached = new Map<Series, number>();
    const fresh: Index[] = [];
    for (let index = 0; index < series.length; index++) {
      const key = series[index] as Series;
      const instant = at[index] as number;
      const last = reached.get(key) ?? this.#newest.get(key)?.at ?? Number.NEGATIVE_INFINITY;
      if (instant <= last) return undefined;
      reached.set(key, instant);
      fresh.push(index);
    }
    return { fresh, doubtful: [], repeats: 0 };
  }

  #siftAny(series: ArrayLike<Series>, at: ArrayLike<number>): Sifted {
    const seen = new Map<Series, Set<number>>();
    const sifted: Sifted = { fresh: [], doubtful: [], repeats: 0 };
    // Backwards, so that the first one met of a key is the last one written.
    for (let index = series.length - 1; index >= 0; index--) {
      const key = series[index] as Series;
      const instant = at[index] as number;
      const instants = seen.get(key) ?? new Set();
      seen.set(key, instants);
      if (instants.has(instant)) {
        sifted.repeats++;
        continue;
      }
      instants.add(instant);
      const newest = this.#newest.get(key)?.at ?? Number.NEGATIVE_INFINITY;
      (instant > newest ? sifted.fresh : sifted.doubtful).push(index);
    }
    sifted.fresh.reverse();
    sifted.doubtful.reverse();
    return sifted;
  }
}

function isRepeated(sample: Sample, newest: Sample): boolean {
  return sample.at === newest.at && sample.value === newest.value;
}
