import type { FileHandle } from 'node:fs/promises';
import type { Disk } from './disk.ts';
import { writeAll } from './disk.ts';
import { type Segment, segmentAt } from './segments.ts';

/** Bytes that a disk must take before it is believed to work again. */
const probeBytes = 64 * 1024;

/** The segment that is being written. Always a file of its own making: never one that it found. */
export class SegmentWriter {
  readonly segment: Segment;
  readonly #handle: FileHandle;
  readonly #disk: Disk;

  /**
   * Begins the segment at `start`. A file of this name holds nothing that was ever synced (else the
   * segment would begin behind it); it goes, because pages of a file whose sync once failed may be taken
   * for written.
   */
  static async begin(folder: string, start: number, disk: Disk): Promise<SegmentWriter> {
    const segment = segmentAt(folder, start);
    await disk.unlink(segment.path).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'ENOENT') throw error;
    });
    const handle = await disk.open(segment.path, 'wx', 0o600);
    try {
      await disk.syncFolder(folder);
    } catch (error) {
      await handle.close();
      throw error;
    }
    return new SegmentWriter(segment, handle, disk);
  }

  private constructor(segment: Segment, handle: FileHandle, disk: Disk) {
    this.segment = segment;
    this.#handle = handle;
    this.#disk = disk;
  }

  /** Writes at a position of the journal and syncs. When this throws, nothing of it may be believed. */
  async write(bytes: { buffer: Buffer; bytes: number }, position: number): Promise<void> {
    await writeAll(this.#handle, bytes, position - this.segment.start);
    await this.#handle.datasync();
  }

  /** Proves on the empty file that the disk takes data and syncs them. */
  async probe(): Promise<void> {
    await writeAll(this.#handle, { buffer: Buffer.alloc(probeBytes), bytes: probeBytes }, 0);
    await this.#handle.datasync();
    await this.#handle.truncate(0);
    await this.#handle.datasync();
  }

  /**
   * Closes; after a failure it also cuts off what lies behind `end`. That may fail as well and does no
   * harm: the next segment begins at `end`, and nothing is read beyond that.
   */
  async close(end?: number): Promise<void> {
    await this.#handle.close().catch(() => {});
    if (end === undefined) return;
    await this.#disk.truncate(this.segment.path, end - this.segment.start).catch(() => {});
  }
}
