import { dayHours, leadHours, type YearHours } from './year-hours.ts';

/** Directive 2008/50/EC Annex XI: 75 % of the hours of a day, of 8 h, and of the 8 h means of a day. */
export const dayHoursMin = 18;
export const eightHoursMin = 6;
export const dayWindowsMin = 18;

/** One value for each hour or day; null: not valid. */
export type Values = readonly (number | null)[];

/** Mean of what is known, when it is enough. */
export function meanOf(values: Values, min: number): number | null {
  let sum = 0;
  let known = 0;
  for (const value of values) {
    if (value === null) continue;
    sum += value;
    known += 1;
  }
  return known === 0 || known < min ? null : sum / known;
}

/** Number of valid values. */
export function countOf(values: Values): number {
  return values.reduce<number>((known, value) => (value === null ? known : known + 1), 0);
}

/** Mean of each legal day with at least 18 hours. */
export function dailyMeans({ values, count }: YearHours): (number | null)[] {
  return Array.from({ length: count / dayHours }, (_, day) =>
    meanOf(values.slice(day * dayHours, (day + 1) * dayHours), dayHoursMin),
  );
}

/** Mean of the 8 hours that end with each hour; the first one of a year is from 17:00 to 01:00. */
export function eightHourMeans({ values, lead, count }: YearHours): (number | null)[] {
  const all = [...lead, ...values];
  return Array.from({ length: count }, (_, hour) =>
    meanOf(all.slice(hour, hour + leadHours + 1), eightHoursMin),
  );
}

/** Highest 8 h mean of each day, of the windows that end on it, where at least 18 of 24 are valid. */
export function dailyMax8h(hours: YearHours): (number | null)[] {
  const means = eightHourMeans(hours);
  return Array.from({ length: hours.count / dayHours }, (_, day) => {
    const windows = means.slice(day * dayHours, (day + 1) * dayHours);
    const known = windows.filter((value) => value !== null);
    return known.length >= dayWindowsMin ? Math.max(...known) : null;
  });
}

/** The highest value and its place; undefined when there is none. */
export function peakOf(values: Values): { index: number; value: number } | undefined {
  let peak: { index: number; value: number } | undefined;
  for (const [index, value] of values.entries()) {
    if (value !== null && (peak === undefined || value > peak.value)) peak = { index, value };
  }
  return peak;
}

/**
 * Nearest-rank percentile of what is known: with 365 days the 90.4th is the 36th highest, so that it is
 * not beyond a limit exactly when no more than 35 days are.
 */
export function percentileOf(values: Values, percent: number): number | null {
  const sorted = values.filter((value) => value !== null).sort((a, b) => a - b);
  // A hair less, so that an exact rank is not rounded up to the next.
  const rank = Math.ceil((percent / 100) * sorted.length - 1e-9);
  return sorted[Math.max(0, rank - 1)] ?? null;
}
