import { createHash } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { mkdir, open, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import { replaceFile } from './shelf.ts';

/** What a file came to. */
export interface Written {
  bytes: number;
  /** Of the bytes as they are served. */
  sha256: string;
}

/** Makes a file under a temporary name; `publish` gives it its own, with its checksum beside it. */
export interface Draft extends Written {
  publish(folder: string, name: string): Promise<void>;
  discard(): Promise<void>;
}

/**
 * Writes chunks to a draft, as gzip where asked. The gzip header has neither time nor name: the same rows are the
 * same bytes.
 */
export async function writeDraft(
  folder: string,
  chunks: AsyncIterable<string | Buffer>,
  { gzip }: { gzip: boolean },
): Promise<Draft> {
  await mkdir(folder, { recursive: true });
  const path = join(folder, 'draft.part');
  const hash = createHash('sha256');
  const noted = async function* (source: AsyncIterable<Buffer | string>): AsyncGenerator<Buffer> {
    for await (const chunk of source) {
      const bytes = Buffer.from(chunk);
      hash.update(bytes);
      yield bytes;
    }
  };
  const source = Readable.from(chunks, { objectMode: false });
  const target = createWriteStream(path, { flush: true });
  if (gzip) await pipeline(source, createGzip({ level: 9 }), noted, target);
  else await pipeline(source, noted, target);
  return draftOf(path, hash.digest('hex'));
}

/** The same for a file that something else writes to the path that it is given. */
export async function writeDraftBy(
  folder: string,
  write: (path: string) => Promise<void>,
): Promise<Draft> {
  const path = join(folder, 'draft.part');
  await write(path);
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(path)) hash.update(chunk as Buffer);
  await syncPath(path);
  return draftOf(path, hash.digest('hex'));
}

async function draftOf(path: string, sha256: string): Promise<Draft> {
  const { size } = await stat(path);
  return {
    bytes: size,
    sha256,
    async publish(into, name) {
      await mkdir(into, { recursive: true });
      // The checksum first: a file is never there without it.
      await replaceFile(join(into, `${name}.sha256`), `${sha256}  ${name}\n`);
      await rename(path, join(into, name));
      await syncPath(into);
    },
    discard: () => rm(path, { force: true }),
  };
}

/** A file's or a folder's content to the disk. */
async function syncPath(path: string): Promise<void> {
  const handle = await open(path, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
