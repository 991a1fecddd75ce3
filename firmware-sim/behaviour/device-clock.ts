import { limits } from '../../broker/contract/limits.ts';
import { isHit, seedOf, unit } from '../random.ts';
import type { Faults } from '../scenarios/faults.ts';
import { driftMsMax } from '../scenarios/faults.ts';
import type { Site } from '../sensors/sensor.ts';

/** What a device believes that the time is, by the true time; whole ms. */
export type DeviceClock = (at: number) => number;

const skewSalt = seedOf('clock skew');
const driftSalt = seedOf('clock drift');

/**
 * A clock that is right, off by an amount, or runs away until its next synchronisation and then jumps. None is
 * ahead by just about what the platform allows: on which side of it a reading falls would be chance. Nor does one
 * that jumped back say an instant twice: it says even milliseconds, and odd ones where it has been before.
 */
export function createDeviceClock(
  { seed, number }: Pick<Site, 'seed' | 'number'>,
  { clockSkew, clockDrift }: Pick<Faults, 'clockSkew' | 'clockDrift'>,
): DeviceClock {
  const skewMs =
    clockSkew && isHit(clockSkew.share, number, skewSalt)
      ? clearOfLimit((2 * unit(seed, skewSalt) - 1) * clockSkew.maxMs)
      : 0;
  if (!clockDrift || !isHit(clockDrift.share, number, driftSalt)) return (at) => at + skewMs;
  const { ppm, syncEveryMs } = clockDrift;
  const rate = (unit(seed, driftSalt) < 0.5 ? -ppm : ppm) / 1e6;
  const phaseMs = Math.floor(unit(seed, driftSalt ^ 1) * syncEveryMs);
  return (at) => {
    const sinceMs = (at + phaseMs) % syncEveryMs;
    const isAgain = sinceMs * (1 + rate) <= rate * syncEveryMs;
    return 2 * Math.floor((at + skewMs + rate * sinceMs) / 2) + (isAgain ? 1 : 0);
  };
}

/** More than a clock may drift between two synchronisations, and than a message needs to arrive. */
const marginMs = 2 * driftMsMax;

function clearOfLimit(offsetMs: number): number {
  const over = offsetMs - limits.clockAheadMsMax;
  if (Math.abs(over) >= marginMs) return Math.round(offsetMs);
  return limits.clockAheadMsMax + (over < 0 ? -marginMs : marginMs);
}
