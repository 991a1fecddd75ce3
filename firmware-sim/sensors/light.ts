import { between, gauss, mix, smoothNoise, unit } from '../random.ts';
import { dayMs, hourMs } from './calendar.ts';
import type { LampCalendar } from './lamp-calendar.ts';
import { calendarStartAt, lampProgrammes, powerShare } from './lamp-calendar.ts';
import type { Sensor, Site } from './sensor.ts';
import { roundTo } from './sensor.ts';
import type { World } from './world.ts';

/** LED luminaires as they are sold, W. */
const wattages = [24, 36, 48, 72] as const;
/** The driver's own draw while the light is off, W. */
const standbyW = 0.4;
/** One lamp in this many fails now and then. */
const failingOneIn = 14;
/** A lamp that fails does so once in this time, and waits some days for the repair. */
const failureEveryMs = 45 * dayMs;

/**
 * A street lamp with its controller: on between dusk and dawn, dimmed late at night. The energy
 * counter follows the power exactly. A failed lamp draws next to nothing, but still answers.
 */
export function createLamp({ seed, group }: Site, world: World): Sensor {
  const calendar = world.lampCalendar(mix(group, 1) % lampProgrammes);
  const nominalW = wattages[mix(seed, 2) % wattages.length] ?? 36;
  const efficiency = between(mix(seed, 3), 0.97, 1.03);
  const failing = mix(seed, 4) % failingOneIn === 0;
  const installedAt = calendarStartAt + unit(seed, 5) * 5 * 365 * dayMs;
  const loadBefore = calendar.loadHours(installedAt);
  const failures = (at: number) => (failing ? failureOf(seed, at) : undefined);
  return (at) => {
    const dim = calendar.dimAt(at);
    const failure = failures(at);
    const broken = failure !== undefined && at >= failure.fromAt && at < failure.toAt;
    const lit = dim > 0 && !broken;
    const ripple = 1 + 0.006 * gauss(seed, Math.floor(at / 1000));
    const load = calendar.loadHours(at) - loadBefore;
    const dark = failing ? darkHours(calendar, seed, installedAt, at) : 0;
    const standbyKwh = (standbyW * (at - installedAt)) / hourMs / 1000;
    return {
      lamp_on: lit ? 1 : 0,
      lamp_fault: broken ? 1 : 0,
      dim_level: Math.round(dim * 100),
      power: roundTo(lit ? nominalW * efficiency * powerShare(dim) * ripple : standbyW, 1),
      voltage: roundTo(
        mainsVoltage(group, at) + 0.3 * gauss(seed ^ 0x77, Math.floor(at / 1000)),
        1,
      ),
      energy: roundTo(standbyKwh + (nominalW * efficiency * Math.max(0, load - dark)) / 1000, 3),
    };
  };
}

/** All lamps of a cabinet see the same mains: lower in the evening, when the city cooks. */
function mainsVoltage(group: number, at: number): number {
  return (
    231 + 2.2 * smoothNoise(group, at / (2 * hourMs)) + 1.1 * smoothNoise(group ^ 1, at / 600_000)
  );
}

/** The failure that falls into the same span as `at`, over or not. */
function failureOf(seed: number, at: number): { fromAt: number; toAt: number } {
  const span = Math.floor(at / failureEveryMs);
  const fromAt = (span + 0.75 * unit(seed ^ 0x1a, span)) * failureEveryMs;
  return { fromAt, toAt: fromAt + (1 + 9 * unit(seed ^ 0x1b, span)) * dayMs };
}

/** Full-power hours that failures cost so far. */
function darkHours(calendar: LampCalendar, seed: number, fromAt: number, at: number): number {
  let hours = 0;
  for (let spanAt = fromAt; spanAt < at + failureEveryMs; spanAt += failureEveryMs) {
    const failure = failureOf(seed, spanAt);
    const from = Math.min(at, Math.max(fromAt, failure.fromAt));
    const to = Math.min(at, Math.max(fromAt, failure.toAt));
    if (to > from) hours += calendar.loadHours(to) - calendar.loadHours(from);
  }
  return hours;
}
