import type { Logger } from 'pino';
import type { Registry } from '../../broker/contract/registry.ts';
import type { RejectedMessage, RejectionLog } from '../../broker/contract/rejection.ts';
import type { ReadingCounters } from '../counters.ts';
import { decodeEntry, type JournalEntry } from '../journal/entry.ts';
import type { Journal } from '../journal/journal.ts';
import { readJournal } from '../journal/reader.ts';
import { ingestLimits } from '../limits.ts';
import { type Store, type StoredReading, StoreUnavailable } from '../store/store.ts';
import { countReceived } from './accept.ts';

export interface SinkDeps {
  journal: Journal;
  store: Store;
  registry: Registry;
  rejections: RejectionLog;
  counters: ReadingCounters;
  log: Logger;
  /** Marks windows for rolling up; resolves when there is room for more. */
  markStored(readings: readonly StoredReading[]): Promise<void>;
}

interface Positioned {
  position: number;
  entry: JournalEntry;
}

/** Readings that arrive within this time go to the store together: fewer syncs, still within a second. */
const gatherMs = 200;
const retryMinMs = 500;
const retryMaxMs = 10_000;

/**
 * Carries the journal into the store, in its order. The position moves only after the store confirmed;
 * an unavailable store is tried again for ever, while the journal goes on growing on disk.
 */
export class Sink {
  readonly #deps: SinkDeps;
  readonly #replayTo: number;
  #position: number;
  #outage: string | undefined;
  #stopping = false;
  #running: Promise<void> | undefined;
  #wake: () => void = () => {};

  constructor(deps: SinkDeps, startAt: number) {
    this.#deps = deps;
    this.#position = startAt;
    this.#replayTo = deps.journal.end;
    deps.journal.onCommit(() => this.#wake());
  }

  /** All before it is in the store. */
  get position(): number {
    return this.#position;
  }

  /** Why the store does not take readings now, or undefined. */
  get outage(): string | undefined {
    return this.#outage;
  }

  start(): void {
    this.#running = this.#run();
  }

  /** Writes what is journalled (unless the store is down), then stops. */
  async stop(): Promise<void> {
    this.#stopping = true;
    this.#wake();
    await this.#running;
  }

  async #run(): Promise<void> {
    const { journal, log } = this.#deps;
    for (;;) {
      while (this.#position < journal.end && !(this.#stopping && this.#outage)) {
        try {
          await this.#drainTo(journal.end);
        } catch (error) {
          log.error({ err: error }, 'sink failed; trying again');
          await this.#pause(retryMaxMs);
        }
      }
      if (this.#stopping) return;
      await this.#awaitCommit();
      if (!this.#stopping) await this.#pause(gatherMs);
    }
  }

  async #drainTo(end: number): Promise<void> {
    const { journal, log } = this.#deps;
    const range = { from: this.#position, to: end };
    const onDamage = (position: number, resumedAt: number): void =>
      log.error({ position, resumedAt }, 'journal is damaged: records were skipped');
    for await (const batch of readJournal(journal.folder, range, onDamage)) {
      const entries = batch.records.map(({ position, payload }) => ({
        position,
        entry: decodeEntry(payload),
      }));
      if (!(await this.#deliver(entries))) return;
      this.#position = batch.end;
    }
  }

  /** False when stopping during an outage: nothing moved, the journal keeps it. */
  async #deliver(entries: readonly Positioned[]): Promise<boolean> {
    // Idempotent and uncounted first, so that a failure here repeats nothing that was counted.
    await this.#keepRejections(entries);
    await this.#keepStatuses(entries);
    const readings = entries.flatMap(({ entry }) => storedReadings(entry));
    for (let from = 0; from < readings.length; from += ingestLimits.sinkBatchMax) {
      const batch = readings.slice(from, from + ingestLimits.sinkBatchMax);
      if (!(await this.#writeUntilConfirmed(batch))) return false;
      await this.#deps.markStored(batch);
    }
    for (const { position, entry } of entries) {
      if (position < this.#replayTo) countReceived(this.#deps.counters, entry);
    }
    return true;
  }

  async #writeUntilConfirmed(batch: readonly StoredReading[]): Promise<boolean> {
    const { store, counters, log } = this.#deps;
    for (let waitMs = retryMinMs; ; waitMs = Math.min(waitMs * 2, retryMaxMs)) {
      try {
        const { stored, duplicates, refused } = await store.write(batch);
        counters.stored(stored);
        counters.duplicate(duplicates);
        for (const { index, detail } of refused) {
          counters.rejected('store-refused');
          log.warn(
            { device: batch[index]?.device, metric: batch[index]?.metric, detail },
            'store refused a reading',
          );
        }
        if (this.#outage) log.info('store is back');
        this.#outage = undefined;
        return true;
      } catch (error) {
        if (!(error instanceof StoreUnavailable)) throw error;
        if (!this.#outage)
          log.warn({ err: error }, 'store is away; the journal keeps what arrives');
        this.#outage = error.message;
      }
      if (this.#stopping) return false;
      await this.#pause(waitMs);
    }
  }

  async #keepRejections(entries: readonly Positioned[]): Promise<void> {
    const messages = entries.flatMap(
      ({ position, entry }) => rejectedMessage(position, entry) ?? [],
    );
    if (messages.length > 0) await this.#deps.rejections.append(messages);
  }

  async #keepStatuses(entries: readonly Positioned[]): Promise<void> {
    const newest = new Map(
      entries.flatMap(({ entry }) =>
        entry.device !== undefined && entry.online !== undefined
          ? [[entry.device, { online: entry.online, at: entry.receivedAt }] as const]
          : [],
      ),
    );
    const { registry } = this.#deps;
    await Promise.all([...newest].map(([key, status]) => registry.putReportedStatus(key, status)));
  }

  #awaitCommit(): Promise<void> {
    return new Promise((resolve) => {
      this.#wake = resolve;
      // A commit may have come between the last look and this line.
      if (this.#position < this.#deps.journal.end || this.#stopping) resolve();
    });
  }

  /** Waits; stopping cuts it short. */
  #pause(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, ms);
      this.#wake = () => {
        if (!this.#stopping) return;
        clearTimeout(timer);
        resolve();
      };
    });
  }
}

/** The readings of an entry as the store takes them. */
export function storedReadings({ device, readings }: JournalEntry): StoredReading[] {
  if (device === undefined) return [];
  return readings.map(({ metric, at, value }) => ({ device, metric, at, value }));
}

/** The id is the journal position: unique, in order, and the same when it is replayed. */
function rejectedMessage(position: number, entry: JournalEntry): RejectedMessage | undefined {
  if (!entry.rejected) return undefined;
  return {
    id: String(position).padStart(16, '0'),
    at: entry.receivedAt,
    ...(entry.device === undefined ? {} : { device: entry.device }),
    ...entry.rejected,
  };
}
