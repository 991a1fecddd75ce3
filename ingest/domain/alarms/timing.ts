import type { Verdict } from './condition.ts';

/** How a rule stands to a series; plain data, kept on disk, changed in place. */
export interface Timing {
  isActive: boolean;
  /** Newest event time that was judged. */
  lastAt?: number | undefined;
  /** Since when every verdict would turn it. */
  turningSinceAt?: number | undefined;
}

export interface TimingRules {
  forMs: number;
  clearForMs: number;
  /** Time between two verdicts that is a gap: what was before it does not count on. */
  gapMs: number;
}

/**
 * Turns an alarm on when the condition has held for `forMs`, and off when it has been over for `clearForMs`, both in
 * event time: one verdict of another kind, or a gap, begins anew. Nothing is presumed between two verdicts.
 */
export function turn(
  timing: Timing,
  { held }: Pick<Verdict, 'held'>,
  at: number,
  { forMs, clearForMs, gapMs }: TimingRules,
): 'on' | 'off' | undefined {
  const isAfterGap = isGap(timing, at, gapMs);
  timing.lastAt = at;
  if (held !== (timing.isActive ? 'over' : 'holds')) {
    timing.turningSinceAt = undefined;
    return undefined;
  }
  if (timing.turningSinceAt === undefined || isAfterGap) timing.turningSinceAt = at;
  if (at - timing.turningSinceAt < (timing.isActive ? clearForMs : forMs)) return undefined;
  timing.turningSinceAt = undefined;
  timing.isActive = !timing.isActive;
  return timing.isActive ? 'on' : 'off';
}

export function isGap({ lastAt }: Timing, at: number, gapMs: number): boolean {
  return lastAt !== undefined && at - lastAt > gapMs;
}
