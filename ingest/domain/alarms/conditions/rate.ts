import { heldIf, type Judge } from '../condition.ts';
import { slide } from '../window.ts';

/** Changes too fast: from the oldest value of the window to the newest, in a minute. */
export const rate: Judge<'rate'> = (
  { op, perMinute, withinMs },
  sample,
  { memory, isAfterGap },
) => {
  if (isAfterGap) memory.points = [];
  const [oldest] = slide(memory, sample, withinMs);
  if (!oldest || oldest[0] === sample.at) return { held: 'unknown' };
  const value = (sample.value - oldest[1]) / ((sample.at - oldest[0]) / 60_000);
  return {
    held: heldIf(op === 'gt' ? value > perMinute : value < perMinute),
    value,
    limit: perMinute,
  };
};
