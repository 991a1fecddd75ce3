/** Offset of the legal time base: European air quality data count days, and so months, in fixed UTC+1. */
const legalOffsetMs = 3_600_000;

/** A month as files are named by it: `2026-10`. */
export type Month = `${number}-${string}`;

export interface MonthSpan {
  month: Month;
  /** Half-open, epoch ms: from 00:00+01:00 of its first day to that of the next month's. */
  from: number;
  to: number;
}

/** The month that an instant lies in. */
export function monthOf(at: number): MonthSpan {
  const local = new Date(at + legalOffsetMs);
  return spanOf(local.getUTCFullYear(), local.getUTCMonth());
}

/** The months before an instant that ended at least `settledMs` ago, newest first. */
export function closedMonths(now: number, settledMs: number, count: number): MonthSpan[] {
  const months: MonthSpan[] = [];
  for (let at = monthOf(now - settledMs).from - 1; months.length < count; ) {
    const span = monthOf(at);
    months.push(span);
    at = span.from - 1;
  }
  return months;
}

/** An instant in the legal time base, as files show it: `2026-10-01T00:00:00+01:00`. */
export function legalTime(at: number): string {
  return `${new Date(at + legalOffsetMs).toISOString().slice(0, 19)}+01:00`;
}

function spanOf(year: number, monthIndex: number): MonthSpan {
  const month: Month = `${year}-${String(monthIndex + 1).padStart(2, '0')}`;
  const from = Date.UTC(year, monthIndex, 1) - legalOffsetMs;
  return { month, from, to: Date.UTC(year, monthIndex + 1, 1) - legalOffsetMs };
}
