import { pipeline, Readable } from 'node:stream';
import { StringDecoder } from 'node:string_decoder';
import { createGunzip } from 'node:zlib';
import { importLimits } from './limits.ts';
import { FileTooLarge, UnreadableFile } from './row.ts';

export interface Line {
  /** From 1. */
  number: number;
  /** Without its line break; undefined when it was longer than `lineCharsMax`. */
  text: string | undefined;
}

export interface ReadLimits {
  bodyBytesMax: number;
  unpackedBytesMax: number;
  lineCharsMax: number;
}

/**
 * The lines of a body, gzip or plain (told by its first bytes), in constant memory. LF and CRLF end a line; a
 * byte order mark is dropped.
 *
 * @throws FileTooLarge at one of the bounds
 * @throws UnreadableFile where the compressed data are damaged or end early
 */
export async function* linesOf(
  body: AsyncIterable<Buffer>,
  limits: ReadLimits = importLimits,
): AsyncGenerator<Line> {
  const decoder = new StringDecoder('utf8');
  let rest = '';
  let number = 0;
  let isSkipping = false;
  for await (const chunk of unpacked(body, limits)) {
    const parts = (rest + decoder.write(chunk)).split('\n');
    rest = parts.pop() ?? '';
    for (const part of parts) {
      number += 1;
      yield lineOf(number, isSkipping ? undefined : part, limits);
      isSkipping = false;
    }
    if (rest.length > limits.lineCharsMax) {
      isSkipping = true;
      rest = '';
    } else if (isSkipping) rest = '';
  }
  rest += decoder.end();
  if (rest !== '' || isSkipping) {
    yield lineOf(number + 1, isSkipping ? undefined : rest, limits);
  }
}

function lineOf(number: number, part: string | undefined, { lineCharsMax }: ReadLimits): Line {
  if (part === undefined || part.length > lineCharsMax) return { number, text: undefined };
  const bare = part.endsWith('\r') ? part.slice(0, -1) : part;
  return { number, text: number === 1 && bare.startsWith('\uFEFF') ? bare.slice(1) : bare };
}

async function* unpacked(
  body: AsyncIterable<Buffer>,
  limits: ReadLimits,
): AsyncGenerator<Buffer, void, undefined> {
  const { head, all } = await peek(counted(body, limits.bodyBytesMax, 'the file'));
  if (!(head[0] === 0x1f && head[1] === 0x8b)) {
    yield* counted(all, limits.unpackedBytesMax, 'the file');
    return;
  }
  // `pipeline` hands an error of the body on to the reader of the unpacked bytes, and closes both at the end.
  const gunzip = createGunzip();
  pipeline(Readable.from(all, { objectMode: false }), gunzip, () => {});
  try {
    yield* counted(gunzip as AsyncIterable<Buffer>, limits.unpackedBytesMax, 'the unpacked file');
  } catch (error) {
    if (!isZlibError(error)) throw error;
    throw new UnreadableFile(`the gzip data are damaged or end early: ${error.message}`);
  }
}

/** Two bytes say whether it is gzip; a chunk may have one. */
async function peek(
  source: AsyncGenerator<Buffer>,
): Promise<{ head: Buffer; all: AsyncGenerator<Buffer> }> {
  let head: Buffer = Buffer.alloc(0);
  while (head.length < 2) {
    const next = await source.next();
    if (next.done) break;
    head = Buffer.concat([head, next.value]);
  }
  async function* all(): AsyncGenerator<Buffer> {
    if (head.length > 0) yield head;
    yield* source;
  }
  return { head, all: all() };
}

async function* counted(
  source: AsyncIterable<Buffer>,
  bytesMax: number,
  what: string,
): AsyncGenerator<Buffer> {
  let bytes = 0;
  for await (const chunk of source) {
    bytes += chunk.length;
    if (bytes > bytesMax) throw new FileTooLarge(`${what} may have ${bytesMax} bytes`);
    yield chunk;
  }
}

function isZlibError(error: unknown): error is Error {
  const { code } = error as { code?: unknown };
  return error instanceof Error && typeof code === 'string' && code.startsWith('Z_');
}
