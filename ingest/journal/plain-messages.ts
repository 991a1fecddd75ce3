import type { DeviceKey } from '../../broker/contract/ids.ts';
import type { LiveReadings } from '../../broker/contract/live.ts';
import { ingestLimits } from '../limits.ts';
import type { JournalEntry } from './entry.ts';
import { ReadingColumns } from './reading-columns.ts';

const firstRows = 64;

/** What became of a record: one object for all who want to know of its messages later. */
export interface Fate {
  /** Undefined until it is known. */
  isKept: boolean | undefined;
}

/** Whether nothing but judged readings of one device is to be kept of an entry, so that it may go into a packed record. */
export function isPlain(entry: JournalEntry): entry is JournalEntry & { device: DeviceKey } {
  const { device, readings, rejected, online, commandAck } = entry;
  return (
    device !== undefined &&
    readings.length > 0 &&
    rejected === undefined &&
    online === undefined &&
    commandAck === undefined
  );
}

/**
 * Messages of one instant of which nothing but readings is to be kept, on their way into one packed record. Used
 * again: what waits for the commit costs no objects that outlive a collection.
 */
export class PlainMessages {
  receivedAt = 0;
  count = 0;
  /** Of these messages; unlike the columns it is not used again. */
  fate: Fate = { isKept: undefined };
  readonly received = new ReadingColumns(firstRows);
  /** Corrected readings, in the order of their messages. */
  readonly derived = new ReadingColumns(firstRows);
  readonly #devices: DeviceKey[] = [];
  /** Place behind the last row of each message, in `received` and in `derived`. */
  #receivedEnds = new Uint32Array(firstRows);
  #derivedEnds = new Uint32Array(firstRows);

  /** Begins anew. */
  clear(receivedAt: number): void {
    this.receivedAt = receivedAt;
    this.count = 0;
    this.fate = { isKept: undefined };
    this.received.count = 0;
    this.derived.count = 0;
  }

  /** Forgets rows of a message that was begun and never ended. */
  beginMessage(): void {
    this.received.count = this.#receivedStart(this.count);
    this.derived.count = this.#derivedStart(this.count);
  }

  /** Whether a further message must go elsewhere. */
  get isFull(): boolean {
    const { packedRowsMax } = ingestLimits;
    return this.received.count >= packedRowsMax || this.count >= packedRowsMax;
  }

  /** Rows that it holds room for. */
  get rowsOfRoom(): number {
    return this.received.at.length + this.derived.at.length;
  }

  /** Ends a message: the rows since the last call are its own. */
  endMessage(device: DeviceKey): void {
    if (this.count === this.#receivedEnds.length) {
      this.#receivedEnds = grown(this.#receivedEnds);
      this.#derivedEnds = grown(this.#derivedEnds);
    }
    this.#devices[this.count] = device;
    this.#receivedEnds[this.count] = this.received.count;
    this.#derivedEnds[this.count] = this.derived.count;
    this.count += 1;
  }

  /** The first row of a message in `received`. */
  firstRow(message: number): number {
    return this.#receivedStart(message);
  }

  device(message: number): DeviceKey {
    const device = this.#devices[message];
    if (device === undefined) throw new Error(`there is no message ${message}`);
    return device;
  }

  /** Number of a message's rows in `received`. */
  receivedRows(message: number): number {
    return (this.#receivedEnds[message] ?? 0) - this.#receivedStart(message);
  }

  derivedRows(message: number): number {
    return (this.#derivedEnds[message] ?? 0) - this.#derivedStart(message);
  }

  /** Adds an entry that {@link isPlain}. */
  add(device: DeviceKey, { readings, derived = [] }: JournalEntry): void {
    for (const reading of readings) this.received.push(reading);
    for (const reading of derived) this.derived.push(reading);
    this.endMessage(device);
  }

  /** One message as live views see it: what was derived stands behind what was received. */
  live(message: number): LiveReadings {
    const { receivedAt } = this;
    const end = this.#receivedEnds[message] ?? 0;
    const readings = this.received.readings(this.#receivedStart(message), end);
    if (this.derived.count > 0) readings.push(...(this.entry(message).derived ?? []));
    return { device: this.device(message), receivedAt, readings };
  }

  /** One message as an entry. */
  entry(message: number): JournalEntry {
    const from = this.#receivedStart(message);
    const derivedFrom = this.#derivedStart(message);
    const entry: JournalEntry = {
      device: this.device(message),
      receivedAt: this.receivedAt,
      readings: this.received.readings(from, this.#receivedEnds[message] ?? 0),
    };
    const derivedEnd = this.#derivedEnds[message] ?? 0;
    if (derivedEnd > derivedFrom) entry.derived = this.derived.readings(derivedFrom, derivedEnd);
    return entry;
  }

  #receivedStart(message: number): number {
    return message === 0 ? 0 : (this.#receivedEnds[message - 1] ?? 0);
  }

  #derivedStart(message: number): number {
    return message === 0 ? 0 : (this.#derivedEnds[message - 1] ?? 0);
  }
}

function grown(column: Uint32Array): Uint32Array<ArrayBuffer> {
  const larger = new Uint32Array(2 * column.length);
  larger.set(column);
  return larger;
}
