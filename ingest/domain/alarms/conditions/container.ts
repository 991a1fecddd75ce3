import type { ContainerState } from '../../../../broker/contract/waste.ts';
import { type ConditionOf, heldIf, type Verdict } from '../condition.ts';

/** The container stands in one of these states. One without data has not been emptied. */
export function container({ states }: ConditionOf<'container'>, state: ContainerState): Verdict {
  if (state === 'no-data') return { held: 'unknown', detail: state };
  return { held: heldIf(states.some((one) => one === state)), detail: state };
}
