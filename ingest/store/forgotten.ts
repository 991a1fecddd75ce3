import { windowStart } from '../../broker/contract/windows.ts';

/**
 * Where retention cuts, for any resolution: at the start of the UTC day that holds `before`. So a window of no
 * tier is ever made anew from a part of its rows, and nothing younger than asked is forgotten.
 */
export function forgottenBefore(before: number): number {
  return Math.max(0, windowStart('1d', Math.ceil(before)));
}
