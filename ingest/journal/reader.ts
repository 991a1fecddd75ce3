import type { FileHandle } from 'node:fs/promises';
import { open } from 'node:fs/promises';
import { ingestLimits } from '../limits.ts';
import { readAsPossible } from './disk.ts';
import { type Frame, frameMagic, readFrame } from './frame.ts';
import type { Segment } from './segments.ts';
import { listSegments } from './segments.ts';

export interface RecordBatch {
  records: { position: number; payload: Buffer }[];
  /** Position behind the last record of the batch, or behind damage. */
  end: number;
}

/** Bytes that are no records, between the whole ones around them. */
export interface Damage {
  segment: Segment;
  from: number;
  to: number;
}

interface OpenSegment {
  handle: FileHandle;
  segment: Segment;
  /** Position up to which it is read. */
  to: number;
}

/**
 * Reads one segment from position `from` up to `to`, a chunk at a time: batches of whole records, and
 * what is damaged between them. What is missing at the end of the file counts as damaged.
 */
export async function* readSegment(
  segment: Segment,
  from: number,
  to: number,
): AsyncGenerator<RecordBatch | Damage> {
  const handle = await open(segment.path, 'r');
  const source = { handle, segment, to };
  try {
    for (let position = from; position < to; ) {
      const batch = await readBatch(source, position);
      if (batch.records.length > 0) {
        position = batch.end;
        yield batch;
        continue;
      }
      const resumeAt = await findRecord(source, position + 1);
      yield { segment, from: position, to: resumeAt };
      position = resumeAt;
    }
  } finally {
    await handle.close();
  }
}

/** The whole records that begin at `position`, about a chunk of them; none when it is damaged there. */
async function readBatch(source: OpenSegment, position: number): Promise<RecordBatch> {
  const chunk = await readChunk(source, position, ingestLimits.sinkReadBytesMax);
  const { batch, wantedBytes } = takeRecords(chunk, position);
  if (batch.records.length > 0 || wantedBytes <= chunk.length) return batch;
  if (wantedBytes > source.to - position) return batch;
  return takeRecords(await readChunk(source, position, wantedBytes), position).batch;
}

async function readChunk(
  { handle, segment, to }: OpenSegment,
  position: number,
  bytesMax: number,
): Promise<Buffer> {
  const chunk = Buffer.allocUnsafeSlow(Math.min(bytesMax, to - position));
  return chunk.subarray(0, await readAsPossible(handle, chunk, position - segment.start));
}

function takeRecords(chunk: Buffer, start: number): { batch: RecordBatch; wantedBytes: number } {
  const batch: RecordBatch = { records: [], end: start };
  for (let offset = 0; ; ) {
    const frame = readFrame(chunk, offset, start + offset);
    if (frame.kind !== 'record') {
      return { batch, wantedBytes: frame.kind === 'short' ? frame.wantedBytes : 0 };
    }
    batch.records.push({ position: start + offset, payload: frame.payload });
    offset = frame.end;
    batch.end = start + offset;
  }
}

/** Position of the first whole record at or behind `from`, or `to` when there is none. */
async function findRecord(source: OpenSegment, from: number): Promise<number> {
  const { to } = source;
  for (let start = from; start < to; ) {
    const chunk = await readChunk(source, start, ingestLimits.sinkReadBytesMax);
    for (let at = chunk.indexOf(frameMagic); at >= 0; at = chunk.indexOf(frameMagic, at + 1)) {
      if (await isRecord(source, start + at, readFrame(chunk, at, start + at))) return start + at;
    }
    // A magic may stand across the end of the chunk.
    start += chunk.length - frameMagic.length + 1;
    if (chunk.length < frameMagic.length) return to;
  }
  return to;
}

/** Whether a record begins at `position`; `frame` is what was seen of it, and more is read as it wants. */
async function isRecord(source: OpenSegment, position: number, frame: Frame): Promise<boolean> {
  if (frame.kind !== 'short') return frame.kind === 'record';
  const { wantedBytes } = frame;
  if (wantedBytes > source.to - position) return false;
  const chunk = await readChunk(source, position, wantedBytes);
  return chunk.length === wantedBytes && isRecord(source, position, readFrame(chunk, 0, position));
}

/**
 * Reads the journal of a folder from position `from` up to `to` (what is known to be on disk) across
 * segments. What is damaged is reported, before anything behind it is given, and skipped.
 */
export async function* readJournal(
  folder: string,
  range: { from: number; to: number },
  onDamage: (damage: Damage) => void | Promise<void>,
): AsyncGenerator<RecordBatch> {
  const segments = await listSegments(folder);
  let position = Math.max(range.from, segments[0]?.start ?? range.from);
  for (const [index, segment] of segments.entries()) {
    // What a segment has beyond the beginning of the next was never synced.
    const segmentEnd = Math.min(segments[index + 1]?.start ?? range.to, range.to);
    if (segmentEnd <= position) continue;
    for await (const part of readSegment(segment, position, segmentEnd)) {
      if ('records' in part) {
        yield part;
        continue;
      }
      await onDamage(part);
      yield { records: [], end: part.to };
    }
    position = segmentEnd;
  }
}
