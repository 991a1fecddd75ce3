import { createHash, randomBytes } from 'node:crypto';
import { type Account, accountName } from '../../broker/contract/access.ts';
import { apiLimits } from './limits.ts';

interface Session {
  account: Account;
  expiresAt: number;
}

/**
 * Who is signed in with a browser. Only hashes of session ids are kept; at `sessionsMax` the oldest
 * session ends. Sessions live in memory: a restart signs everybody out.
 */
export class Sessions {
  readonly #byHash = new Map<string, Session>();
  readonly #clock: () => number;

  constructor(clock: () => number) {
    this.#clock = clock;
  }

  /** Begins a session; the id is the browser's secret. */
  open(account: Account): string {
    const id = randomBytes(32).toString('base64url');
    if (this.#byHash.size >= apiLimits.sessionsMax) {
      for (const oldest of this.#byHash.keys()) {
        this.#byHash.delete(oldest);
        break;
      }
    }
    this.#byHash.set(hashOf(id), { account, expiresAt: this.#clock() + apiLimits.sessionMs });
    return id;
  }

  /** The account of a session that has not ended. */
  accountOf(id: string): Account | undefined {
    const hash = hashOf(id);
    const session = this.#byHash.get(hash);
    if (!session) return undefined;
    if (session.expiresAt > this.#clock()) return session.account;
    this.#byHash.delete(hash);
    return undefined;
  }

  close(id: string): void {
    this.#byHash.delete(hashOf(id));
  }

  /** Ends all sessions of an account: its token was replaced. */
  closeAllOf(account: Account): void {
    const name = accountName(account);
    for (const [hash, session] of this.#byHash) {
      if (accountName(session.account) === name) this.#byHash.delete(hash);
    }
  }
}

function hashOf(id: string): string {
  return createHash('sha256').update(id).digest('base64url');
}
