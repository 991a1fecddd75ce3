import { compares } from '../compare.ts';
import { heldIf, type Judge } from '../condition.ts';

/** Beyond a limit so many times within a window, whatever was between. Each of them was measured: gaps do not matter. */
export const count: Judge<'count'> = (
  { op, value: limit, times, withinMs },
  { at, value },
  { memory },
) => {
  const found = (memory.points ?? []).filter(([foundAt]) => foundAt > at - withinMs);
  if (compares(op, value, limit)) found.push([at, value]);
  // More than `times` are never asked for; none is nothing to remember.
  memory.points = found.length > 0 ? found.slice(-times) : undefined;
  return { held: heldIf(found.length >= times), value, limit };
};
