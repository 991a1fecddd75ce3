import { open, type RootDatabase } from 'lmdb';
import { Command } from '../../broker/contract/commands.ts';

/** A change of what is kept: a command as it is now, or its id when it goes. */
export type CommandChange = { put: Command } | { remove: string };

/** The disk does not take commands now. */
export class CommandNotKept extends Error {
  readonly code = 'not-kept';
}

/**
 * Commands on disk (lmdb), one record each under its id. Changes that come while a commit is under way share the
 * next one; they are written in the order of the calls.
 */
export class CommandsFile {
  readonly #root: RootDatabase<unknown, string>;
  #waiting: CommandChange[] = [];
  #next: Promise<void> | undefined;
  #last: Promise<void> = Promise.resolve();

  constructor(path: string) {
    // With lmdb's batching by turn of the event loop a failed commit rejects a promise that nobody can take.
    const eventTurnBatching = false;
    this.#root = open<unknown, string>({ path, encoding: 'json', eventTurnBatching });
  }

  /** Oldest first: ids begin with the time of their making. */
  load(): Command[] {
    return [...this.#root.getRange({})].map(({ value }) => Command.parse(value));
  }

  /** Resolves when the change is on disk. @throws CommandNotKept; it has left no trace then */
  write(change: CommandChange): Promise<void> {
    this.#waiting.push(change);
    this.#next ??= this.#afterLast();
    return this.#next;
  }

  /** Writes what is left. */
  async close(): Promise<void> {
    await this.#next?.catch(() => {});
    await this.#last.catch(() => {});
    await this.#root.close();
  }

  async #afterLast(): Promise<void> {
    await this.#last.catch(() => {});
    const changes = this.#waiting;
    this.#waiting = [];
    this.#next = undefined;
    this.#last = this.#commit(changes);
    return this.#last;
  }

  async #commit(changes: readonly CommandChange[]): Promise<void> {
    try {
      await this.#root.transaction(() => {
        for (const change of changes) {
          if ('put' in change) this.#root.putSync(change.put.id, change.put);
          else this.#root.removeSync(change.remove);
        }
      });
      await this.#root.flushed;
    } catch (cause) {
      // lmdb tells the cause by a second promise, and a rejection that nobody takes ends the process.
      (cause as { commitError?: Promise<never> }).commitError?.catch(() => {});
      throw new CommandNotKept('the command could not be written to disk', { cause });
    }
  }
}
