import { createHash } from 'node:crypto';
import { open } from 'node:fs/promises';
import { exportLimits } from './limits.ts';

/** Bytes of an export: a piece of a file. */
interface Part {
  path: string;
  start: number;
  length: number;
}

/**
 * The file of an export as a row of parts that only ever grows: what is there does not change. Readers follow it
 * at their own pace, each with one buffer; the parts of one export are few, some ten MB each.
 */
export class Parts {
  readonly #parts: Part[] = [];
  readonly #hash = createHash('sha256');
  #hashing: Promise<void> = Promise.resolve();
  #buffer: Buffer | undefined;
  #bytes = 0;
  #end: { error?: Error } | undefined;
  #waiting: (() => void)[] = [];

  get bytes(): number {
    return this.#bytes;
  }

  /** Resolves when the part before is read for the checksum, so that no more than one waits. */
  async add(part: Part): Promise<void> {
    if (part.length <= 0) return;
    const before = this.#hashing;
    this.#hashing = before.then(() => this.#hashPart(part));
    // Reading again what was just written fails only with the disk; the end tells.
    this.#hashing.catch(() => undefined);
    this.#parts.push(part);
    this.#bytes += part.length;
    this.#wake();
    await before;
  }

  /** No part follows. @returns SHA-256 of all bytes, in hexadecimal */
  async complete(): Promise<string> {
    await this.#hashing;
    this.#buffer = undefined;
    this.#end = {};
    this.#wake();
    return this.#hash.digest('hex');
  }

  /** No part follows, and readers are told why. */
  fail(error: Error): void {
    this.#end ??= { error };
    this.#wake();
  }

  /** The bytes `[from, to)`, as they come to be; ends early when its reader has gone. */
  async *read(from: number, to: number, gone: AbortSignal): AsyncGenerator<Buffer> {
    let offset = 0;
    for (let index = 0; offset < to; index++) {
      if (index === this.#parts.length) await this.#reach(offset, gone);
      if (gone.aborted) return;
      const part = this.#parts[index];
      if (!part) return;
      const end = offset + part.length;
      if (end > from) {
        const span = { from: Math.max(0, from - offset), to: Math.min(to, end) - offset };
        try {
          for await (const bytes of readPart(part, span)) yield* chunksOf(bytes);
        } catch (error) {
          // A reader that was slow finds no file.
          throw this.#end?.error ?? error;
        }
        if (this.#end?.error) throw this.#end.error;
      }
      offset = end;
    }
  }

  /** Resolves when there are bytes beyond `offset`, the end is known, or the reader has gone. */
  async #reach(offset: number, gone: AbortSignal): Promise<void> {
    const wake = (): void => this.#wake();
    gone.addEventListener('abort', wake, { once: true });
    while (this.#bytes <= offset && !this.#end && !gone.aborted) {
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    }
    gone.removeEventListener('abort', wake);
    if (this.#end?.error) throw this.#end.error;
  }

  #wake(): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const resolve of waiting) resolve();
  }

  async #hashPart(part: Part): Promise<void> {
    this.#buffer ??= Buffer.allocUnsafeSlow(exportLimits.readBytes);
    const buffer = this.#buffer;
    for await (const bytes of readPart(part, { from: 0, to: part.length, buffer })) {
      this.#hash.update(bytes);
    }
  }
}

function* chunksOf(bytes: Buffer): Generator<Buffer> {
  for (let from = 0; from < bytes.length; from += exportLimits.chunkBytes) {
    yield bytes.subarray(from, from + exportLimits.chunkBytes);
  }
}

/** `buffer`: what all bytes pass through; otherwise each piece is the reader's, whose socket may hold it for a while. */
async function* readPart(
  { path, start }: Part,
  { from, to, buffer }: { from: number; to: number; buffer?: Buffer },
): AsyncGenerator<Buffer> {
  const file = await open(path, 'r');
  try {
    for (let at = from; at < to; ) {
      const length = Math.min(exportLimits.readBytes, to - at);
      const into = buffer ?? Buffer.allocUnsafeSlow(length);
      const { bytesRead } = await file.read(into, 0, length, start + at);
      if (bytesRead === 0) throw new Error('a part of the export is shorter than it was');
      yield into.subarray(0, bytesRead);
      at += bytesRead;
    }
  } finally {
    await file.close();
  }
}
