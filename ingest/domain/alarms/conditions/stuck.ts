import type { Judge } from '../condition.ts';

/**
 * Keeps within the tolerance for too long. (Sentilo's FROZEN is silence instead: here `missing`.) A value that
 * differs ends it; the same one again for not long enough, or after a gap, says nothing.
 */
export const stuck: Judge<'stuck'> = (
  { tolerance, durationMs },
  { at, value },
  { memory, isAfterGap },
) => {
  const low = Math.min(memory.low ?? value, value);
  const high = Math.max(memory.high ?? value, value);
  const isSame = high - low <= tolerance + hair;
  if (!isSame || memory.sameSinceAt === undefined) {
    memory.sameSinceAt = at;
    memory.low = value;
    memory.high = value;
    return { held: isSame ? 'unknown' : 'over', value };
  }
  memory.low = low;
  memory.high = high;
  if (isAfterGap) memory.sameSinceAt = at;
  const isLong = at - memory.sameSinceAt >= durationMs;
  return { held: isLong ? 'holds' : 'unknown', value };
};

/** Differences of decimal fractions end a hair beside them. */
export const hair = 1e-9;
