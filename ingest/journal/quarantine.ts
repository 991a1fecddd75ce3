import { mkdir, open, readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Logger } from 'pino';
import { readAsPossible } from './disk.ts';
import type { Damage } from './reader.ts';

/** Files in quarantine, and bytes of one of them; at the bounds the rest is not copied, and that is said. */
export const quarantineFilesMax = 64;
export const quarantineFileBytesMax = 1024 * 1024;
/** Pieces of damage that are remembered as reported; beyond, one that is read again is counted again. */
const reportedMax = 10_000;

/**
 * Damaged bytes of the journal: copied to `<folder>/quarantine/<position>.bin` before their segment is
 * forgotten, so that a person can look at them, and counted. Each piece is reported once per process.
 */
export class Quarantine {
  readonly #folder: string;
  readonly #log: Logger;
  readonly #reported = new Set<number>();
  #bytes = 0;

  constructor(journalFolder: string, log: Logger) {
    this.#folder = join(journalFolder, 'quarantine');
    this.#log = log;
  }

  /** Bytes that were found damaged since the process started. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Never throws: a disk that cannot take the copy must not keep the records behind it from the store. */
  async report(damage: Damage): Promise<void> {
    const { from, to } = damage;
    if (this.#reported.has(from)) return;
    if (this.#reported.size < reportedMax) this.#reported.add(from);
    this.#bytes += to - from;
    const copy = await this.keep(damage);
    this.#log.error(
      { position: from, bytes: to - from, segment: damage.segment.path, copy },
      'journal is damaged: what stands around the damage is recovered',
    );
  }

  /** Copies without counting. Gives the path; undefined when there is no copy: no room, or nothing but zeros. */
  keep(damage: Damage): Promise<string | undefined> {
    return this.#copy(damage).catch((err: unknown) => {
      this.#log.warn({ err, position: damage.from }, 'journal: damaged bytes could not be copied');
      return undefined;
    });
  }

  async #copy({ segment, from, to }: Damage): Promise<string | undefined> {
    await mkdir(this.#folder, { recursive: true, mode: 0o700 });
    const name = `${String(from).padStart(16, '0')}.bin`;
    const path = join(this.#folder, name);
    const names = await readdir(this.#folder);
    if (names.includes(name)) return path;
    if (names.length >= quarantineFilesMax) return undefined;
    const bytes = await readDamage({ segment, from, to });
    if (bytes.every((byte) => byte === 0)) return undefined;
    const handle = await open(path, 'wx', 0o600);
    try {
      await handle.writeFile(bytes);
      await handle.sync();
    } finally {
      await handle.close();
    }
    return path;
  }
}

async function readDamage({ segment, from, to }: Damage): Promise<Buffer> {
  const { size } = await stat(segment.path);
  const there = Math.max(0, Math.min(to, segment.start + size) - from);
  const buffer = Buffer.alloc(Math.min(there, quarantineFileBytesMax));
  const handle = await open(segment.path, 'r');
  try {
    return buffer.subarray(0, await readAsPossible(handle, buffer, from - segment.start));
  } finally {
    await handle.close();
  }
}
