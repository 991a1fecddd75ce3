import type { LiveReadings } from '../../broker/contract/live.ts';
import type { ReadingCounters } from '../counters.ts';
import { encodeEntry, type JournalEntry } from '../journal/entry.ts';
import type { Journal } from '../journal/journal.ts';
import { pack } from '../journal/pack.ts';
import { isPlain, type PlainMessages } from '../journal/plain-messages.ts';
import type { PlainMessagesPool } from '../journal/plain-messages-pool.ts';

/** Told whether what was noted of a message is on disk. */
export type Traced = (isKept: boolean) => void;

export interface ArrivalDeps {
  journal: Pick<Journal, 'append'>;
  counters: ReadingCounters;
  pool: PlainMessagesPool;
  live: Hearer;
}

/** Who hears what was kept: it is on disk then. */
export interface Hearer {
  /** Whether anybody would hear readings. */
  isWanted(): boolean;
  readings(batch: readonly LiveReadings[]): void;
  /** An answer to a command. */
  ack(entry: JournalEntry): void;
}

/**
 * What came at once (a message or a burst) on its way into the journal, in its order: plain messages packed
 * together, anything else as a record of its own. Settles once, when the fate of all of it is known.
 */
export class Arrival {
  readonly #deps: ArrivalDeps;
  readonly #receivedAt: number;
  readonly #settle: (error: Error | undefined) => void;
  #open: PlainMessages | undefined;
  #traces: Traced[] = [];
  /** Records whose fate is not known, and one for {@link end}. */
  #waiting = 1;
  #failure: Error | undefined;

  constructor(deps: ArrivalDeps, receivedAt: number, settle: (error: Error | undefined) => void) {
    this.#deps = deps;
    this.#receivedAt = receivedAt;
    this.#settle = settle;
  }

  /** Where a further plain message goes; whoever adds one ends it. */
  get plain(): PlainMessages {
    if (this.#open?.isFull) this.#flush();
    this.#open ??= this.#deps.pool.take(this.#receivedAt);
    return this.#open;
  }

  /** What was noted of the plain message that was added last. */
  traced(trace: Traced | undefined): void {
    if (trace) this.#traces.push(trace);
  }

  add(entry: JournalEntry, trace: Traced | undefined): void {
    if (isPlain(entry)) {
      this.plain.add(entry.device, entry);
      this.traced(trace);
      return;
    }
    this.#flush();
    this.#appendEntry(entry, trace);
  }

  /** Nothing more comes. */
  end(): void {
    this.#flush();
    this.#settled(undefined);
  }

  #appendEntry(entry: JournalEntry, trace: Traced | undefined): void {
    this.#waiting += 1;
    this.#deps.journal.append(encodeEntry(entry), (error) => {
      trace?.(!error);
      if (!error) this.#entryKept(entry);
      this.#settled(error);
    });
  }

  #flush(): void {
    const messages = this.#open;
    if (!messages) return;
    this.#open = undefined;
    if (messages.count === 0) this.#deps.pool.give(messages);
    else this.#appendPlain(messages);
  }

  #appendPlain(messages: PlainMessages): void {
    const traces = this.#traces;
    if (traces.length > 0) this.#traces = [];
    const record = pack(messages);
    if (!record) {
      this.#appendSingly(messages, traces);
      return;
    }
    this.#waiting += 1;
    this.#deps.journal.append(record, (error) => {
      for (const trace of traces) trace(!error);
      if (!error) this.#plainKept(messages);
      this.#deps.pool.give(messages);
      this.#settled(error);
    });
  }

  /** What cannot be packed goes message by message. */
  #appendSingly(messages: PlainMessages, traces: readonly Traced[]): void {
    const last = messages.count - 1;
    const all: Traced = (isKept) => {
      for (const trace of traces) trace(isKept);
    };
    for (let message = 0; message <= last; message++)
      this.#appendEntry(messages.entry(message), message === last ? all : undefined);
    this.#deps.pool.give(messages);
  }

  #plainKept(messages: PlainMessages): void {
    const { counters, live } = this.#deps;
    counters.received(messages.received.count);
    if (!live.isWanted()) return;
    const batch: LiveReadings[] = [];
    for (let message = 0; message < messages.count; message++) batch.push(messages.live(message));
    live.readings(batch);
  }

  #entryKept(entry: JournalEntry): void {
    const { counters, live } = this.#deps;
    counters.received(entry.readings.length);
    countRejections(counters, entry);
    if (entry.commandAck !== undefined) live.ack(entry);
    const readings = live.isWanted() ? toLive(entry) : undefined;
    if (readings) live.readings([readings]);
  }

  #settled(error: Error | undefined): void {
    this.#failure ??= error;
    this.#waiting -= 1;
    if (this.#waiting === 0) this.#settle(this.#failure);
  }
}

/** Counts what was rejected of an entry as received and rejected; the sink counts the rest. */
export function countRejections(counters: ReadingCounters, entry: JournalEntry): void {
  const rejections = entry.rejected?.rejections ?? [];
  if (rejections.length > 0) counters.received(rejections.length);
  for (const { reason } of rejections) counters.rejected(reason);
}

/** An entry as live views see it, with what was derived of it, or undefined when it has nothing for them. */
export function toLive(entry: JournalEntry): LiveReadings | undefined {
  const { device, receivedAt, readings, derived } = entry;
  if (device === undefined || readings.length === 0) return undefined;
  return { device, receivedAt, readings: derived ? [...readings, ...derived] : [...readings] };
}
