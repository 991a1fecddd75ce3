import type { SqlSession } from '../store/embedded/sql-session.ts';

/** A piece of work: made beside others, and added in its turn. */
export interface Piece<Made> {
  make(session: SqlSession): Promise<Made>;
  add(made: Made): Promise<void>;
}

interface Lane {
  session: SqlSession;
  /** Resolves, with the lane, when its piece is added: so no lane runs further ahead than by one piece. */
  done: Promise<Lane>;
}

/** Sessions that make pieces at the same time, while pieces are added in the order in which they were started. */
export class Lanes {
  readonly #lanes: Lane[] = [];
  readonly #prepare: (session: SqlSession) => Promise<void>;
  #added: Promise<void> = Promise.resolve();

  constructor(prepare: (session: SqlSession) => Promise<void>) {
    this.#prepare = prepare;
  }

  /** Takes a session over and makes it ready. @returns the session, which has nothing to do */
  async add(session: SqlSession): Promise<SqlSession> {
    const lane = { session } as Lane;
    lane.done = Promise.resolve(lane);
    this.#lanes.push(lane);
    await this.#prepare(session);
    return session;
  }

  /** A session that has nothing to do, waiting for one. @throws what stopped a piece */
  async free(): Promise<SqlSession> {
    const { session } = await Promise.race(this.#lanes.map(({ done }) => done));
    return session;
  }

  /** Starts a piece on a session that has nothing to do. What stops it is thrown by {@link free} and {@link idle}. */
  start<Made>(session: SqlSession, piece: Piece<Made>): void {
    const lane = this.#lanes.find((one) => one.session === session);
    if (!lane) throw new Error('the session is not of these lanes');
    const before = this.#added;
    const made = piece.make(session);
    const added = Promise.all([made, before]).then(([made]) => piece.add(made));
    this.#added = added;
    lane.done = added.then(() => lane);
    lane.done.catch(() => undefined);
  }

  /** Resolves when all pieces are added. @throws what stopped one */
  async idle(): Promise<void> {
    await this.#added;
  }

  /** Makes the statements under way fail. */
  interrupt(): void {
    for (const { session } of this.#lanes) session.interrupt();
  }

  /** Interrupts, waits for the statements under way, and closes. */
  async close(): Promise<void> {
    await Promise.all(this.#lanes.map(({ session }) => session.close()));
    await this.#added.catch(() => undefined);
  }
}
