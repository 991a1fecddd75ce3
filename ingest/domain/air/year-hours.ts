/**
 * The hours of a legal year, UTC+1 all year round: 8760 or 8784, each day 24. Statistics are of these, never
 * of civil days, on which the same hours can exceed once or not at all.
 */

/** Hourly rows of one series as columns, in order of time; of `1h`. */
export interface HourlyRows {
  /** Start of the UTC hour, epoch ms. */
  at: readonly number[];
  mean: readonly (number | null)[];
  /** Share of the hour that samples stand for, 0..1. */
  coverage: readonly number[];
}

export const hourMs = 3_600_000;
export const dayHours = 24;
/** 2008/50 Annex XI: 45 minutes make an hour. */
export const hourCaptureMin = 0.75;
/** Hours before the year that its first 8 h windows reach back to. */
export const leadHours = 7;
/** Legal time is an hour ahead of UTC. */
const legalOffsetMs = hourMs;
/** Coverage is a quotient of sums: three quarters may be a hair less. */
const hair = 1e-9;

export interface YearHours {
  year: number;
  /** Half-open, epoch ms UTC: from 23:00Z on 31 December. */
  from: number;
  to: number;
  /** Hours of the year; 24 for each day. */
  count: number;
  /** Mean of each hour, null when not valid. */
  values: (number | null)[];
  /** The {@link leadHours} hours before. */
  lead: (number | null)[];
}

/** Start of a legal year or month (from 1; 13 is January after), epoch ms UTC. */
export function legalStart(year: number, month = 1): number {
  return Date.UTC(year, month - 1, 1) - legalOffsetMs;
}

/** The legal year that an instant is in. */
export function legalYearOf(at: number): number {
  return new Date(at + legalOffsetMs).getUTCFullYear();
}

/** The legal month that an instant is in, from 1. */
export function legalMonthOf(at: number): number {
  return new Date(at + legalOffsetMs).getUTCMonth() + 1;
}

/** Whether an hour's mean counts: something was measured, over at least 45 minutes. */
export function isValidHour(mean: number | null | undefined, coverage: number): mean is number {
  return typeof mean === 'number' && Number.isFinite(mean) && coverage >= hourCaptureMin - hair;
}

/** Puts rows into their hours. What is not there, or not complete enough, is null and never carried forward. */
export function yearHours(year: number, rows: HourlyRows): YearHours {
  const from = legalStart(year);
  const to = legalStart(year + 1);
  const count = (to - from) / hourMs;
  const all: (number | null)[] = new Array(leadHours + count).fill(null);
  for (const [index, at] of rows.at.entries()) {
    const hour = (at - from) / hourMs + leadHours;
    if (!Number.isInteger(hour) || hour < 0 || hour >= all.length) continue;
    const mean = rows.mean[index];
    if (isValidHour(mean, rows.coverage[index] ?? 0)) all[hour] = mean;
  }
  return { year, from, to, count, values: all.slice(leadHours), lead: all.slice(0, leadHours) };
}

/** Index of the first hour of a month, from 1, within its year; 13 gives the number of hours. */
export function monthHour({ year, from }: YearHours, month: number): number {
  return (legalStart(year, month) - from) / hourMs;
}
