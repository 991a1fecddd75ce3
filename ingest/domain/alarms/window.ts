import type { ConditionMemory, Sample } from './condition.ts';
import { alarmRuleLimits } from './limits.ts';

type Points = NonNullable<ConditionMemory['points']>;

/** Adds a sample to those of the last `withinMs`, and forgets what is older. At the bound every second one goes. */
export function slide(memory: ConditionMemory, { at, value }: Sample, withinMs: number): Points {
  let points = memory.points ?? [];
  const firstKept = points.findIndex(([pointAt]) => pointAt >= at - withinMs);
  points = firstKept < 0 ? [] : firstKept > 0 ? points.slice(firstKept) : points;
  points.push([at, value]);
  // The oldest and the newest stay: they are what a rate is made of.
  if (points.length > alarmRuleLimits.pointsMax)
    points = points.filter((_, index) => index % 2 === 0 || index === points.length - 1);
  memory.points = points;
  return points;
}
