/** Simulated ms for each ms on the wall, or as fast as what is sent gets acknowledged. */
export type Speed = number | 'max';

/** The simulated time of a run. */
export interface Pace {
  /** What is due by then may go out. */
  now(): number;
  /** Time on the wall until a simulated instant, ms. */
  untilMs(at: number): number;
  /** When a simulated instant is due on the wall, epoch ms; never, where there is no pace to keep. */
  wallAt(at: number): number;
}

export function createPace(
  { fromAt, startedAt, speed }: { fromAt: number; startedAt: number; speed: Speed },
  clock: () => number,
): Pace {
  if (speed === 'max') {
    const never = Number.POSITIVE_INFINITY;
    return { now: () => never, untilMs: () => 0, wallAt: () => never };
  }
  const wallAt = (at: number) => startedAt + (at - fromAt) / speed;
  return {
    now: () => fromAt + (clock() - startedAt) * speed,
    untilMs: (at) => Math.max(0, wallAt(at) - clock()),
    wallAt,
  };
}
