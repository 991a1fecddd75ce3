import { type Database, open, type RootDatabase } from 'lmdb';
import { accountKey } from '../account.ts';
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
    this.#root = open<unknown, string>({ path, maxDbs: 8, encoding: 'json' });
    const table = (name: string) => this.#root.openDB<unknown, string>({ name, encoding: 'json' });
    this.#devices = table('devices');
    this.#providers = table('providers');
    this.#statuses = table('statuses');
    this.#tokens = table('tokens');
    this.#changes = this.#root.openDB<unknown, number>({ name: 'changes', encoding: 'json' });
  }

  /** Runs writes in one transaction; resolves when they are on disk. A write that throws leaves no trace. */
  async commit(writes: readonly Write[]): Promise<(Error | undefined)[]> {
    const outcomes = await this.#root.transaction(() => writes.map((write) => this.#run(write)));
    await this.#root.flushed;
    return outcomes;
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
        if (change.device) void this.#devices.put(change.key, change.device);
        else {
          void this.#devices.remove(change.key);
          void this.#statuses.remove(change.key);
        }
        break;
      case 'provider':
        if (change.provider) void this.#providers.put(change.id, change.provider);
        else void this.#providers.remove(change.id);
        break;
      case 'status':
        void this.#statuses.put(change.key, change);
        break;
      case 'tokens':
        if (change.hash === undefined) void this.#tokens.remove(accountKey(change.account));
        else void this.#tokens.put(accountKey(change.account), change);
        break;
    }
    const seq = this.#lastInTransaction() + 1;
    void this.#changes.put(seq, change);
    if (seq > changesMax) void this.#changes.remove(seq - changesMax);
  }

  #lastInTransaction(): number {
    for (const seq of this.#changes.getKeys({ reverse: true, limit: 1 })) return seq;
    return 0;
  }
}

/** Counted by lmdb itself, also within a transaction; `getKeysCount` would walk all keys. */
function entryCount(table: Database<unknown, string>): number {
  const { entryCount: count } = table.getStats() as { entryCount: number };
  return count;
}
