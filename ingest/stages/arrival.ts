import type { Settlement } from '../../broker/bus/burst.ts';

/** Who counts messages that came to be on disk. */
export interface KeptCounter {
  kept(receivedAt: number, messages: number): void;
}

/** What came at once, a message or a burst: settles once, when the fate of all records that it is in is known. */
export class Arrival {
  readonly receivedAt: number;
  readonly #counter: KeptCounter;
  readonly #messages: number;
  readonly #settlement: Settlement;
  /** Records whose fate is not known, and one until {@link end}. */
  #waiting = 1;
  #failure: Error | undefined;

  /** `messages`: how many are counted when they are kept. */
  constructor(
    receivedAt: number,
    messages: number,
    { counter, settlement }: { counter: KeptCounter; settlement: Settlement },
  ) {
    this.receivedAt = receivedAt;
    this.#counter = counter;
    this.#messages = messages;
    this.#settlement = settlement;
  }

  /** A further record has something of it. */
  await(): void {
    this.#waiting += 1;
  }

  /** One of its records is kept, or not. */
  settled(error: Error | undefined): void {
    this.#failure ??= error;
    this.#waiting -= 1;
    if (this.#waiting > 0) return;
    if (!this.#failure && this.#messages > 0) this.#counter.kept(this.receivedAt, this.#messages);
    this.#settlement.settle(this.#failure);
  }

  /** No further record will have any of it. */
  end(): void {
    this.settled(undefined);
  }
}
