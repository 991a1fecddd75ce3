/** The next 1, 2 or 5 times a power of ten. */
export function niceStep(atLeast: number): number {
  const power = 10 ** Math.floor(Math.log10(atLeast));
  return ([1, 2, 5].find((factor) => factor * power >= atLeast) ?? 10) * power;
}

/** The multiples of `step` from `from` to `to`; none when there would be too many to be read. */
export function multiples(from: number, to: number, step: number): number[] {
  const first = Math.ceil(from / step);
  const count = Math.floor(to / step) - first + 1;
  if (!(count > 0 && count <= linesMax)) return [];
  return Array.from({ length: count }, (_, index) => (first + index) * step);
}

const linesMax = 60;

/** `9.25° E`: as many digits as the step needs; `letters`: for positive and for negative. */
export function formatDegrees(degrees: number, step: number, letters: 'EW' | 'NS'): string {
  const digits = Math.max(0, Math.ceil(-Math.log10(step)));
  return `${Math.abs(degrees).toFixed(digits)}° ${degrees < 0 ? letters[1] : letters[0]}`;
}
