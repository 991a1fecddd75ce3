import { open, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Disk } from './disk.ts';

/**
 * The journal is one endless sequence of bytes, cut into files. A position is the number of bytes
 * before it; a file carries the position of its first byte in its name.
 */
export interface Segment {
  path: string;
  start: number;
}

const namePattern = /^(\d{16})\.journal$/;

export function segmentAt(folder: string, start: number): Segment {
  return { path: join(folder, `${String(start).padStart(16, '0')}.journal`), start };
}

/** The segments of a folder, oldest first. */
export async function listSegments(folder: string): Promise<Segment[]> {
  const names = (await readdir(folder)).filter((name) => namePattern.test(name)).sort();
  return names.map((name) => segmentAt(folder, Number(name.slice(0, 16))));
}

/** Makes the creation, renaming or removal of a file itself survive a power cut. */
export async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** Removes the segments that end at or before `position`; the last segment always stays. */
export async function dropSegmentsBefore(
  folder: string,
  position: number,
  disk: Pick<Disk, 'unlink'>,
): Promise<void> {
  const segments = await listSegments(folder);
  for (const [index, segment] of segments.entries()) {
    const next = segments[index + 1];
    if (!next || next.start > position) return;
    await disk.unlink(segment.path);
  }
}
