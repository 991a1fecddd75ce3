import { open, readFile, rename } from 'node:fs/promises';
import { dirname } from 'node:path';
import { z } from 'zod';
import { syncFolder } from './segments.ts';

/** How far the consumers of the journal have come, as positions. */
const Checkpoint = z.object({
  /** All before it is in the store. */
  storedTo: z.int().nonnegative(),
  /** All before it is in the store and in every roll-up tier. */
  rolledUpTo: z.int().nonnegative(),
});
export type Checkpoint = z.infer<typeof Checkpoint>;

/** Reads a checkpoint; a missing or unreadable one means the beginning: replaying is harmless. */
export async function readCheckpoint(path: string): Promise<Checkpoint> {
  try {
    return Checkpoint.parse(JSON.parse(await readFile(path, 'utf8')));
  } catch {
    return { storedTo: 0, rolledUpTo: 0 };
  }
}

/** Replaces the checkpoint in one step: a crash leaves the old or the new one. */
export async function writeCheckpoint(path: string, checkpoint: Checkpoint): Promise<void> {
  const draft = `${path}.new`;
  const handle = await open(draft, 'w', 0o600);
  try {
    await handle.writeFile(JSON.stringify(checkpoint));
    await handle.sync();
  } finally {
    await handle.close();
  }
  await rename(draft, path);
  await syncFolder(dirname(path));
}
