import type { FileHandle } from 'node:fs/promises';
import { open, truncate, unlink } from 'node:fs/promises';
import { syncFolder } from './segments.ts';

/** What the journal asks of the file system: passed in, so that a disk that fails can be played. */
export interface Disk {
  open(path: string, flags: string, mode?: number): Promise<FileHandle>;
  unlink(path: string): Promise<void>;
  truncate(path: string, bytes: number): Promise<void>;
  /** Makes the creation, renaming or removal of a file itself survive a power cut. */
  syncFolder(path: string): Promise<void>;
}

export const realDisk: Disk = { open, unlink, truncate, syncFolder };

/** Writes all of it; a write that the disk took in part goes on behind that part. */
export async function writeAll(
  handle: FileHandle,
  { buffer, bytes }: { buffer: Buffer; bytes: number },
  position: number,
): Promise<void> {
  for (let written = 0; written < bytes; ) {
    const { bytesWritten } = await handle.write(
      buffer,
      written,
      bytes - written,
      position + written,
    );
    if (bytesWritten === 0) throw new Error('the disk takes no more bytes');
    written += bytesWritten;
  }
}

const pageBytes = 4096;
const triesPerPage = 3;
const betweenTriesMs = 50;

/**
 * Fills `buffer` from `position` and returns how many bytes the file had. A page that the disk cannot
 * read (EIO, tried three times) comes as zeros: damage, like any other bytes that are wrong.
 */
export async function readAsPossible(
  handle: FileHandle,
  buffer: Buffer,
  position: number,
): Promise<number> {
  let filled = 0;
  while (filled < buffer.length) {
    const wanted = buffer.length - filled;
    const bytes = await readOnce(handle, buffer.subarray(filled), position + filled).catch(
      (error: unknown) => {
        if (!isReadError(error)) throw error;
        const toPageEnd = pageBytes - ((position + filled) % pageBytes);
        return readPage(
          handle,
          buffer.subarray(filled, filled + Math.min(wanted, toPageEnd)),
          position + filled,
        );
      },
    );
    if (bytes === 0) break;
    filled += bytes;
  }
  return filled;
}

async function readOnce(handle: FileHandle, into: Buffer, position: number): Promise<number> {
  return (await handle.read(into, 0, into.length, position)).bytesRead;
}

async function readPage(handle: FileHandle, page: Buffer, position: number): Promise<number> {
  for (let tries = 1; tries <= triesPerPage; tries++) {
    try {
      return await readOnce(handle, page, position);
    } catch (error) {
      if (!isReadError(error)) throw error;
      await new Promise((resolve) => setTimeout(resolve, betweenTriesMs));
    }
  }
  return page.fill(0).length;
}

function isReadError(error: unknown): boolean {
  return (error as NodeJS.ErrnoException).code === 'EIO';
}
