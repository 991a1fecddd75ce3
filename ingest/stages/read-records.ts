import type { QualityFlag } from '../../broker/contract/quality.ts';
import type { JudgedReading } from '../../broker/contract/reading.ts';
import { decodeEntry, type JournalEntry } from '../journal/entry.ts';
import { isPacked } from '../journal/packed.ts';
import type { RecordBatch } from '../journal/reader.ts';
import { ingestLimits } from '../limits.ts';
import { ReadingBatch } from '../store/reading-batch.ts';
import { SeriesTable } from '../store/series-table.ts';
import { PackedReader } from './read-packed.ts';

/** What of a record is not in the columns. */
export interface PlacedEntry {
  position: number;
  entry: JournalEntry;
}

/** Records by place, as columns. */
export interface RecordColumns {
  position: number[];
  /** Where its received readings begin. */
  firstRow: number[];
  receivedAt: number[];
  /** Messages with readings. */
  messages: number[];
}

type Unreadable = (position: number, payload: Buffer, error: Error) => JournalEntry;

/**
 * Reads records of the journal into columns: what they bring to the store, and beside it entries that are more than
 * readings. What it answers is valid until the next call; only the numbers of series live longer.
 */
export class RecordReader {
  readonly #onUnreadable: Unreadable | undefined;
  #table = new SeriesTable();
  #packed = new PackedReader(this.#table);
  #received = new ReadingBatch(this.#table, 0);
  #derived = new ReadingBatch(this.#table, 0);

  /** `onUnreadable` says what becomes of a whole record that says nothing we know; without it, it is passed over. */
  constructor(onUnreadable?: Unreadable) {
    this.#onUnreadable = onUnreadable;
  }

  read({ records }: Pick<RecordBatch, 'records'>): RecordsRead {
    this.#begin();
    const read = new RecordsRead(this.#received, this.#derived);
    for (const { position, payload } of records) {
      try {
        if (isPacked(payload)) this.#packed.read(position, payload, read);
        else read.add(position, decodeEntry(payload));
      } catch (error) {
        const entry = this.#onUnreadable?.(position, payload, error as Error);
        if (entry) read.add(position, entry);
      }
    }
    return read;
  }

  /** Empties the columns; their room is used again. */
  #begin(): void {
    if (this.#table.size > ingestLimits.sinkSeriesMax) {
      this.#table = new SeriesTable();
      this.#packed = new PackedReader(this.#table);
      this.#received = new ReadingBatch(this.#table, 0);
      this.#derived = new ReadingBatch(this.#table, 0);
    }
    this.#received.length = 0;
    this.#derived.length = 0;
  }
}

/** See {@link RecordReader}. */
export class RecordsRead {
  readonly received: ReadingBatch;
  /** Corrected readings, which were never received. */
  readonly derived: ReadingBatch;
  readonly records: RecordColumns = { position: [], firstRow: [], receivedAt: [], messages: [] };
  /** Entries with rejections or a status. */
  readonly entries: PlacedEntry[] = [];

  constructor(received: ReadingBatch, derived: ReadingBatch) {
    this.received = received;
    this.derived = derived;
  }

  /** Takes note of a record before its rows are added. */
  begin(position: number, receivedAt: number, messages: number): void {
    const { records } = this;
    records.position.push(position);
    records.firstRow.push(this.received.length);
    records.receivedAt.push(receivedAt);
    records.messages.push(messages);
  }

  add(position: number, entry: JournalEntry): void {
    const { device, receivedAt, readings, derived = [] } = entry;
    this.begin(position, receivedAt, readings.length > 0 ? 1 : 0);
    if (entry.rejected || entry.online !== undefined) this.entries.push({ position, entry });
    if (device === undefined) return;
    for (const reading of readings)
      this.received.push({ device, receivedAt, ...asStored(reading) });
    for (const reading of derived) this.derived.push({ device, receivedAt, ...asStored(reading) });
  }

  /** Place of the record that a row of `received` came with. */
  recordOf(row: number): number {
    const { firstRow } = this.records;
    let [low, high] = [0, firstRow.length - 1];
    while (low < high) {
      const middle = Math.ceil((low + high) / 2);
      if ((firstRow[middle] as number) <= row) low = middle;
      else high = middle - 1;
    }
    return low;
  }
}

function asStored({ metric, at, value, flag, reasons }: JudgedReading) {
  return { metric, at, value, flag: flag as QualityFlag, reasons };
}
