import { createHash, randomBytes } from 'node:crypto';
import { type Account, accountName } from '../../broker/contract/access.ts';
import { apiLimits } from './limits.ts';

/** A session as it outlives the process: the id itself is known to the browser only. */
export interface KeptSession {
  hash: string;
  account: Account;
  /** Last request, or last sign of an open stream. */
  usedAt: number;
}

/** Where sessions outlive the process. */
export interface SessionKeeper {
  /** What was kept and still counts; nothing when it cannot be read. */
  load(): readonly KeptSession[];
  /** Resolves when it is on disk; a failure is the keeper's to report. */
  save(sessions: Iterable<KeptSession>): Promise<void>;
}

/**
 * Who is signed in with a browser. A session ends 12 hours after its last use, and an open stream is a use: a wall stays
 * signed in. Only hashes of session ids are kept; at `sessionsMax` the one that was unused for longest ends.
 */
export class Sessions {
  /** The longest unused first. */
  readonly #byHash = new Map<string, KeptSession>();
  readonly #clock: () => number;
  readonly #keeper: SessionKeeper | undefined;
  #saveTimer: ReturnType<typeof setTimeout> | undefined;
  #saveAt = Number.POSITIVE_INFINITY;

  constructor(clock: () => number, keeper?: SessionKeeper) {
    this.#clock = clock;
    this.#keeper = keeper;
    const kept = [...(keeper?.load() ?? [])].sort((a, b) => a.usedAt - b.usedAt);
    for (const session of kept.slice(-apiLimits.sessionsMax)) {
      if (!this.#hasEnded(session)) this.#byHash.set(session.hash, { ...session });
    }
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
    const hash = hashOf(id);
    this.#byHash.set(hash, { hash, account, usedAt: this.#clock() });
    this.#saveWithin(changeSaveMs);
    return id;
  }

  /** The account of a session that has not ended; asking is using it. */
  accountOf(id: string): Account | undefined {
    const session = this.#byHash.get(hashOf(id));
    if (!session) return undefined;
    if (this.#hasEnded(session)) {
      this.#remove(session.hash);
      return undefined;
    }
    const now = this.#clock();
    if (now - session.usedAt >= useMs) {
      session.usedAt = now;
      this.#byHash.delete(session.hash);
      this.#byHash.set(session.hash, session);
      this.#saveWithin(useSaveMs);
    }
    return session.account;
  }

  close(id: string): void {
    this.#remove(hashOf(id));
  }

  /** Ends all sessions of an account: its token was replaced. */
  closeAllOf(account: Account): void {
    const name = accountName(account);
    for (const { hash, account: other } of this.#byHash.values()) {
      if (accountName(other) === name) this.#remove(hash);
    }
  }

  /** Keeps what is not kept yet. */
  async stop(): Promise<void> {
    if (this.#saveTimer) await this.#save();
  }

  #hasEnded({ usedAt }: KeptSession): boolean {
    return usedAt + apiLimits.sessionMs <= this.#clock();
  }

  #remove(hash: string): void {
    if (this.#byHash.delete(hash)) this.#saveWithin(changeSaveMs);
  }

  #saveWithin(ms: number): void {
    const at = this.#clock() + ms;
    if (!this.#keeper || (this.#saveTimer && at >= this.#saveAt)) return;
    clearTimeout(this.#saveTimer);
    this.#saveAt = at;
    this.#saveTimer = setTimeout(() => void this.#save(), ms);
    this.#saveTimer.unref();
  }

  async #save(): Promise<void> {
    clearTimeout(this.#saveTimer);
    this.#saveTimer = undefined;
    await this.#keeper?.save([...this.#byHash.values()]);
  }
}

/** Uses in quick succession count as one. */
const useMs = 60_000;
/** Who signed in or out stays so over a crash that comes later than this. */
const changeSaveMs = 500;
/** After a crash a session ends this much earlier at most. */
const useSaveMs = 5 * 60_000;

function hashOf(id: string): string {
  return createHash('sha256').update(id).digest('base64url');
}
