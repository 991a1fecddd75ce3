import { type ConditionOf, heldIf, type Verdict } from '../condition.ts';

/** Nothing heard for so many of its expected intervals. Silence is told by arrival: what was buffered is not missing. */
export function missing(
  { intervals }: ConditionOf<'missing'>,
  { silentMs, intervalMs }: { silentMs: number; intervalMs: number },
): Verdict {
  return { held: heldIf(silentMs > intervals * intervalMs), detail: 'silent' };
}
