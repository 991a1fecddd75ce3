/** What came at once, a message or a burst: settles once, when the fate of all records that it is in is known. */
export class Arrival {
  readonly receivedAt: number;
  readonly #settle: (error: Error | undefined) => void;
  /** Records whose fate is not known, and one until {@link end}. */
  #waiting = 1;
  #failure: Error | undefined;

  constructor(receivedAt: number, settle: (error: Error | undefined) => void) {
    this.receivedAt = receivedAt;
    this.#settle = settle;
  }

  /** A further record has something of it. */
  await(): void {
    this.#waiting += 1;
  }

  /** One of its records is kept, or not. */
  settled(error: Error | undefined): void {
    this.#failure ??= error;
    this.#waiting -= 1;
    if (this.#waiting === 0) this.#settle(this.#failure);
  }

  /** No further record will have any of it. */
  end(): void {
    this.settled(undefined);
  }
}
