import { heldIf, type Judge } from '../condition.ts';

/** Outside of a band; once on, until the value is inside by the hysteresis. */
export const outside: Judge<'outside'> = ({ min, max, hysteresis }, { value }, { isActive }) => {
  const margin = isActive ? hysteresis : 0;
  const isBelow = value < min + margin;
  const isAbove = value > max - margin;
  const limit = value < (min + max) / 2 ? min : max;
  return { held: heldIf(isBelow || isAbove), value, limit };
};
