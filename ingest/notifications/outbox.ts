import { chmodSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { open, type RootDatabase } from 'lmdb';
import type { NotificationState, NotificationTarget } from '../../broker/contract/notifications.ts';
import type { Notice, Told } from './notice.ts';

/** A message that waits. */
export interface Waiting {
  /** Its place in the order of all messages. */
  seq: number;
  target: string;
  notice: Notice;
  createdAt: number;
  /** Not to be sent before this. */
  readyAt: number;
  attempts: number;
}

/** How sending to a target went, as kept. */
export type Tally = Omit<NotificationState, 'waiting'>;

/** What is on disk, by the first letters of its key. */
interface Tables {
  target: NotificationTarget;
  waiting: Waiting;
  told: Told;
  tally: Tally;
  /** Up to which transition everything has become messages. */
  cursor: number;
}
type Table = keyof Tables;

/**
 * Targets, what waits for them, and what they were told, on disk with mode 0600: the secrets of webhooks must be kept
 * readable to sign with them. Changes are collected and written in one transaction by `flush`, so that noting one
 * costs nothing; what a crash takes of them is caught up with from the history of alarms, or sent twice under the
 * same id.
 */
export class Outbox {
  readonly #root: RootDatabase<unknown, string>;
  #changes = new Map<string, unknown>();
  #writing: Promise<void> = Promise.resolve();

  constructor(path: string) {
    mkdirSync(path, { recursive: true, mode: 0o700 });
    this.#root = open<unknown, string>({
      path,
      encoding: 'json',
      // With it, lmdb makes promises of its own that nobody can take: a full disk would end the process.
      eventTurnBatching: false,
    });
    for (const file of ['data.mdb', 'lock.mdb']) chmodSync(join(path, file), 0o600);
  }

  /** All of one table, in the order of its keys; as it is on disk. */
  *read<T extends Table>(table: T): Generator<{ key: string; value: Tables[T] }> {
    const start = `${table} `;
    for (const { key, value } of this.#root.getRange({ start, end: `${table}!` })) {
      yield { key: key.slice(start.length), value: value as Tables[T] };
    }
  }

  /** Notes a change, or with undefined a removal, for the next {@link flush}. */
  set<T extends Table>(table: T, key: string, value: Tables[T] | undefined): void {
    this.#changes.set(`${table} ${key}`, value);
  }

  /** Resolves when everything noted so far is on disk. What could not be written stays noted. */
  flush(): Promise<void> {
    this.#writing = this.#writing.catch(() => {}).then(() => this.#write());
    return this.#writing;
  }

  async close(): Promise<void> {
    await this.flush().finally(() => this.#root.close());
  }

  async #write(): Promise<void> {
    const changes = this.#changes;
    if (changes.size === 0) return;
    this.#changes = new Map();
    try {
      await this.#root.transaction(() => {
        for (const [key, value] of changes) {
          if (value === undefined) this.#root.removeSync(key);
          else this.#root.putSync(key, value);
        }
      });
      await this.#root.flushed;
    } catch (error) {
      (error as { commitError?: Promise<never> }).commitError?.catch(() => {});
      this.#changes = new Map([...changes, ...this.#changes]);
      throw error;
    }
  }
}

/** Keys sort as their numbers do. */
export function waitingKey({ target, seq }: Pick<Waiting, 'target' | 'seq'>): string {
  return `${String(seq).padStart(15, '0')} ${target}`;
}

export function toldKey(target: string, alarm: string): string {
  return `${target} ${alarm}`;
}
