import { mkdirSync, rmSync } from 'node:fs';
import { dirname } from 'node:path';
import { crc32 } from 'node:zlib';
import { open, type RootDatabase } from 'lmdb';
import { extendToPages, hasEnvironment, moveIntoPlace, syncFolder } from './state-folder.ts';

/** Called once: without an error when everything written before is on disk. */
export type WhenDurable = (error?: Error) => void;

/** Where the broker's state outlives its process. Writing never waits; who promises something asks to be told. */
export interface StateFile {
  put(key: string, body: Uint8Array): void;
  remove(key: string): void;
  /** Calls back, in the order of the calls, when all that was put and removed so far is on disk. */
  whenDurable(done: WhenDurable): void;
  /** Writes what is left, then closes. */
  close(): Promise<void>;
}

/** The folder of the broker's state cannot be used, or is damaged: one clear sentence. */
export class StateUnreadable extends Error {
  readonly code = 'state-unreadable';
}

/** The state could not be written now: what waited for it must not be acknowledged. */
export class StateNotWritten extends Error {
  readonly code = 'state-not-written';
}

/** State that ends with the process: nothing has to wait for it. */
export const inMemory: StateFile = {
  put() {},
  remove() {},
  whenDurable: (done) => done(),
  async close() {},
};

/** Time to the next attempt after the disk refused to take the state; until then nothing is promised. */
const retryMs = 1_000;

/** @returns the file, and what `decode` makes of all its records. @throws StateUnreadable */
export function openStateFile<T>(
  path: string,
  decode: (entries: Iterable<[string, Buffer]>) => T,
): { file: StateFile; state: T } {
  let root: Root | undefined;
  try {
    if (!hasEnvironment(path)) createEnvironment(path);
    extendToPages(path);
    root = openRoot(path);
    const records = root.getRange({}).map(({ key, value }) => unseal(key, value));
    return { file: new LmdbState(root), state: decode(records) };
  } catch (cause) {
    void root?.close();
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new StateUnreadable(
      `The broker's state in ${path} cannot be read (${why}). Restore it, or move the folder away to start without: sleeping devices then lose their sessions and waiting commands.`,
      { cause },
    );
  }
}

type Root = RootDatabase<Buffer, string>;

/**
 * With `overlappingSync` off a commit is finished only when it is synced. With lmdb's own batching by turn of
 * the event loop a commit that fails would reject a promise that nobody can take, and end the process.
 */
function openRoot(path: string): Root {
  return open<Buffer, string>({
    path,
    encoding: 'binary',
    overlappingSync: false,
    eventTurnBatching: false,
    noSubdir: false,
  });
}

/** Made beside and moved into place, so that a file that is too short is damage and never a first start. */
function createEnvironment(path: string): void {
  const fresh = `${path}-new`;
  rmSync(fresh, { recursive: true, force: true });
  mkdirSync(fresh, { recursive: true, mode: 0o700 });
  void openRoot(fresh).close();
  syncFolder(fresh);
  moveIntoPlace(fresh, path);
  syncFolder(dirname(path));
}

/** lmdb tells the cause of a failed commit by a second promise, and a rejection that nobody takes ends the process. */
function takeStray(error: unknown): void {
  (error as { commitError?: Promise<never> }).commitError?.catch(() => {});
}

/** lmdb has no checksums of its own. */
function seal(body: Uint8Array): Buffer {
  const sealed = Buffer.allocUnsafe(4 + body.length);
  sealed.writeUInt32LE(crc32(body), 0);
  sealed.set(body, 4);
  return sealed;
}

function unseal(key: string, sealed: Buffer): [string, Buffer] {
  const body = Buffer.from(sealed.subarray(4));
  if (sealed.length < 4 || sealed.readUInt32LE(0) !== crc32(body))
    throw new Error('a record is damaged');
  return [key, body];
}

/**
 * Group commit: what comes while a commit is under way shares the next one. A commit that fails is tried
 * again with all that came after it, so that the file never has a later change without an earlier one.
 */
class LmdbState implements StateFile {
  readonly #root: Root;
  /** The last state of each key that is not on disk; bounded like the state itself. */
  #dirty = new Map<string, Buffer | undefined>();
  /** Who waits for the commit under way, and for the one after it. */
  #underWay: WhenDurable[] = [];
  #waiting: WhenDurable[] = [];
  #isWriting = false;
  #isScheduled = false;
  #failure: StateNotWritten | undefined;
  #retry: NodeJS.Timeout | undefined;

  constructor(root: Root) {
    this.#root = root;
  }

  put(key: string, body: Uint8Array): void {
    this.#dirty.set(key, seal(body));
    this.#schedule();
  }

  remove(key: string): void {
    this.#dirty.set(key, undefined);
    this.#schedule();
  }

  whenDurable(done: WhenDurable): void {
    if (this.#failure) done(this.#failure);
    else if (this.#dirty.size > 0) this.#waiting.push(done);
    else if (this.#isWriting) this.#underWay.push(done);
    else done();
  }

  async close(): Promise<void> {
    clearTimeout(this.#retry);
    this.#failure = undefined;
    await new Promise<void>((resolve) => {
      this.#schedule();
      this.whenDurable(() => resolve());
    });
    clearTimeout(this.#retry);
    await this.#root.close();
  }

  #schedule(): void {
    if (this.#isWriting || this.#isScheduled || this.#failure || this.#dirty.size === 0) return;
    this.#isScheduled = true;
    setImmediate(() => {
      this.#isScheduled = false;
      void this.#write();
    });
  }

  async #write(): Promise<void> {
    const batch = this.#dirty;
    this.#dirty = new Map();
    this.#underWay = this.#waiting;
    this.#waiting = [];
    this.#isWriting = true;
    const failure = await this.#commit(batch);
    this.#isWriting = false;
    this.#failure = failure;
    const due = this.#underWay;
    this.#underWay = [];
    if (failure) {
      due.push(...this.#waiting.splice(0));
      // Older than what came meanwhile, so that wins.
      this.#dirty = new Map([...batch, ...this.#dirty]);
      this.#retry = setTimeout(() => void this.#write(), retryMs);
    }
    for (const done of due) done(failure);
    this.#schedule();
  }

  async #commit(
    batch: ReadonlyMap<string, Buffer | undefined>,
  ): Promise<StateNotWritten | undefined> {
    try {
      await this.#root.transaction(() => {
        for (const [key, body] of batch) {
          if (body) this.#root.putSync(key, body);
          else this.#root.removeSync(key);
        }
      });
      return undefined;
    } catch (cause) {
      takeStray(cause);
      return new StateNotWritten("the broker's state could not be written", { cause });
    }
  }
}
