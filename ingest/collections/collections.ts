import { open, type RootDatabase } from 'lmdb';
import type { DeviceKey } from '../../broker/contract/ids.ts';
import { type Collections, KeptCollection } from '../../broker/contract/waste.ts';
import { collectionLimits } from './limits.ts';

/** The disk does not take reports now. */
export class CollectionNotKept extends Error {
  readonly code = 'not-kept';
}

interface Kept {
  key: string;
  report: KeptCollection;
}

/** Opens what crews reported (lmdb), one record each. One process writes it. */
export function createCollections(config: {
  path: string;
  limits?: Partial<{ keptPerDeviceMax: number; keptMax: number }>;
}): Collections & { close(): Promise<void> } {
  return new CollectionsFile(config.path, { ...collectionLimits, ...config.limits });
}

class CollectionsFile implements Collections {
  readonly #root: RootDatabase<unknown, string>;
  readonly #limits: { keptPerDeviceMax: number; keptMax: number };
  /** Oldest first. */
  readonly #byDevice = new Map<DeviceKey, Kept[]>();
  /** The device of each record, oldest first. */
  readonly #owners = new Map<string, DeviceKey>();
  #serial = 0;
  #last: Promise<void> = Promise.resolve();

  constructor(path: string, limits: { keptPerDeviceMax: number; keptMax: number }) {
    this.#limits = limits;
    // With lmdb's batching by turn of the event loop a failed commit rejects a promise that nobody can take.
    this.#root = open<unknown, string>({ path, encoding: 'json', eventTurnBatching: false });
    for (const { key, value } of this.#root.getRange({})) {
      this.#keep({ key, report: KeptCollection.parse(value) });
      this.#serial = Math.max(this.#serial, Number(key.slice(key.indexOf('-') + 1)));
    }
  }

  async add(report: KeptCollection): Promise<void> {
    this.#serial += 1;
    const key = `${String(report.at).padStart(15, '0')}-${this.#serial}`;
    // One after the other: what goes for a report is known when those before it are kept.
    const writing = this.#last.then(() => this.#write({ key, report }));
    this.#last = writing.catch(() => {});
    return writing;
  }

  of(device: DeviceKey): readonly KeptCollection[] {
    return (this.#byDevice.get(device) ?? []).map(({ report }) => report).reverse();
  }

  async close(): Promise<void> {
    await this.#last;
    await this.#root.close();
  }

  async #write(kept: Kept): Promise<void> {
    const leaving = this.#leavingFor(kept.report.device);
    try {
      await this.#root.transaction(() => {
        this.#root.putSync(kept.key, kept.report);
        for (const key of leaving) this.#root.removeSync(key);
      });
      await this.#root.flushed;
    } catch (cause) {
      // lmdb tells the cause by a second promise, and a rejection that nobody takes ends the process.
      (cause as { commitError?: Promise<never> }).commitError?.catch(() => {});
      throw new CollectionNotKept('the report could not be written to disk', { cause });
    }
    for (const key of leaving) this.#forget(key);
    this.#keep(kept);
  }

  #leavingFor(device: DeviceKey): string[] {
    const own = this.#byDevice.get(device) ?? [];
    const [oldest] = this.#owners.keys();
    const leaving: string[] = [];
    if (own.length >= this.#limits.keptPerDeviceMax && own[0]) leaving.push(own[0].key);
    else if (this.#owners.size >= this.#limits.keptMax && oldest) leaving.push(oldest);
    return leaving;
  }

  #keep(kept: Kept): void {
    const { device } = kept.report;
    this.#owners.set(kept.key, device);
    const own = this.#byDevice.get(device) ?? [];
    own.push(kept);
    this.#byDevice.set(device, own);
  }

  #forget(key: string): void {
    const device = this.#owners.get(key);
    this.#owners.delete(key);
    if (device === undefined) return;
    const own = (this.#byDevice.get(device) ?? []).filter((kept) => kept.key !== key);
    if (own.length > 0) this.#byDevice.set(device, own);
    else this.#byDevice.delete(device);
  }
}
