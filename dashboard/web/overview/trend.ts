import type { StandingHistory } from '../../../broker/contract/platform-status.ts';
import type { Standing } from '../../../broker/contract/standing.ts';

const dayMs = 86_400_000;
/** A quarter of an hour each: counts are kept every five minutes, so that a slot without one is a gap. */
const slots = 96;

/** The last 24 hours in slots of equal length, the newest count of each; null where nobody counted. */
export function lastDay(
  history: StandingHistory,
  standing: Standing,
  now: number,
): (number | null)[] {
  const values = Array.from<number | null>({ length: slots }).fill(null);
  for (const [index, at] of history.at.entries()) {
    const slot = Math.floor(((at - (now - dayMs)) / dayMs) * slots);
    if (slot >= 0) values[Math.min(slot, slots - 1)] = history[standing][index] ?? null;
  }
  return values;
}

/** Where the line ends above: one or two of a few are no mountain. */
export function scaleOf(values: readonly (number | null)[]): number {
  return Math.max(scaleMin, ...values.map((value) => value ?? 0));
}

const scaleMin = 10;
