import { ingestLimits } from '../limits.ts';
import type { ReadingBatch } from '../store/reading-batch.ts';

/** Whether a reading came so late that only an explicit recomputation brings it into the tiers. */
export function isLate(at: number, receivedAt: number): boolean {
  return receivedAt - at > ingestLimits.lateMsMax;
}

export function countLate({ length, at, receivedAt }: ReadingBatch): number {
  let count = 0;
  for (let row = 0; row < length; row++)
    if (isLate(at[row] as number, receivedAt[row] as number)) count++;
  return count;
}
