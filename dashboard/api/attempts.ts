import { apiLimits } from './limits.ts';

const windowMs = 60_000;

/** Counts attempts to sign in per address within a minute, so that nobody can guess a token. */
export class Attempts {
  readonly #byAddress = new Map<string, { count: number; until: number }>();
  readonly #clock: () => number;

  constructor(clock: () => number) {
    this.#clock = clock;
  }

  /** Time until the address may try again; 0 when it may now. */
  waitMs(address: string): number {
    const entry = this.#byAddress.get(address);
    if (!entry || entry.count < apiLimits.signInsPerMinuteMax) return 0;
    return Math.max(0, entry.until - this.#clock());
  }

  note(address: string): void {
    const now = this.#clock();
    const entry = this.#byAddress.get(address);
    if (entry && entry.until > now) {
      entry.count += 1;
      return;
    }
    // Re-inserted, so that the map stays in the order of age.
    this.#byAddress.delete(address);
    if (this.#byAddress.size >= apiLimits.signInAddressesMax) {
      for (const oldest of this.#byAddress.keys()) {
        this.#byAddress.delete(oldest);
        break;
      }
    }
    this.#byAddress.set(address, { count: 1, until: now + windowMs });
  }
}
