import type { Client } from 'aedes';
import type { Account } from './contract/access.ts';

/** Failures within {@link windowMs} after which further ones are turned away as `too-many-attempts`. */
export const signInLimits = {
  perAddress: 10,
  /** Over all addresses that have never signed in as that account. */
  perAccount: 60,
  /** Addresses and accounts that are remembered; at the bound the longest-known is forgotten. */
  rememberedMax: 10_000,
} as const;

const windowMs = 60_000;
/** Longer than any name that exists: what is longer need not be told apart. */
const nameCharsMax = 130;

/**
 * Limits guessing at sign-in, per address and per claimed account.
 *
 * Tokens of the registry are 256 random bits and looked up by their hash: nobody can guess one, so a right
 * one always comes in, also from an address or for an account that somebody else makes fail all the time.
 * The admin's token may have been chosen by a person: past the limit it is not even compared, except
 * (for the limit per account) from an address that has signed in as the admin before.
 */
export class SignInAttempts {
  readonly #clock: () => number;
  readonly #byAddress = new Map<string, Failures>();
  readonly #byAccount = new Map<string, Failures>();
  /** Address and account of sign-ins that succeeded. */
  readonly #known = new Set<string>();

  constructor(clock: () => number) {
    this.#clock = clock;
  }

  /** The account that `judge` comes to, or why it was not asked or not heard. */
  limit(
    client: Pick<Client, 'conn' | 'req'>,
    username: string | undefined,
    judge: () => Account | undefined,
  ): Account | 'too-many-attempts' | undefined {
    const address = addressOf(client);
    const name = (username ?? '').slice(0, nameCharsMax);
    const pair = `${address} ${name}`;
    const isSpent =
      this.#failures(this.#byAddress, address) >= signInLimits.perAddress ||
      (!this.#known.has(pair) && this.#failures(this.#byAccount, name) >= signInLimits.perAccount);
    if (isSpent && username === 'admin') return 'too-many-attempts';
    const account = judge();
    if (account) {
      // Only where it matters: devices come in whatever is counted.
      if (account.kind === 'admin') this.#remember(pair);
      return account;
    }
    this.#note(this.#byAddress, address);
    this.#note(this.#byAccount, name);
    return isSpent ? 'too-many-attempts' : undefined;
  }

  #failures(map: ReadonlyMap<string, Failures>, key: string): number {
    const entry = map.get(key);
    return entry && entry.until > this.#clock() ? entry.count : 0;
  }

  #note(map: Map<string, Failures>, key: string): void {
    const now = this.#clock();
    const entry = map.get(key);
    if (entry && entry.until > now) {
      entry.count += 1;
      return;
    }
    // Re-inserted, so that the map stays in the order of age.
    map.delete(key);
    dropOldest(map);
    map.set(key, { count: 1, until: now + windowMs });
  }

  #remember(pair: string): void {
    this.#known.delete(pair);
    dropOldest(this.#known);
    this.#known.add(pair);
  }
}

interface Failures {
  count: number;
  until: number;
}

function dropOldest(remembered: {
  size: number;
  keys(): Iterable<string>;
  delete(key: string): boolean;
}): void {
  if (remembered.size < signInLimits.rememberedMax) return;
  for (const oldest of remembered.keys()) {
    remembered.delete(oldest);
    return;
  }
}

/** Behind a proxy all clients over WebSocket have its address. */
export function addressOf({ conn, req }: Pick<Client, 'conn' | 'req'>): string {
  if (req) return req.socket.remoteAddress ?? '';
  return 'remoteAddress' in conn ? String(conn.remoteAddress) : '';
}
