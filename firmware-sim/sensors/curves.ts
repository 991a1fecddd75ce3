/** Curves that events rise and fall by. */

/** From 0 (x ≤ 0) to 1 (x ≥ 1), without a corner. */
export function rise(x: number): number {
  const within = Math.min(1, Math.max(0, x));
  return within * within * (3 - 2 * within);
}

/** A bell of height 1 around a centre. */
export function bell(x: number, center: number, width: number): number {
  return Math.exp(-0.5 * ((x - center) / width) ** 2);
}

/** 1 until 0, then fading to a third with each unit. */
export function fading(x: number): number {
  return x <= 0 ? 1 : Math.exp(-x);
}
