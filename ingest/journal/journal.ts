import { mkdir } from 'node:fs/promises';
import type { Logger } from 'pino';
import { NotKept } from '../../broker/bus/bus.ts';
import { ingestLimits } from '../limits.ts';
import type { Checkpoint } from './checkpoint.ts';
import { type Disk, realDisk } from './disk.ts';
import { frameHeaderBytes, framePayloadBytesMax, type Payload, payloadLength } from './frame.ts';
import { type Appended, Group } from './group.ts';
import { Quarantine } from './quarantine.ts';
import type { RecordBatch } from './reader.ts';
import { readJournal } from './reader.ts';
import { SegmentWriter } from './segment-writer.ts';
import { dropSegmentsBefore, listSegments } from './segments.ts';
import { cutTornTail } from './tail.ts';

export interface JournalConfig {
  folder: string;
  /** Bytes that may wait for the store; beyond them nothing more is kept. */
  journalBytesMax: number;
  /** Positions before this one were given away earlier, even if their segments are gone. */
  beginAt?: number;
  /** Wait before a disk that refused is tried again. */
  retryMs?: number;
  disk?: Disk;
}

/** Once JOURNAL_MAX is reached, records are taken again when so much of it waits: taking does not stop and go. */
const roomAgain = 0.9;

/**
 * Append-only, group commit: all records that wait are written at once and synced by one `fdatasync`,
 * then all of them are settled. A failed write or sync settles with {@link NotKept}; after it nothing of
 * that segment beyond what was synced before is believed, and a new one is begun there.
 */
export class Journal {
  readonly #config: JournalConfig;
  readonly #disk: Disk;
  readonly #log: Logger;
  readonly #quarantine: Quarantine;
  readonly #listeners = new Set<() => void>();
  #writer: SegmentWriter | undefined;
  /** Behind what is synced; behind what is synced or waits to be. */
  #end: number;
  #endOfWaiting: number;
  #waitingCount = 0;
  readonly #groups: Group[] = [];
  #spare: Buffer | undefined;
  #writing: Promise<void> | undefined;

  #storedTo: number;
  #rolledUpTo = 0;
  #isFull = false;
  #fault: string | undefined;
  #retry: NodeJS.Timeout | undefined;
  #recovering: Promise<void> | undefined;
  #closed = false;

  /**
   * Opens the journal of a folder: makes it if missing, cuts a torn tail, begins a new segment. A disk
   * that refuses that is a fault of the journal, which it recovers from, and no reason not to start.
   */
  static async open(config: JournalConfig, log: Logger): Promise<Journal> {
    const { folder, beginAt = 0, disk = realDisk } = config;
    await mkdir(folder, { recursive: true, mode: 0o700 });
    const quarantine = new Quarantine(folder, log);
    const segments = await listSegments(folder);
    const last = segments.at(-1);
    const end = last ? await cutTornTail(last, { disk, log, quarantine }) : 0;
    const at = { start: segments[0]?.start ?? 0, end: Math.max(end, beginAt) };
    const journal = new Journal(config, { disk, log, quarantine }, at);
    try {
      journal.#writer = await SegmentWriter.begin(folder, at.end, disk);
    } catch (error) {
      journal.#fail([], error as Error);
    }
    return journal;
  }

  private constructor(
    config: JournalConfig,
    deps: { disk: Disk; log: Logger; quarantine: Quarantine },
    at: { start: number; end: number },
  ) {
    this.#config = config;
    this.#disk = deps.disk;
    this.#log = deps.log;
    this.#quarantine = deps.quarantine;
    this.#storedTo = at.start;
    this.#end = at.end;
    this.#endOfWaiting = at.end;
  }

  /** Position behind the last record that is on disk. */
  get end(): number {
    return this.#end;
  }

  get folder(): string {
    return this.#config.folder;
  }

  /** Bytes that were found damaged since the start: records that were in them are lost. */
  get damagedBytes(): number {
    return this.#quarantine.bytes;
  }

  /** Why the journal cannot take records now, or undefined. */
  get fault(): string | undefined {
    if (this.#fault) return this.#fault;
    const { journalBytesMax } = this.#config;
    return this.#isFull
      ? `${this.#end - this.#storedTo} bytes wait for the store, JOURNAL_MAX is ${journalBytesMax}`
      : undefined;
  }

  /** Calls `listener` after each group commit. */
  onCommit(listener: () => void): void {
    this.#listeners.add(listener);
  }

  append(payload: Payload, appended: Appended): void {
    const payloadBytes = payloadLength(payload);
    const refusal = this.#refusal(payloadBytes);
    if (refusal) {
      appended(new NotKept(refusal), -1);
      return;
    }
    this.#openGroup().add(payload, payloadBytes, appended);
    this.#waitingCount++;
    this.#endOfWaiting += frameHeaderBytes + payloadBytes;
    this.#updateFull();
    this.#writing ??= this.#writeGroups();
  }

  #refusal(payloadBytes: number): string | undefined {
    if (this.#closed) return 'the journal is closed';
    if (this.#fault || this.#isFull) return this.fault;
    if (this.#waitingCount >= ingestLimits.journalPendingMax)
      return 'too many messages wait for the disk';
    if (this.#endOfWaiting - this.#end + payloadBytes > ingestLimits.journalPendingBytesMax)
      return 'too many bytes wait for the disk';
    if (payloadBytes === 0 || payloadBytes > framePayloadBytesMax)
      return `a record has 1 to ${framePayloadBytesMax} bytes, not ${payloadBytes}`;
    return undefined;
  }

  #openGroup(): Group {
    const last = this.#groups.at(-1);
    if (last && last.bytes < ingestLimits.journalGroupBytesMax) return last;
    const group = new Group(this.#endOfWaiting, this.#spare);
    this.#spare = undefined;
    this.#groups.push(group);
    return group;
  }

  #updateFull(): void {
    const { journalBytesMax } = this.#config;
    const bytes = this.#endOfWaiting - this.#storedTo;
    this.#isFull = bytes >= (this.#isFull ? roomAgain : 1) * journalBytesMax;
  }

  /** Reads what is on disk from `from` up to `to`. What is damaged goes to quarantine and is skipped. */
  read(range: { from: number; to: number }): AsyncGenerator<RecordBatch> {
    return readJournal(this.folder, range, (damage) => this.#quarantine.report(damage));
  }

  /** Waits for the records under way, then closes. */
  async close(): Promise<void> {
    this.#closed = true;
    clearTimeout(this.#retry);
    await this.#writing;
    await this.#recovering;
    await this.#writer?.close();
    this.#writer = undefined;
  }

  /** What is stored no longer counts against the bound; what is rolled up too is forgotten, a whole segment at a time. */
  async consumedTo({ storedTo, rolledUpTo }: Checkpoint): Promise<void> {
    this.#storedTo = storedTo;
    this.#rolledUpTo = rolledUpTo;
    this.#updateFull();
    await this.#dropConsumed();
  }

  /** That a file cannot be removed costs room, and nothing else: it is tried again at the next call. */
  async #dropConsumed(): Promise<void> {
    await dropSegmentsBefore(this.folder, this.#rolledUpTo, this.#disk).catch((err: unknown) =>
      this.#log.warn({ err }, 'journal: a consumed segment cannot be removed'),
    );
  }

  async #writeGroups(): Promise<void> {
    // One turn of the event loop gathers what arrived together.
    await new Promise(setImmediate);
    for (let group = this.#groups.shift(); group; group = this.#groups.shift()) {
      const failure = await this.#commit(group);
      if (failure) this.#fail([group, ...this.#groups.splice(0)], failure);
      else this.#settle(group);
      for (const listener of this.#listeners) listener();
    }
    this.#writing = undefined;
  }

  async #commit(group: Group): Promise<Error | undefined> {
    try {
      await this.#writerFor(group).then((writer) => writer.write(group, group.start));
    } catch (error) {
      return error as Error;
    }
    this.#end += group.bytes;
    return undefined;
  }

  async #writerFor(group: Group): Promise<SegmentWriter> {
    const writer = this.#writer;
    if (!writer) throw new Error('no segment is open');
    if (group.start - writer.segment.start < ingestLimits.journalSegmentBytes) return writer;
    this.#writer = await SegmentWriter.begin(this.folder, group.start, this.#disk);
    await writer.close();
    return this.#writer;
  }

  #settle(group: Group, error?: NotKept): void {
    this.#waitingCount -= group.count;
    // Before settling: those who are told append again at once.
    if (group.buffer.length <= 2 * ingestLimits.journalGroupBytesMax) this.#spare = group.buffer;
    group.settle(error, (err) => this.#log.error({ err }, 'a listener of the journal failed'));
  }

  #fail(groups: readonly Group[], error: Error): void {
    const fault = `the disk refused: ${error.message}`;
    this.#fault = fault;
    this.#endOfWaiting = this.#end;
    this.#updateFull();
    this.#log.error({ err: error }, 'journal cannot be written');
    for (const group of groups) this.#settle(group, new NotKept(fault));
    this.#retryLater();
  }

  #retryLater(): void {
    if (this.#closed) return;
    this.#retry = setTimeout(() => {
      this.#recovering = this.#recover().then(
        () => {
          this.#fault = undefined;
          this.#log.info('journal can be written again');
        },
        (error: Error) => {
          this.#fault = `the disk refused: ${error.message}`;
          this.#retryLater();
        },
      );
    }, this.#config.retryMs ?? 1_000);
    this.#retry.unref();
  }

  /** Leaves the segment that failed and proves on a new one that the disk takes data again. */
  async #recover(): Promise<void> {
    await this.#writer?.close(this.#end);
    this.#writer = undefined;
    const writer = await SegmentWriter.begin(this.folder, this.#end, this.#disk);
    try {
      // Only now may the last segment go, and a full disk gets room by that.
      await this.#dropConsumed();
      await writer.probe();
    } catch (error) {
      await writer.close();
      throw error;
    }
    this.#writer = writer;
  }
}
