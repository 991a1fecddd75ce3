import type { Severity } from '../../../broker/contract/finding.ts';
import type { Form, Shape } from '../map/sprite-id.ts';

/** How a state looks beside its word. */
export interface Look {
  shape: Shape;
  form: Form;
  tone: Severity;
}

/** Some of a whole that are in the same state. */
export interface Part<State extends string = string> {
  state: State;
  count: number;
}

/** The parts of a whole in the order of `states`, those that nothing is in left out. */
export function partsOf<State extends string>(
  states: readonly State[],
  counts: Readonly<Partial<Record<State, number>>>,
): Part<State>[] {
  return states.flatMap((state) => {
    const count = counts[state] ?? 0;
    return count > 0 ? [{ state, count }] : [];
  });
}

/** How often each state is. */
export function countBy<State extends string>(
  states: Iterable<State>,
): Partial<Record<State, number>> {
  const counts: Partial<Record<State, number>> = {};
  for (const state of states) counts[state] = (counts[state] ?? 0) + 1;
  return counts;
}

export function totalOf(parts: readonly Pick<Part, 'count'>[]): number {
  return parts.reduce((sum, { count }) => sum + count, 0);
}
