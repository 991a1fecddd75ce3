import { civilTime, dayMs, hourMs, instantOf } from './calendar.ts';
import type { Place } from './sun.ts';
import { nightAfterNoon } from './sun.ts';

/** When lamps of one programme burn, and how bright. */
export interface LampCalendar {
  /** Share of full light, 0 (off) to 1. */
  dimAt(at: number): number;
  /** Hours at full power that the light so far amounts to, since {@link calendarStartAt}. */
  loadHours(at: number): number;
}

/** No lamp was installed before. */
export const calendarStartAt = Date.UTC(2018, 0, 1, 12);
/** Days that a calendar reaches; beyond, `loadHours` stays as it is. */
const daysMax = 50 * 366;

/** Share of nominal power that a lamp draws at a dim level: 5 % for its driver, the rest for light. */
export function powerShare(dim: number): number {
  return dim > 0 ? 0.05 + 0.95 * dim : 0;
}

/** Late evening and night: from an hour of the civil day on, how bright. */
const nightLevels = [
  { dim: 0.5, fromHour: 23, toHour: 5 },
  { dim: 0.7, fromHour: 22, toHour: 5.5 },
  { dim: 1, fromHour: 0, toHour: 0 },
] as const;

/** Switching angles of the sun (degrees): civil twilight ends at -6. */
const switchAngles = [-3, -4, -5] as const;

export const lampProgrammes = nightLevels.length * switchAngles.length;

interface Stretch {
  fromAt: number;
  toAt: number;
  dim: number;
}

/**
 * Sums are kept once a day at noon, when lamps are off, so that an energy counter of any age costs one
 * look-up: 8 bytes a day, shared by all lamps of the programme.
 */
export function createLampCalendar(place: Place, programme: number): LampCalendar {
  const levels = nightLevels[programme % nightLevels.length] ?? nightLevels[0];
  const angle =
    switchAngles[Math.floor(programme / nightLevels.length) % switchAngles.length] ?? -4;
  const sums = [0];
  let latest: { noon: number; stretches: Stretch[] } = { noon: Number.NaN, stretches: [] };

  const stretches = (noon: number): Stretch[] => {
    if (latest.noon !== noon) {
      latest = { noon, stretches: nightStretches(noon, place, { ...levels, angle }) };
    }
    return latest.stretches;
  };
  const sumBefore = (noon: number): number => {
    const wanted = Math.min(noon, daysMax);
    for (let day = sums.length; day <= wanted; day++) {
      sums.push((sums[day - 1] ?? 0) + loadOf(stretches(day - 1), Number.POSITIVE_INFINITY));
    }
    return sums[wanted] ?? 0;
  };
  const noonBefore = (at: number) => Math.floor((at - calendarStartAt) / dayMs);

  return {
    dimAt: (at) =>
      stretches(noonBefore(at)).find(({ fromAt, toAt }) => at >= fromAt && at < toAt)?.dim ?? 0,
    loadHours: (at) => {
      if (at <= calendarStartAt) return 0;
      const noon = noonBefore(at);
      return sumBefore(noon) + (noon < daysMax ? loadOf(stretches(noon), at) : 0);
    },
  };
}

/** The night after the n-th noon, cut where the brightness changes. */
function nightStretches(
  noon: number,
  place: Place,
  {
    dim,
    fromHour,
    toHour,
    angle,
  }: { dim: number; fromHour: number; toHour: number; angle: number },
): Stretch[] {
  const noonAt = calendarStartAt + noon * dayMs;
  const { fromAt, toAt } = nightAfterNoon(noonAt, place, angle);
  const { day } = civilTime(noonAt);
  const lateAt = dim < 1 ? instantOf(day, fromHour) : toAt;
  const earlyAt = dim < 1 ? instantOf(day + 1, toHour) : toAt;
  return [
    { fromAt, toAt: Math.min(toAt, lateAt), dim: 1 },
    { fromAt: Math.max(fromAt, lateAt), toAt: Math.min(toAt, earlyAt), dim },
    { fromAt: Math.max(fromAt, earlyAt), toAt, dim: 1 },
  ].filter((stretch) => stretch.toAt > stretch.fromAt);
}

function loadOf(stretches: readonly Stretch[], untilAt: number): number {
  return stretches.reduce((sum, { fromAt, toAt, dim }) => {
    const litMs = Math.max(0, Math.min(toAt, untilAt) - fromAt);
    return sum + (litMs / hourMs) * powerShare(dim);
  }, 0);
}
