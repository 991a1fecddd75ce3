/** Starts of windows of one series. Mostly it is one, for which a set would be much. */
export class WindowStarts {
  /** The only one; NaN when there is none, or when there were ever more. */
  #only: number;
  #several: Set<number> | undefined;

  constructor(first: number) {
    this.#only = first;
  }

  get size(): number {
    return this.#several?.size ?? Number(!Number.isNaN(this.#only));
  }

  /** All of them; with several, also those that are added meanwhile. */
  all(): Iterable<number> {
    return this.#several ?? (this.size > 0 ? [this.#only] : []);
  }

  countUpTo(last: number): number {
    if (!this.#several) return Number(this.#only <= last);
    let count = 0;
    for (const start of this.#several) if (start <= last) count++;
    return count;
  }

  /** False when it is there already. */
  add(start: number): boolean {
    if (start === this.#only || this.#several?.has(start)) return false;
    if (this.#several) this.#several.add(start);
    else if (this.size === 0) this.#only = start;
    else {
      this.#several = new Set([this.#only, start]);
      this.#only = Number.NaN;
    }
    return true;
  }

  delete(start: number): void {
    if (this.#several) this.#several.delete(start);
    else if (start === this.#only) this.#only = Number.NaN;
  }
}
