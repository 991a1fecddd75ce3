import { type Database, open, type RootDatabase } from 'lmdb';
import { accountKey } from '../account.ts';
import type { Account } from '../contract/access.ts';
import { Device, Provider } from '../contract/device.ts';
import { type DeviceKey, deviceKey } from '../contract/ids.ts';
import { LoggedChange } from './schema.ts';
import { RegistryState } from './state.ts';

/** Changes kept for other processes to follow. One that fell further behind loads everything anew. */
export const changesMax = 10_000;

/** What one write does, decided inside its transaction. */
export type Write = () => LoggedChange[];

/**
 * The registry on disk (lmdb; several processes may open one path). Records by key, and a log of the last
 * changes. Writes that come together share a transaction and a sync to disk.
 */
export class RegistryFile {
  readonly #root: RootDatabase<unknown, string>;
  readonly #devices: Database<unknown, string>;
  readonly #providers: Database<unknown, string>;
  readonly #statuses: Database<unknown, string>;
  readonly #tokens: Database<unknown, string>;
  readonly #changes: Database<unknown, number>;

  constructor(path: string) {
    // With lmdb's batching by turn of the event loop a failed commit rejects a promise that nobody can take,
    // and a full disk would end the process. Writes are batched by the registry itself.
    const eventTurnBatching = false;
    this.#root = open<unknown, string>({ path, maxDbs: 8, encoding: 'json', eventTurnBatching });
    const table = (name: string) => this.#root.openDB<unknown, string>({ name, encoding: 'json' });
    this.#devices = table('devices');
    this.#providers = table('providers');
    this.#statuses = table('statuses');
    this.#tokens = table('tokens');
    this.#changes = this.#root.openDB<unknown, number>({ name: 'changes', encoding: 'json' });
  }

  /** Runs writes in one transaction; resolves when they are on disk. A write that throws leaves no trace. */
  async commit(writes: readonly Write[]): Promise<(Error | undefined)[]> {
    try {
      const outcomes = await this.#root.transaction(() => writes.map((write) => this.#run(write)));
      await this.#root.flushed;
      return outcomes;
    } catch (error) {
      takeStray(error);
      throw error;
    }
  }

  /** For writes: inside a transaction these see what the writes before have done. */
  hasDevice(key: DeviceKey): boolean {
    return this.#devices.doesExist(key);
  }

  deviceCount(): number {
    return entryCount(this.#devices);
  }

  hasProvider(id: string): boolean {
    return this.#providers.doesExist(id);
  }

  hasToken(account: Account): boolean {
    return this.#tokens.doesExist(accountKey(account));
  }

  providerCount(): number {
    return entryCount(this.#providers);
  }

  /** Number of the newest change. */
  lastChange(): number {
    this.#root.resetReadTxn();
    for (const seq of this.#changes.getKeys({ reverse: true, limit: 1 })) return seq;
    return 0;
  }

  /** The changes after one, in order; undefined when they are not all there any more. */
  changesAfter(seq: number): { seq: number; change: LoggedChange }[] | undefined {
    const rows: { seq: number; change: LoggedChange }[] = [];
    for (const { key, value } of this.#changes.getRange({ start: seq + 1 }))
      rows.push({ seq: key, change: LoggedChange.parse(value) });
    const first = rows[0];
    return first && first.seq !== seq + 1 ? undefined : rows;
  }

  /** Everything, and the number of the change that it includes. */
  load(): { state: RegistryState; seq: number } {
    // The number first: what is written meanwhile is applied a second time, which changes nothing.
    const seq = this.lastChange();
    const state = new RegistryState();
    for (const { value } of this.#providers.getRange({})) {
      const provider = Provider.parse(value);
      state.apply({ kind: 'provider', id: provider.id, provider });
    }
    for (const { value } of this.#devices.getRange({})) {
      const device = Device.parse(value);
      state.apply({ kind: 'device', key: deviceKey(device.provider, device.id), device });
    }
    for (const { value } of this.#statuses.getRange({})) state.apply(LoggedChange.parse(value));
    for (const { value } of this.#tokens.getRange({})) state.apply(LoggedChange.parse(value));
    return { state, seq };
  }

  close(): Promise<void> {
    return this.#root.close();
  }

  #run(write: Write): Error | undefined {
    try {
      const changes = write();
      for (const change of changes) this.#store(change);
      return undefined;
    } catch (error) {
      return error instanceof Error ? error : new Error('registry write', { cause: error });
    }
  }

  #store(change: LoggedChange): void {
    switch (change.kind) {
      case 'device':
        if (change.device) this.#devices.putSync(change.key, change.device);
        else {
          this.#devices.removeSync(change.key);
          this.#statuses.removeSync(change.key);
        }
        break;
      case 'provider':
        if (change.provider) this.#providers.putSync(change.id, change.provider);
        else this.#providers.removeSync(change.id);
        break;
      case 'status':
        this.#statuses.putSync(change.key, change);
        break;
      case 'tokens':
        if (change.hash === undefined) this.#tokens.removeSync(accountKey(change.account));
        else this.#tokens.putSync(accountKey(change.account), change);
        break;
    }
    const seq = this.#lastInTransaction() + 1;
    this.#changes.putSync(seq, change);
    if (seq > changesMax) this.#changes.removeSync(seq - changesMax);
  }

  #lastInTransaction(): number {
    for (const seq of this.#changes.getKeys({ reverse: true, limit: 1 })) return seq;
    return 0;
  }
}

/** lmdb tells the cause of a failed commit by a second promise, and a rejection that nobody takes ends the process. */
function takeStray(error: unknown): void {
  (error as { commitError?: Promise<never> }).commitError?.catch(() => {});
}

/** Counted by lmdb itself, also within a transaction; `getKeysCount` would walk all keys. */
function entryCount(table: Database<unknown, string>): number {
  const { entryCount: count } = table.getStats() as { entryCount: number };
  return count;
}
