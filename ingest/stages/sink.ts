import type { Logger } from 'pino';
import type { QualityFlag } from '../../broker/contract/quality.ts';
import type { JudgedReading } from '../../broker/contract/reading.ts';
import type { Registry } from '../../broker/contract/registry.ts';
import type { KeptMessage, RejectionLog } from '../../broker/contract/rejection.ts';
import { readingsTopic } from '../../broker/contract/topics.ts';
import type { ReadingCounters } from '../counters.ts';
import { decodeEntries, type JournalEntry } from '../journal/entry.ts';
import type { Journal } from '../journal/journal.ts';
import { ingestLimits } from '../limits.ts';
import {
  type Store,
  type StoredReading,
  StoreUnavailable,
  type WriteOutcome,
} from '../store/store.ts';
import { countReceived } from './accept.ts';
import { isLate } from './late.ts';

export interface SinkDeps {
  journal: Journal;
  store: Store;
  registry: Registry;
  rejections: RejectionLog;
  counters: ReadingCounters;
  clock: () => number;
  log: Logger;
  /** Marks windows for rolling up, at once; resolves when there is room for more. May be repeated. */
  markStored(readings: readonly StoredReading[]): Promise<void>;
}

interface Positioned {
  position: number;
  entry: JournalEntry;
  /** Received readings of entries before it in the same record. */
  before: number;
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
  #batchMax: number = ingestLimits.sinkBatchMax;
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
      const entries = batch.records.flatMap(({ position, payload }) =>
        positioned(position, this.#readEntries(position, payload)),
      );
      if (!(await this.#deliver(entries))) return;
      this.#position = batch.end;
    }
  }

  /** A record that is whole but says nothing we know is kept as a rejection: it must not hold up the rest. */
  #readEntries(position: number, payload: Buffer): JournalEntry[] {
    try {
      return decodeEntries(payload);
    } catch (err) {
      this.#deps.log.error(
        { err, position },
        'journal record cannot be understood; kept as rejected',
      );
      return [unreadableEntry(payload, this.#deps.clock(), (err as Error).message)];
    }
  }

  /** False when stopping during an outage: nothing moved, the journal keeps it. */
  async #deliver(entries: readonly Positioned[]): Promise<boolean> {
    // Idempotent and uncounted first, so that a failure here repeats nothing that was counted.
    await this.#keepRejections(entries);
    await this.#keepStatuses(entries);
    const readings = entries.flatMap(({ entry }) => storedReadings(entry, entry.readings));
    const derived = entries.flatMap(({ entry }) => storedReadings(entry, entry.derived ?? []));
    for (let from = 0; from < readings.length; ) {
      const batch = await this.#writeSome(readings, from);
      if (!batch) return false;
      const refused = batch.outcome.refused.map(({ index, detail }) => ({
        index: from + index,
        detail,
      }));
      await this.#settleBatch(batch, refusedMessages(entries, refused, readings));
      from += batch.readings.length;
    }
    if (!(await this.#writeDerived(derived))) return false;
    const now = this.#deps.clock();
    for (const { position, entry } of entries) {
      // After a restart the time that we were away says nothing of the way into the store.
      if (position >= this.#replayTo && entry.readings.length > 0)
        this.#deps.counters.storedAfter(now - entry.receivedAt);
      if (position < this.#replayTo) countReceived(this.#deps.counters, entry);
    }
    return true;
  }

  /** Corrected readings were never received: they have a counter of their own. False when stopping during an outage. */
  async #writeDerived(derived: readonly StoredReading[]): Promise<boolean> {
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
    all: readonly StoredReading[],
    from: number,
  ): Promise<{ readings: readonly StoredReading[]; outcome: WriteOutcome } | undefined> {
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
    { readings, outcome }: { readings: readonly StoredReading[]; outcome: WriteOutcome },
    refused: readonly KeptMessage[],
  ): Promise<void> {
    const { counters, rejections, log, markStored } = this.#deps;
    counters.stored(outcome.stored);
    counters.duplicate(outcome.duplicates);
    counters.late(readings.filter(isLate).length);
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

function positioned(position: number, entries: readonly JournalEntry[]): Positioned[] {
  let before = 0;
  return entries.map((entry) => {
    const placed = { position, entry, before };
    before += entry.readings.length;
    return placed;
  });
}

/** Readings of an entry as the store takes them. */
function storedReadings(
  { device, receivedAt }: JournalEntry,
  readings: readonly JudgedReading[],
): StoredReading[] {
  if (device === undefined) return [];
  return readings.map(({ metric, at, value, flag, reasons }) => ({
    device,
    metric,
    at,
    value,
    flag: flag as QualityFlag,
    reasons,
    receivedAt,
  }));
}

/** All that a journal record brings to the store; one that cannot be understood has none (the sink keeps and tells it). */
export function recordedReadings(payload: Buffer): StoredReading[] {
  try {
    return decodeEntries(payload).flatMap((entry) =>
      storedReadings(entry, [...entry.readings, ...(entry.derived ?? [])]),
    );
  } catch {
    return [];
  }
}

/** The id is the journal position: unique, in order, and the same when it is read again. */
function rejectedMessage(position: number, entry: JournalEntry): KeptMessage | undefined {
  // What was handed in once more is kept already, under its first id.
  if (!entry.rejected || entry.rejected.replayOf !== undefined) return undefined;
  return {
    id: String(position).padStart(16, '0'),
    at: entry.receivedAt,
    ...(entry.device === undefined ? {} : { device: entry.device }),
    ...entry.rejected,
  };
}

/** Readings that the store refused, each as a message that says the same; `index` counts over all `readings`. */
function refusedMessages(
  entries: readonly Positioned[],
  refused: readonly { index: number; detail: string }[],
  readings: readonly StoredReading[],
): KeptMessage[] {
  if (refused.length === 0) return [];
  let place = 0;
  const sources = entries.flatMap(({ position, entry, before }) => {
    if (entry.device === undefined) return [];
    return entry.readings.flatMap((_, index) => {
      const reading = readings[place++];
      return reading ? { position, entry, reading, index: before + index } : [];
    });
  });
  return refused.flatMap(({ index: where, detail }) => {
    const source = sources[where];
    if (!source) return [];
    const { position, entry, reading, index } = source;
    const { device, metric, at, value } = reading;
    return {
      id: `${String(position).padStart(16, '0')}-${String(index).padStart(4, '0')}`,
      at: entry.receivedAt,
      device,
      topic: readingsTopic(device),
      dialect: 'native',
      sender: { dialect: 'native' },
      rejections: [{ reason: 'store-refused', field: metric, detail: detail.slice(0, 512) }],
      payload: Buffer.from(JSON.stringify({ at, [metric]: value })).toString('base64'),
    };
  });
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
