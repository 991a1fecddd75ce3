import { mix } from '../random.ts';
import { civilTime, dayMs, hourMs, instantOf } from './calendar.ts';
import type { Place } from './sun.ts';
import { nightAfterNoon } from './sun.ts';

/** When lamps of one programme burn, and how bright. */
export interface LampCalendar {
  /** Share of full light, 0 (off) to 1. */
  dimAt(at: number): number;
  /**
   * Hours since {@link calendarStartAt}: of light (`lit`), or those at full power that the light so far amounts
   * to (`load`).
   */
  hours(at: number, weight: Weight): number;
}

export type Weight = 'load' | 'lit';

/** What an hour at a dim level counts. */
export function weightOf(dim: number, weight: Weight): number {
  if (weight === 'load') return powerShare(dim);
  return dim > 0 ? 1 : 0;
}

/** No lamp was installed before. */
export const calendarStartAt = Date.UTC(2018, 0, 1, 12);
/** Days that a calendar reaches; beyond, `hours` stays as it is. */
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

const programmes = nightLevels.length * switchAngles.length;

/** The programme that the lamps of a group follow. */
export function programmeOf(group: number): number {
  return mix(group, 1) % programmes;
}

/** Elevation of the sun below which lamps of a programme burn, in degrees. */
export function switchingAngleOf(programme: number): number {
  return switchAngles[Math.floor(programme / nightLevels.length) % switchAngles.length] ?? -4;
}

interface Stretch {
  fromAt: number;
  toAt: number;
  dim: number;
}

/**
 * Sums are kept once a day at noon, when lamps are off, so that an energy counter of any age costs one
 * look-up: 16 bytes a day, shared by all lamps of the programme.
 */
export function createLampCalendar(place: Place, programme: number): LampCalendar {
  const levels = nightLevels[programme % nightLevels.length] ?? nightLevels[0];
  const angle = switchingAngleOf(programme);
  const sums = { load: [0], lit: [0] };
  let latest: { noon: number; stretches: Stretch[] } = { noon: Number.NaN, stretches: [] };

  const stretches = (noon: number): Stretch[] => {
    if (latest.noon !== noon) {
      latest = { noon, stretches: nightStretches(noon, place, { ...levels, angle }) };
    }
    return latest.stretches;
  };
  const sumBefore = (noon: number, weight: Weight): number => {
    const wanted = Math.min(noon, daysMax);
    for (let day = sums.load.length; day <= wanted; day++) {
      const night = stretches(day - 1);
      for (const each of ['load', 'lit'] as const)
        sums[each].push((sums[each][day - 1] ?? 0) + hoursOf(night, each));
    }
    return sums[weight][wanted] ?? 0;
  };
  const noonBefore = (at: number) => Math.floor((at - calendarStartAt) / dayMs);

  return {
    dimAt: (at) =>
      stretches(noonBefore(at)).find(({ fromAt, toAt }) => at >= fromAt && at < toAt)?.dim ?? 0,
    hours: (at, weight) => {
      if (at <= calendarStartAt) return 0;
      const noon = noonBefore(at);
      return sumBefore(noon, weight) + (noon < daysMax ? hoursOf(stretches(noon), weight, at) : 0);
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

function hoursOf(
  stretches: readonly Stretch[],
  weight: Weight,
  untilAt = Number.POSITIVE_INFINITY,
): number {
  return stretches.reduce((sum, { fromAt, toAt, dim }) => {
    const litMs = Math.max(0, Math.min(toAt, untilAt) - fromAt);
    return sum + (litMs / hourMs) * weightOf(dim, weight);
  }, 0);
}
