import type { DuckDBConnection } from '@duckdb/node-api';

export type SqlValue = string | number | null;

/**
 * SQL on a connection of its own to DuckDB: for long reads whose result the engine writes to a file itself.
 * Temporary tables and types belong to the session.
 */
export interface SqlSession {
  /** Answers the rows, which must be few. */
  run(statement: string): Promise<SqlValue[][]>;
  /** Makes the statement under way fail, if there is one. */
  interrupt(): void;
  /** Interrupts, waits for the statement under way, and closes. */
  close(): Promise<void>;
}

const interruptEveryMs = 20;

/** A session on a connection, which it closes. */
export function createSqlSession(
  connection: DuckDBConnection,
  release: () => void = () => undefined,
): SqlSession {
  let underWay: Promise<unknown> = Promise.resolve();
  let isClosed = false;
  /** Until the statement has ended: an interruption that comes before the engine has begun with it is lost. */
  const interrupt = (): void => {
    connection.interrupt();
    const again = setInterval(() => connection.interrupt(), interruptEveryMs);
    void underWay.then(() => clearInterval(again));
  };
  return {
    run(statement) {
      if (isClosed) return Promise.reject(new Error('the session is closed'));
      const rows = connection
        .run(statement)
        .then((result) => result.getRows())
        .then((all) => all.map((row) => row.map(toValue)));
      underWay = rows.catch(() => undefined);
      return rows;
    },
    interrupt() {
      if (!isClosed) interrupt();
    },
    async close() {
      if (isClosed) return;
      isClosed = true;
      interrupt();
      // A connection that is closed in the midst of a query takes the process with it.
      await underWay;
      connection.closeSync();
      release();
    },
  };
}

/** What statements of sessions answer is exact as a number. */
function toValue(value: unknown): SqlValue {
  if (value === null || value === undefined) return null;
  return typeof value === 'bigint' || typeof value === 'number' ? Number(value) : String(value);
}

/** Sessions are few: a further one is refused. */
const sessionsMax = 8;
/**
 * Threads that DuckDB computes with while a session is open, beside the one that each statement under way brings
 * along: none. Statements of two sessions fill two processors; a helper that both share would cost each of them a
 * third more, for it is waited for at each of the many short stages of a slice.
 */
const sessionThreads = 1;

/** The sessions of the store's thread, by number. They run beside the store's own calls. */
export class SqlSessions {
  readonly #open = new Map<number, SqlSession>();
  readonly #threads: number;
  readonly #connect: () => Promise<DuckDBConnection>;
  #lastId = 0;

  /** `threads`: what the engine computes with when no session is open. */
  constructor(threads: number, connect: () => Promise<DuckDBConnection>) {
    this.#threads = threads;
    this.#connect = connect;
  }

  async open(): Promise<number> {
    if (this.#open.size >= sessionsMax) throw new Error('too many sessions');
    const id = ++this.#lastId;
    const session = createSqlSession(await this.#connect());
    this.#open.set(id, session);
    await session.run(`SET threads TO ${sessionThreads}`);
    return id;
  }

  run(id: number, statement: string): Promise<SqlValue[][]> {
    const session = this.#open.get(id);
    return session ? session.run(statement) : Promise.reject(new Error('the session is closed'));
  }

  interrupt(id: number): void {
    this.#open.get(id)?.interrupt();
  }

  async close(id: number): Promise<void> {
    const session = this.#open.get(id);
    if (!session) return;
    this.#open.delete(id);
    await session.close();
    if (this.#open.size > 0) return;
    const last = createSqlSession(await this.#connect());
    await last.run(`SET threads TO ${this.#threads}`);
    await last.close();
  }

  async closeAll(): Promise<void> {
    await Promise.all([...this.#open.values()].map((session) => session.close()));
    this.#open.clear();
  }
}
