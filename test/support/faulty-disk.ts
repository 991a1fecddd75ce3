import type { FileHandle } from 'node:fs/promises';
import { type Disk, realDisk } from '../../ingest/journal/disk.ts';

export const diskOperations = [
  'open',
  'unlink',
  'truncate',
  'syncFolder',
  'write',
  'datasync',
  'handleTruncate',
] as const;
export type DiskOperation = (typeof diskOperations)[number];

/** A disk of which each operation can be made to fail, with what it has done before it says so. */
export interface FaultyDisk extends Disk {
  /** Operations that fail now, with their code; `ENOENT` of `unlink` is the real one. */
  failing: Map<DiskOperation, string>;
  /** Part of a write that reaches the file although the write fails. */
  writtenPart: number;
  counts: Record<DiskOperation, number>;
}

export function createFaultyDisk(): FaultyDisk {
  const failing = new Map<DiskOperation, string>();
  const counts = Object.fromEntries(
    diskOperations.map((name) => [name, 0]),
  ) as FaultyDisk['counts'];

  async function ask<T>(operation: DiskOperation, work: () => Promise<T>): Promise<T> {
    counts[operation]++;
    const code = failing.get(operation);
    if (code) throw Object.assign(new Error(`${code}: ${operation}`), { code });
    return work();
  }

  function wrap(handle: FileHandle): FileHandle {
    return {
      async write(buffer: Buffer, offset: number, length: number, position: number) {
        if (failing.has('write'))
          await handle.write(buffer, offset, Math.floor(length * disk.writtenPart), position);
        return ask('write', () => handle.write(buffer, offset, length, position));
      },
      datasync: () => ask('datasync', () => handle.datasync()),
      truncate: (bytes: number) => ask('handleTruncate', () => handle.truncate(bytes)),
      close: () => handle.close(),
    } as unknown as FileHandle;
  }

  const disk: FaultyDisk = {
    failing,
    counts,
    writtenPart: 0.5,
    open: (path, flags, mode) =>
      ask('open', async () => wrap(await realDisk.open(path, flags, mode))),
    unlink: (path) => ask('unlink', () => realDisk.unlink(path)),
    truncate: (path, bytes) => ask('truncate', () => realDisk.truncate(path, bytes)),
    syncFolder: (path) => ask('syncFolder', () => realDisk.syncFolder(path)),
  };
  return disk;
}
