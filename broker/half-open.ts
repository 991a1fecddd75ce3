/** A connection of which nobody knows yet whose it is. */
interface Stranger {
  readonly address: string;
}

interface HalfOpenBounds {
  /** In all. */
  total: number;
  /** How many of one address may be older than `patienceMs`. */
  perAddress: number;
  /** So long a connection may say nothing before others of its address push it out. */
  patienceMs: number;
}

/**
 * Bounds connections that have not signed in, in all and per address, by pushing out the oldest: who opens
 * connections and says nothing loses them first, and who signs in at once gets in, also while that goes on. A whole
 * city behind one address that comes back at once is heard: its CONNECTs are given the time to arrive.
 */
export class HalfOpen<T extends Stranger> {
  readonly #max: HalfOpenBounds;
  readonly #pushOut: (stranger: T) => void;
  readonly #now: () => number;
  /** With the time of their arrival, in that order. */
  readonly #all = new Map<T, number>();
  readonly #byAddress = new Map<string, Set<T>>();

  /**
   * @param pushOut ends one, because somebody else needs its place
   * @param now ms of a clock that only goes forward
   */
  constructor(
    max: HalfOpenBounds,
    pushOut: (stranger: T) => void,
    now: () => number = () => performance.now(),
  ) {
    this.#max = max;
    this.#pushOut = pushOut;
    this.#now = now;
  }

  get count(): number {
    return this.#all.size;
  }

  add(stranger: T): void {
    const { total, perAddress } = this.#max;
    const same = this.#byAddress.get(stranger.address);
    const isFull = this.#all.size >= total;
    if (same && same.size >= perAddress && (isFull || this.#isPatienceOver(same)))
      this.#endOldest(same);
    else if (isFull) this.#endOldest(this.#all.keys());
    this.#all.set(stranger, this.#now());
    // Asked again: the last of an address takes its set along.
    const peers = this.#byAddress.get(stranger.address);
    if (peers) peers.add(stranger);
    else this.#byAddress.set(stranger.address, new Set([stranger]));
  }

  /** It has signed in, or is gone. */
  remove(stranger: T): void {
    if (!this.#all.delete(stranger)) return;
    const same = this.#byAddress.get(stranger.address);
    same?.delete(stranger);
    if (same?.size === 0) this.#byAddress.delete(stranger.address);
  }

  #isPatienceOver(same: ReadonlySet<T>): boolean {
    for (const oldest of same)
      return this.#now() - (this.#all.get(oldest) ?? 0) >= this.#max.patienceMs;
    return false;
  }

  #endOldest(of: Iterable<T>): void {
    for (const oldest of of) {
      this.remove(oldest);
      this.#pushOut(oldest);
      return;
    }
  }
}
