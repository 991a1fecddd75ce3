/**
 * Civil time in the simulated city (Central Europe), without Intl: a reading costs microseconds, and
 * a formatter costs more than the reading. Summer time by Directive 2000/84/EC: from the last Sunday in
 * March to the last Sunday in October, both at 01:00 UTC.
 */

export const hourMs = 3_600_000;
export const dayMs = 24 * hourMs;

export interface CivilTime {
  /** Whole civil days since 1970-01-01. */
  day: number;
  /** Hour of the day with its fraction, [0, 24). */
  hour: number;
  /** 0 = Sunday … 6 = Saturday. */
  weekday: number;
}

export function civilTime(at: number): CivilTime {
  const local = at + offsetMs(at);
  const day = Math.floor(local / dayMs);
  return { day, hour: (local - day * dayMs) / hourMs, weekday: weekdayOf(day) };
}

/** The instant of an hour of a civil day; exact but for the two hours of the year when clocks change. */
export function instantOf(day: number, hour: number): number {
  const local = day * dayMs + hour * hourMs;
  return local - offsetMs(local - hourMs);
}

/** Weekday of a day since 1970-01-01, which was a Thursday. */
export function weekdayOf(day: number): number {
  return (((day + 4) % 7) + 7) % 7;
}

/** Where the year stands as an angle: 0 on 15 July, the warmest time; π in mid-January. */
export function seasonAngle(at: number): number {
  const warmestDay = 195;
  return (2 * Math.PI * (at / dayMs - warmestDay)) / 365.2425;
}

/** Milliseconds that civil time is ahead of UTC. */
export function offsetMs(at: number): number {
  const year = new Date(at).getUTCFullYear();
  if (summer.year !== year) {
    summer = { year, fromAt: lastSunday(year, 2), toAt: lastSunday(year, 9) };
  }
  return at >= summer.fromAt && at < summer.toAt ? 2 * hourMs : hourMs;
}

/** The year asked for last: nearly always asked for again. */
let summer = { year: Number.NaN, fromAt: 0, toAt: 0 };

function lastSunday(year: number, month: number): number {
  const lastDay = Date.UTC(year, month + 1, 0, 1);
  return lastDay - weekdayOf(Math.floor(lastDay / dayMs)) * dayMs;
}
