import { open, readFile, rename } from 'node:fs/promises';
import { dirname } from 'node:path';
import { crc32 } from 'node:zlib';
import type { Logger } from 'pino';
import { z } from 'zod';
import { syncFolder } from './segments.ts';

/** How far the consumers of the journal have come, as positions. */
export interface Checkpoint {
  /** All before it is in the store. */
  storedTo: number;
  /** All before it is in the store and in every roll-up tier. */
  rolledUpTo: number;
}

/** The file: a digit that the disk changed must not make the sink skip what is not stored. */
const Stored = z
  .object({
    storedTo: z.int().nonnegative(),
    rolledUpTo: z.int().nonnegative(),
    check: z.int(),
  })
  .refine((stored) => stored.check === checkOf(stored) && stored.rolledUpTo <= stored.storedTo);

function checkOf({ storedTo, rolledUpTo }: Checkpoint): number {
  return crc32(`${storedTo} ${rolledUpTo}`);
}

/** Reads a checkpoint; a missing or unreadable one means the beginning: replaying is harmless. */
export async function readCheckpoint(path: string, log: Logger): Promise<Checkpoint> {
  try {
    const { storedTo, rolledUpTo } = Stored.parse(JSON.parse(await readFile(path, 'utf8')));
    return { storedTo, rolledUpTo };
  } catch (err) {
    if ((err as NodeJS.ErrnoException).code !== 'ENOENT')
      log.error({ err, path }, 'checkpoint is not readable: the whole journal is replayed');
    return { storedTo: 0, rolledUpTo: 0 };
  }
}

/** Replaces the checkpoint in one step: a crash leaves the old or the new one. */
export async function writeCheckpoint(path: string, checkpoint: Checkpoint): Promise<void> {
  const { storedTo, rolledUpTo } = checkpoint;
  const draft = `${path}.new`;
  const handle = await open(draft, 'w', 0o600);
  try {
    await handle.writeFile(JSON.stringify({ storedTo, rolledUpTo, check: checkOf(checkpoint) }));
    await handle.sync();
  } finally {
    await handle.close();
  }
  await rename(draft, path);
  await syncFolder(dirname(path));
}
