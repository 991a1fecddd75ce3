/** Gives up what has stood still for too long, however long it takes in all. */
export class Patience {
  readonly #abort = new AbortController();
  readonly #timer: NodeJS.Timeout;

  constructor(stallMs: number) {
    this.#timer = setTimeout(() => this.#abort.abort(), stallMs);
  }

  /** Aborts when it is over. */
  get signal(): AbortSignal {
    return this.#abort.signal;
  }

  /** Something came: waits as long again. */
  renew(): void {
    if (!this.signal.aborted) this.#timer.refresh();
  }

  end(): void {
    clearTimeout(this.#timer);
  }
}
