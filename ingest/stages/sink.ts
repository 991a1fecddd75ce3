import type { Logger } from 'pino';
import type { Registry } from '../../broker/contract/registry.ts';
import type { KeptMessage, RejectionLog } from '../../broker/contract/rejection.ts';
import { readingsTopic } from '../../broker/contract/topics.ts';
import type { ReadingCounters } from '../counters.ts';
import type { JournalEntry } from '../journal/entry.ts';
import type { Journal } from '../journal/journal.ts';
import { ingestLimits } from '../limits.ts';
import type { ReadingBatch } from '../store/reading-batch.ts';
import { type Store, StoreUnavailable, type WriteOutcome } from '../store/store.ts';
import { countRejections } from './gather.ts';
import { countLate } from './late.ts';
import { type PlacedEntry, RecordReader, type RecordsRead } from './read-records.ts';

export interface SinkDeps {
  journal: Journal;
  store: Store;
  registry: Registry;
  rejections: RejectionLog;
  counters: ReadingCounters;
  clock: () => number;
  log: Logger;
  /** Marks windows for rolling up, at once; resolves when there is room for more. May be repeated. */
  markStored(batch: ReadingBatch): Promise<void>;
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
  readonly #reader: RecordReader;
  #position: number;
  #outage: string | undefined;
  #batchMax: number = ingestLimits.sinkBatchMax;
  #stopping = false;
  #running: Promise<void> | undefined;
  #wake: () => void = () => {};

  constructor(deps: SinkDeps, startAt: number) {
    this.#deps = deps;
    this.#position = startAt;
    this.#replayTo = deps.journal.end;
    this.#reader = new RecordReader((position, payload, err) => {
      const message = 'journal record cannot be understood; kept as rejected';
      deps.log.error({ err, position }, message);
      return unreadableEntry(payload, deps.clock(), err.message);
    });
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
          // What was not delivered is still in the journal.
          if (this.#stopping) return;
          await this.#pause(retryMaxMs);
        }
      }
      if (this.#stopping) return;
      await this.#awaitCommit();
      if (!this.#stopping) await this.#pause(gatherMs);
    }
  }

  async #drainTo(end: number): Promise<void> {
    const { journal } = this.#deps;
    const range = { from: this.#position, to: end };
    for await (const batch of journal.read(range)) {
      if (!(await this.#deliver(this.#reader.read(batch)))) return;
      this.#position = batch.end;
    }
  }

  /** False when stopping during an outage: nothing moved, the journal keeps it. */
  async #deliver(read: RecordsRead): Promise<boolean> {
    // Idempotent and uncounted first, so that a failure here repeats nothing that was counted.
    await this.#keepRejections(read.entries);
    await this.#keepStatuses(read.entries);
    for (let from = 0; from < read.received.length; ) {
      const batch = await this.#writeSome(read.received, from);
      if (!batch) return false;
      const refused = batch.outcome.refused.map(({ index, detail }) =>
        refusedMessage(read, from + index, detail),
      );
      await this.#settleBatch(batch, refused);
      from += batch.readings.length;
    }
    if (!(await this.#writeDerived(read.derived))) return false;
    this.#countMessages(read);
    return true;
  }

  #countMessages({ records, received, entries }: RecordsRead): void {
    const { counters, clock } = this.#deps;
    const now = clock();
    for (const [index, position] of records.position.entries()) {
      const messages = records.messages[index] ?? 0;
      // After a restart the time that we were away says nothing of the way into the store.
      if (position >= this.#replayTo) {
        if (messages > 0) counters.storedAfter(now - (records.receivedAt[index] ?? now), messages);
        continue;
      }
      const end = records.firstRow[index + 1] ?? received.length;
      counters.received(end - (records.firstRow[index] ?? end));
    }
    // What was rejected was counted when it was journalled, unless that was by another process.
    for (const { position, entry } of entries)
      if (position < this.#replayTo) countRejections(counters, entry);
  }

  /** Corrected readings were never received: they have a counter of their own. False when stopping during an outage. */
  async #writeDerived(derived: ReadingBatch): Promise<boolean> {
    const { counters, markStored, log } = this.#deps;
    for (let from = 0; from < derived.length; ) {
      const batch = await this.#writeSome(derived, from);
      if (!batch) return false;
      counters.derived(batch.outcome.stored);
      const [refused] = batch.outcome.refused;
      if (refused) log.warn({ refused }, 'store refused corrected readings');
      await this.#untilDone(() => markStored(batch.readings));
      from += batch.readings.length;
    }
    return true;
  }

  /** Writes as many readings from `from` on as the store takes at once; undefined when stopping without success. */
  async #writeSome(
    all: ReadingBatch,
    from: number,
  ): Promise<{ readings: ReadingBatch; outcome: WriteOutcome } | undefined> {
    return this.#untilDone(async () => {
      const readings = all.slice(from, from + this.#batchMax);
      try {
        const outcome = await this.#deps.store.write(readings);
        this.#batchMax = Math.min(this.#batchMax * 2, ingestLimits.sinkBatchMax);
        return { readings, outcome };
      } catch (error) {
        // It may have been too much for the time that the store has: the same again would fail for ever.
        this.#batchMax = Math.max(Math.floor(this.#batchMax / 2), ingestLimits.sinkBatchMin);
        throw error;
      }
    });
  }

  /** What follows from a confirmed write. The write is not repeated, so each reading is counted once. */
  async #settleBatch(
    { readings, outcome }: { readings: ReadingBatch; outcome: WriteOutcome },
    refused: readonly KeptMessage[],
  ): Promise<void> {
    const { counters, rejections, log, markStored } = this.#deps;
    counters.stored(outcome.stored);
    counters.duplicate(outcome.duplicates);
    counters.late(countLate(readings));
    for (const { device, rejections: reasons } of refused) {
      counters.rejected('store-refused');
      log.warn({ device, ...reasons[0] }, 'store refused a reading');
    }
    if (refused.length > 0) await this.#untilDone(() => rejections.append(refused));
    // When stopping it is enough that the marks are made: the checkpoint remembers what is not rolled up.
    await this.#untilDone(() => markStored(readings));
  }

  /** Repeats work with growing pauses until it succeeds; undefined when stopping without success. */
  async #untilDone<T>(work: () => Promise<T>): Promise<T | undefined> {
    for (let waitMs = retryMinMs; ; waitMs = Math.min(waitMs * 2, retryMaxMs)) {
      try {
        const result = await work();
        if (this.#outage) this.#deps.log.info('store is back');
        this.#outage = undefined;
        return result;
      } catch (error) {
        this.#noteOutage(error as Error);
      }
      if (this.#stopping) return undefined;
      await this.#pause(waitMs);
    }
  }

  #noteOutage(error: Error): void {
    const { log } = this.#deps;
    if (!(error instanceof StoreUnavailable))
      log.error({ err: error }, 'store failed; trying again');
    else if (!this.#outage)
      log.warn({ err: error }, 'store is away; the journal keeps what arrives');
    this.#outage = error.message;
  }

  async #keepRejections(entries: readonly PlacedEntry[]): Promise<void> {
    const messages = entries.flatMap(
      ({ position, entry }) => rejectedMessage(position, entry) ?? [],
    );
    if (messages.length > 0) await this.#deps.rejections.append(messages);
  }

  async #keepStatuses(entries: readonly PlacedEntry[]): Promise<void> {
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

/** The id is the journal position: unique, in order, and the same when it is read again. */
function rejectedMessage(position: number, entry: JournalEntry): KeptMessage | undefined {
  // What was handed in once more is kept already, under its first id.
  if (!entry.rejected || entry.rejected.replayOf !== undefined) return undefined;
  return {
    id: idOf(position),
    at: entry.receivedAt,
    ...(entry.device === undefined ? {} : { device: entry.device }),
    ...entry.rejected,
  };
}

/** A reading that the store refused, as a message that says the same; `row` counts over all that was received. */
function refusedMessage(read: RecordsRead, row: number, detail: string): KeptMessage {
  const { records, received } = read;
  const record = read.recordOf(row);
  const index = row - (records.firstRow[record] ?? row);
  const { device, metric, at, value } = received.reading(row);
  return {
    id: `${idOf(records.position[record] ?? 0)}-${String(index).padStart(4, '0')}`,
    at: records.receivedAt[record] ?? at,
    device,
    topic: readingsTopic(device),
    dialect: 'native',
    sender: { dialect: 'native' },
    rejections: [{ reason: 'store-refused', field: metric, detail: detail.slice(0, 512) }],
    payload: Buffer.from(JSON.stringify({ at, [metric]: value })).toString('base64'),
  };
}

function idOf(position: number): string {
  return String(position).padStart(16, '0');
}

function unreadableEntry(payload: Buffer, receivedAt: number, message: string): JournalEntry {
  const detail = `journal record cannot be understood: ${message}`.slice(0, 512);
  return {
    device: undefined,
    receivedAt,
    readings: [],
    rejected: {
      topic: '',
      rejections: [{ reason: 'malformed-payload', detail }],
      payload: payload.toString('base64'),
    },
  };
}
