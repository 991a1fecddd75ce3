import { execFileSync, spawnSync } from 'node:child_process';
import { closeSync, fsyncSync, mkdirSync, openSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { makeTempFolder } from '../support/temp-folder.ts';

/** A disk of its own that a ballast file can fill to the last byte. */
export interface SmallDisk {
  dataDir: string;
  /** Leaves no room; answers the bytes that were taken. May be repeated. */
  fill(): number;
  /** Gives the room back. */
  free(): void;
  remove(): void;
}

/** Enough for the journal, the registry and some minutes in the embedded store. */
const platformMegabytes = 160;
const chunk = Buffer.alloc(256 * 1024, 1);

/** Mounts a small tmpfs. @throws Error where mounting is not possible */
export function createSmallDisk(megabytes = platformMegabytes): SmallDisk {
  const folder = makeTempFolder();
  const mountPath = join(folder.path, 'disk');
  mkdirSync(mountPath);
  try {
    const size = `size=${megabytes}m,mode=700`;
    execFileSync('mount', ['-t', 'tmpfs', '-o', size, 'none', mountPath], { stdio: 'pipe' });
  } catch (cause) {
    folder.remove();
    const reason = 'mounting a tmpfs needs root and a kernel that allows it';
    throw new Error(`--trouble disk is not possible here: ${reason}.`, { cause });
  }
  const unmount = (): void => void spawnSync('umount', ['-l', mountPath]);
  process.once('exit', unmount);
  const ballast = join(mountPath, 'ballast');
  return {
    dataDir: join(mountPath, 'data'),
    fill: () => fillUp(ballast),
    free: () => rmSync(ballast, { force: true }),
    remove() {
      process.off('exit', unmount);
      unmount();
      folder.remove();
    },
  };
}

/** Appends until the disk refuses, at last byte by byte of a page. */
function fillUp(path: string): number {
  const file = openSync(path, 'a');
  let written = 0;
  try {
    for (let size = chunk.length; size >= 512; ) {
      try {
        written += writeSync(file, chunk, 0, size);
      } catch (error) {
        if ((error as { code?: unknown }).code !== 'ENOSPC') throw error;
        size = Math.floor(size / 8);
      }
    }
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
  return written;
}

/** The same for tests; undefined, with the reason printed, where nothing can be mounted. */
export function smallDiskOrReason(megabytes: number): SmallDisk | undefined {
  try {
    return createSmallDisk(megabytes);
  } catch (error) {
    console.warn(`skipped: ${(error as Error).message}`);
    return undefined;
  }
}
