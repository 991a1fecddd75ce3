import type { Rounding } from '../../../broker/contract/air.ts';

/** Sums of decimal fractions end a hair beside them: 50.499999999999 was 50.5 to whoever measured it. */
const hair = 1e-9;

/** Rounds half up, towards plus infinity (-0.5 gives 0), to so many digits after the point. */
export function roundHalfUp(value: number, digits = 0): number {
  const scale = 10 ** digits;
  // Plus 0, so that there is no -0.
  return Math.floor(value * scale + 0.5 + hair) / scale + 0;
}

/** Cuts digits off, as the US AQI wants it: 9.09 is 9.0. For values of 0 and more. */
export function truncate(value: number, digits: number): number {
  const scale = 10 ** digits;
  return Math.floor(value * scale + hair) / scale;
}

/**
 * The value that is compared with a limit: full precision until here, then the digits of the limit.
 * `half-up-last` makes 50.5 an exceedance of 50 and 50.4 none; Dutch model results are half-even, and
 * openair does not round at all, so that the choice is named with every result.
 */
export function roundedFor(value: number, digits: number, rounding: Rounding): number {
  if (rounding === 'none') return value;
  const up = roundHalfUp(value, digits);
  if (rounding === 'half-up-last') return up;
  const scale = 10 ** digits;
  const isTie = Math.abs(value * scale - (up * scale - 0.5)) <= hair;
  const isOdd = Math.abs(Math.round(up * scale) % 2) === 1;
  return isTie && isOdd ? roundHalfUp((up * scale - 1) / scale, digits) : up;
}
