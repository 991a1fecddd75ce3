import { stat } from 'node:fs/promises';
import type { Logger } from 'pino';
import type { Disk } from './disk.ts';
import type { Quarantine } from './quarantine.ts';
import { readSegment } from './reader.ts';
import type { Segment } from './segments.ts';

/**
 * Position behind the last whole record of the last segment. Damage before it is reported and left where
 * it is; what follows it is a record whose writing a crash cut short, and is cut off (a copy of it goes to
 * quarantine, for it looks the same when the disk has damaged the very last record). That the cut fails does
 * no harm: the next segment begins here, and nothing is read beyond that.
 */
export async function cutTornTail(
  segment: Segment,
  deps: { disk: Disk; log: Logger; quarantine: Quarantine },
): Promise<number> {
  const { size } = await stat(segment.path);
  const to = segment.start + size;
  let end = segment.start;
  for await (const part of readSegment(segment, segment.start, to)) {
    if ('records' in part) end = part.end;
    else if (part.to < to) await deps.quarantine.report(part);
  }
  if (end < to) {
    const copy = await deps.quarantine.keep({ segment, from: end, to });
    deps.log.warn({ position: end, bytes: to - end, copy }, 'journal: torn tail cut off');
    await deps.disk
      .truncate(segment.path, end - segment.start)
      .catch((err: unknown) => deps.log.warn({ err }, 'journal: torn tail could not be cut off'));
  }
  return end;
}
