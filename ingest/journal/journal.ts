import type { FileHandle } from 'node:fs/promises';
import { mkdir, open, stat, truncate } from 'node:fs/promises';
import type { Logger } from 'pino';
import { NotKept } from '../../broker/bus/bus.ts';
import { ingestLimits } from '../limits.ts';
import type { Checkpoint } from './checkpoint.ts';
import { frameHeaderBytes, writeFrame } from './frame.ts';
import { readRecords } from './reader.ts';
import type { Segment } from './segments.ts';
import { dropSegmentsBefore, listSegments, segmentAt, syncFolder } from './segments.ts';

export interface JournalConfig {
  folder: string;
  /** Bytes that may wait for the store; beyond them nothing more is kept. */
  journalBytesMax: number;
  /** Wait before a disk that refused is tried again. */
  retryMs?: number;
}

/** Called once per record, in the order of the appends: with its position, or why it was not kept. */
export type Appended = (error: NotKept | undefined, position: number) => void;

interface Pending {
  payload: Buffer;
  appended: Appended;
}

/**
 * Append-only, group commit: all records that wait are written at once and synced by one `fdatasync`,
 * then all of them are settled. A failed write or sync settles with {@link NotKept}, cuts the file back
 * to what was synced before, and begins a new segment: a sync that failed once is never believed later.
 */
export class Journal {
  #config: JournalConfig;
  #log: Logger;
  #handle: FileHandle | undefined;
  #segment: Segment;
  #end: number;
  #waitingFrom: number;
  #pending: Pending[] = [];
  #pendingBytes = 0;
  #writing: Promise<void> | undefined;
  #fault: string | undefined;
  #closed = false;
  #listeners = new Set<() => void>();

  /** Opens the journal of a folder: makes it if missing, cuts a torn tail. */
  static async open(config: JournalConfig, log: Logger): Promise<Journal> {
    await mkdir(config.folder, { recursive: true, mode: 0o700 });
    const segments = await listSegments(config.folder);
    const last = segments.at(-1) ?? segmentAt(config.folder, 0);
    const end = segments.length === 0 ? 0 : await cutTornTail(last, log);
    const journal = new Journal(config, log, {
      segment: last,
      start: segments[0]?.start ?? 0,
      end,
    });
    await journal.#openSegment(last);
    return journal;
  }

  private constructor(
    config: JournalConfig,
    log: Logger,
    at: { segment: Segment; start: number; end: number },
  ) {
    this.#config = config;
    this.#log = log;
    this.#segment = at.segment;
    this.#waitingFrom = at.start;
    this.#end = at.end;
  }

  /** Position behind the last record that is on disk. */
  get end(): number {
    return this.#end;
  }

  get folder(): string {
    return this.#config.folder;
  }

  /** Why the journal cannot take records now, or undefined. */
  get fault(): string | undefined {
    if (this.#fault) return this.#fault;
    const bytes = this.#end - this.#waitingFrom;
    const { journalBytesMax } = this.#config;
    return bytes >= journalBytesMax
      ? `${bytes} bytes wait for the store, JOURNAL_MAX is ${journalBytesMax}`
      : undefined;
  }

  /** Calls `listener` after each group commit. */
  onCommit(listener: () => void): void {
    this.#listeners.add(listener);
  }

  append(payload: Buffer, appended: Appended): void {
    const refusal = this.#refusal(payload);
    if (refusal) {
      appended(new NotKept(refusal), -1);
      return;
    }
    this.#pending.push({ payload, appended });
    this.#pendingBytes += payload.length;
    this.#writing ??= this.#writeGroups();
  }

  #refusal(payload: Buffer): string | undefined {
    if (this.#closed) return 'the journal is closed';
    if (this.#pending.length >= ingestLimits.journalPendingMax)
      return 'too many messages wait for the disk';
    if (this.#pendingBytes + payload.length > ingestLimits.journalPendingBytesMax) {
      return 'too many bytes wait for the disk';
    }
    return this.fault;
  }

  /** Waits for the records under way, then closes. */
  async close(): Promise<void> {
    this.#closed = true;
    await this.#writing;
    await this.#handle?.close();
    this.#handle = undefined;
  }

  /** What is stored no longer counts against the bound; what is rolled up too is forgotten, a whole segment at a time. */
  async consumedTo({ storedTo, rolledUpTo }: Checkpoint): Promise<void> {
    this.#waitingFrom = storedTo;
    await dropSegmentsBefore(this.folder, rolledUpTo);
  }

  async #writeGroups(): Promise<void> {
    // One turn of the event loop gathers what arrived together.
    await new Promise(setImmediate);
    while (this.#pending.length > 0) {
      const group = this.#takeGroup();
      try {
        await this.#commit(group);
      } catch (error) {
        this.#fail(group, error as Error);
      }
      for (const listener of this.#listeners) listener();
    }
    this.#writing = undefined;
  }

  #takeGroup(): Pending[] {
    let bytes = 0;
    let count = 0;
    for (const { payload } of this.#pending) {
      bytes += payload.length + frameHeaderBytes;
      count++;
      if (bytes >= ingestLimits.journalGroupBytesMax) break;
    }
    return this.#pending.splice(0, count);
  }

  async #commit(group: readonly Pending[]): Promise<void> {
    const bytes = group.reduce((sum, { payload }) => sum + payload.length + frameHeaderBytes, 0);
    const buffer = Buffer.allocUnsafe(bytes);
    const positions: number[] = [];
    let offset = 0;
    for (const { payload } of group) {
      positions.push(this.#end + offset);
      offset = writeFrame(buffer, offset, payload);
    }
    await this.#roomForGroup();
    if (!this.#handle) throw new Error('no segment is open');
    await writeAll(this.#handle, buffer, this.#end - this.#segment.start);
    await this.#handle.datasync();
    this.#end += bytes;
    group.forEach(({ payload, appended }, index) => {
      this.#pendingBytes -= payload.length;
      appended(undefined, positions[index] ?? -1);
    });
  }

  async #roomForGroup(): Promise<void> {
    if (this.#end - this.#segment.start < ingestLimits.journalSegmentBytes) return;
    await this.#openSegment(segmentAt(this.folder, this.#end));
  }

  async #openSegment(segment: Segment): Promise<void> {
    const handle = await open(segment.path, 'a+', 0o600).then(async (created) => {
      await created.close();
      return open(segment.path, 'r+', 0o600);
    });
    await syncFolder(this.folder);
    await this.#handle?.close();
    this.#handle = handle;
    this.#segment = segment;
  }

  #fail(group: readonly Pending[], error: Error): void {
    this.#fault ??= `the disk refused: ${error.message}`;
    this.#log.error({ err: error }, 'journal cannot be written');
    const refused = [...group, ...this.#pending.splice(0)];
    this.#pendingBytes = 0;
    for (const { appended } of refused) appended(new NotKept(this.#fault), -1);
    this.#retryLater();
  }

  #retryLater(): void {
    setTimeout(() => {
      if (this.#closed) return;
      this.#recover().then(
        () => {
          this.#fault = undefined;
          this.#log.info('journal can be written again');
        },
        () => this.#retryLater(),
      );
    }, this.#config.retryMs ?? 1_000).unref();
  }

  /** Cuts off what was written but not synced, and proves on a new segment that the disk takes data again. */
  async #recover(): Promise<void> {
    await truncate(this.#segment.path, this.#end - this.#segment.start);
    const probe = Buffer.alloc(64 * 1024);
    await this.#openSegment(segmentAt(this.folder, this.#end));
    if (!this.#handle) return;
    await writeAll(this.#handle, probe, 0);
    await this.#handle.datasync();
    await this.#handle.truncate(0);
    await this.#handle.datasync();
  }
}

async function writeAll(handle: FileHandle, buffer: Buffer, position: number): Promise<void> {
  let written = 0;
  while (written < buffer.length) {
    const { bytesWritten } = await handle.write(
      buffer,
      written,
      buffer.length - written,
      position + written,
    );
    written += bytesWritten;
  }
}

/** Returns the position behind the last whole record of the last segment, and cuts off what follows. */
async function cutTornTail(segment: Segment, log: Logger): Promise<number> {
  const { size } = await stat(segment.path);
  let end = segment.start;
  for await (const batch of readRecords(segment, segment.start, segment.start + size))
    end = batch.end;
  const torn = segment.start + size - end;
  if (torn > 0) {
    log.warn({ position: end, bytes: torn }, 'journal: torn tail cut off');
    await truncate(segment.path, end - segment.start);
  }
  return end;
}
