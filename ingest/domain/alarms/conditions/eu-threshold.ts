import type { Threshold } from '../../air/limit-value.ts';
import type { Values } from '../../air/periods.ts';
import { roundedFor } from '../../air/rounding.ts';
import { runsOf } from '../../air/runs.ts';
import type { Verdict } from '../condition.ts';

/**
 * A threshold of EU law, exceeded in enough hours (or days) in a row up to the newest one. Exceeding is being strictly
 * greater, after rounding half up to the digits of the threshold. A period that is not valid breaks the row, and
 * does not end an alarm.
 */
export function euThreshold(
  { threshold, digits, consecutive }: Threshold,
  periods: Values,
): Verdict {
  const newest = periods.at(-1) ?? null;
  if (newest === null) return { held: 'unknown' };
  const exceeds = (value: number): boolean => roundedFor(value, digits, 'half-up-last') > threshold;
  if (!exceeds(newest)) return { held: 'over', value: newest, limit: threshold };
  const isLongEnough = runsOf(periods, exceeds, consecutive).some(
    ({ start, length }) => start + length === periods.length,
  );
  return { held: isLongEnough ? 'holds' : 'unknown', value: newest, limit: threshold };
}
