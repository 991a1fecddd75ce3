import type { AirIndex } from '../../../../broker/contract/air.ts';
import { type ConditionOf, heldIf, type Verdict } from '../condition.ts';

/** The air index of a closed hour is at this level or worse. No index is not good air. */
export function airIndexLevel(
  { level: worst }: ConditionOf<'index'>,
  { level, driver, subIndices }: Pick<AirIndex, 'level' | 'driver' | 'subIndices'>,
): Verdict {
  if (level === null) return { held: 'unknown' };
  const value = subIndices.find(({ pollutant }) => pollutant === driver)?.value;
  const metric = driver ?? undefined;
  return { held: heldIf(level >= worst), value, metric, detail: `level-${level}` };
}
