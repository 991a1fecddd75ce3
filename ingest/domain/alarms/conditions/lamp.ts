import type { LampState } from '../../../../broker/contract/lighting.ts';
import { type ConditionOf, heldIf, type Verdict } from '../condition.ts';

/** The lamp stands in one of these states. A lamp that nothing is known of is not repaired. */
export function lamp({ states }: ConditionOf<'lamp'>, state: LampState): Verdict {
  const holds = states.includes(state);
  return { held: !holds && state === 'unknown' ? 'unknown' : heldIf(holds), detail: state };
}
