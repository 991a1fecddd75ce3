import { heldIf, type Judge } from '../condition.ts';
import { slide } from '../window.ts';

/**
 * Differs from a value of the window by more than `change`. Percent is of that value's magnitude, with the sign of
 * the difference kept: -10 to 10 is 200 %. Of zero there is no percentage: such a value is passed over.
 */
export const delta: Judge<'delta'> = (
  { change, unit, withinMs },
  sample,
  { memory, isAfterGap },
) => {
  if (isAfterGap) memory.points = [];
  const earlier = slide(memory, sample, withinMs).slice(0, -1);
  let greatest: number | undefined;
  for (const [, before] of earlier) {
    const found = changeOf(before, sample.value, unit);
    if (found !== undefined) greatest = Math.max(greatest ?? 0, found);
  }
  if (greatest === undefined) return { held: 'unknown' };
  return { held: heldIf(greatest > change), value: greatest, limit: change };
};

function changeOf(before: number, value: number, unit: 'absolute' | 'percent'): number | undefined {
  const difference = Math.abs(value - before);
  if (unit === 'absolute' || difference === 0) return difference;
  return before === 0 ? undefined : (difference / Math.abs(before)) * 100;
}
