import { compares } from '../compare.ts';
import { heldIf, type Judge } from '../condition.ts';

/** Beyond a limit; once on, until the value is back behind `clearAt`. */
export const threshold: Judge<'threshold'> = (
  { op, value: limit, clearAt = limit },
  { value },
  { isActive },
) => ({ held: heldIf(compares(op, value, isActive ? clearAt : limit)), value, limit });
