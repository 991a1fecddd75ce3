import { open } from 'node:fs/promises';
import { ingestLimits } from '../limits.ts';
import { readFrame } from './frame.ts';
import type { Segment } from './segments.ts';
import { listSegments } from './segments.ts';

export interface RecordBatch {
  records: { position: number; payload: Buffer }[];
  /** Position behind the last record of the batch. */
  end: number;
}

/**
 * Reads whole records of one segment from position `from` up to `to`, a chunk at a time. Stops at the
 * first record that is torn or damaged: the caller compares `end` with what it expected.
 */
export async function* readRecords(
  segment: Segment,
  from: number,
  to: number,
): AsyncGenerator<RecordBatch> {
  const handle = await open(segment.path, 'r');
  try {
    let position = from;
    let chunkBytes: number = ingestLimits.sinkReadBytesMax;
    while (position < to) {
      const chunk = Buffer.allocUnsafe(Math.min(chunkBytes, to - position));
      const { bytesRead } = await handle.read(chunk, 0, chunk.length, position - segment.start);
      const { batch, wantedBytes } = takeRecords(chunk.subarray(0, bytesRead), position);
      if (batch.records.length === 0) {
        // The next record is longer than this chunk, or it is not whole: then reading ends here.
        if (wantedBytes <= chunk.length || wantedBytes > to - position) return;
        chunkBytes = wantedBytes;
        continue;
      }
      chunkBytes = ingestLimits.sinkReadBytesMax;
      position = batch.end;
      yield batch;
    }
  } finally {
    await handle.close();
  }
}

function takeRecords(chunk: Buffer, start: number): { batch: RecordBatch; wantedBytes: number } {
  const batch: RecordBatch = { records: [], end: start };
  let offset = 0;
  for (;;) {
    const frame = readFrame(chunk, offset);
    if (frame.kind !== 'record') {
      return { batch, wantedBytes: frame.kind === 'short' ? frame.wantedBytes : 0 };
    }
    batch.records.push({ position: start + offset, payload: frame.payload });
    offset = frame.end;
    batch.end = start + offset;
  }
}

/**
 * Reads the journal of a folder from position `from` up to `to` (what is known to be on disk) across
 * segments. A segment that cannot be read to its end is skipped from the damage on and reported.
 */
export async function* readJournal(
  folder: string,
  range: { from: number; to: number },
  onDamage: (position: number, resumedAt: number) => void,
): AsyncGenerator<RecordBatch> {
  const segments = await listSegments(folder);
  let position = Math.max(range.from, segments[0]?.start ?? range.from);
  for (const [index, segment] of segments.entries()) {
    const segmentEnd = Math.min(segments[index + 1]?.start ?? range.to, range.to);
    if (segmentEnd <= position) continue;
    for await (const batch of readRecords(segment, position, segmentEnd)) {
      position = batch.end;
      yield batch;
    }
    if (position < segmentEnd) {
      onDamage(position, segmentEnd);
      position = segmentEnd;
      yield { records: [], end: segmentEnd };
    }
  }
}
