import type { LiveReadings } from '../../broker/contract/live.ts';
import type { ReadingCounters } from '../counters.ts';
import { encodeEntry, type JournalEntry } from '../journal/entry.ts';
import type { Journal } from '../journal/journal.ts';
import { pack } from '../journal/pack.ts';
import { type Fate, isPlain, type PlainMessages } from '../journal/plain-messages.ts';
import { PlainMessagesPool } from '../journal/plain-messages-pool.ts';
import type { Arrival } from './arrival.ts';

/** Who hears what was kept: it is on disk then. */
export interface Hearer {
  /** Whether anybody would hear readings. */
  isWanted(): boolean;
  readings(batch: readonly LiveReadings[]): void;
  /** An answer to a command. */
  ack(entry: JournalEntry): void;
}

export interface GathererDeps {
  journal: Pick<Journal, 'append'>;
  counters: ReadingCounters;
  live: Hearer;
}

/** Plain messages that will be one record, and whose they are. */
interface OpenRecord {
  messages: PlainMessages;
  arrivals: Arrival[];
}

/**
 * Makes records of what arrives, in its order. Plain messages of one turn of the event loop and one instant are packed
 * together, whoever sent them: thousands of connections with a message each cost no more than one with thousands.
 */
export class Gatherer {
  readonly #deps: GathererDeps;
  readonly #pool = new PlainMessagesPool();
  #open: OpenRecord | undefined;
  #isDue = false;
  readonly #flushDue = (): void => {
    this.#isDue = false;
    this.#flush();
  };

  constructor(deps: GathererDeps) {
    this.#deps = deps;
  }

  /** Where a further plain message of the arrival goes; whoever adds one ends it. */
  plain(arrival: Arrival): PlainMessages {
    const open = this.#open;
    const fits = open?.messages.receivedAt === arrival.receivedAt && !open.messages.isFull;
    const { messages, arrivals } = open && fits ? open : this.#begin(arrival.receivedAt);
    if (arrivals.at(-1) !== arrival) {
      arrivals.push(arrival);
      arrival.await();
    }
    messages.beginMessage();
    return messages;
  }

  /** @returns what becomes of it */
  add(arrival: Arrival, entry: JournalEntry): Fate {
    if (isPlain(entry)) {
      const messages = this.plain(arrival);
      messages.add(entry.device, entry);
      return messages.fate;
    }
    this.#flush();
    arrival.await();
    const fate: Fate = { isKept: undefined };
    this.#append(entry, (error) => {
      fate.isKept = !error;
      arrival.settled(error);
    });
    return fate;
  }

  #begin(receivedAt: number): OpenRecord {
    this.#flush();
    const open = { messages: this.#pool.take(receivedAt), arrivals: [] };
    this.#open = open;
    if (!this.#isDue) setImmediate(this.#flushDue);
    this.#isDue = true;
    return open;
  }

  #flush(): void {
    const open = this.#open;
    this.#open = undefined;
    if (!open) return;
    if (open.messages.count === 0) this.#settle(open, undefined);
    else this.#appendPlain(open);
  }

  #appendPlain(open: OpenRecord): void {
    const record = pack(open.messages);
    if (!record) {
      this.#appendSingly(open);
      return;
    }
    this.#deps.journal.append(record, (error) => {
      try {
        if (!error) this.#plainKept(open.messages);
      } finally {
        // Whatever a listener does: it is kept.
        this.#settle(open, error);
      }
    });
  }

  /** What cannot be packed goes message by message; all of it is kept, or it counts as not kept. */
  #appendSingly(open: OpenRecord): void {
    let failure: Error | undefined;
    let waiting = open.messages.count;
    for (let message = 0; message < open.messages.count; message++)
      this.#append(open.messages.entry(message), (error) => {
        failure ??= error;
        waiting -= 1;
        if (waiting === 0) this.#settle(open, failure);
      });
  }

  #append(entry: JournalEntry, settled: (error: Error | undefined) => void): void {
    this.#deps.journal.append(encodeEntry(entry), (error) => {
      try {
        if (!error) this.#entryKept(entry);
      } finally {
        settled(error);
      }
    });
  }

  #settle({ messages, arrivals }: OpenRecord, error: Error | undefined): void {
    messages.fate.isKept = !error;
    this.#pool.give(messages);
    for (const arrival of arrivals) arrival.settled(error);
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
