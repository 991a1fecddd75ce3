import { emptyTierColumns, type TierColumns } from '../../broker/contract/series.ts';
import type { DayKind } from '../../broker/contract/windows.ts';
import { type RollUpRow, rollUpRows, type SeriesShape } from './roll-up.ts';

export interface Day {
  /** As the calendar says it, `2026-03-29`. */
  date: string;
  /** Half-open `[start, end)`, epoch ms UTC. */
  start: number;
  end: number;
}

export interface DaysIn {
  kind: DayKind;
  /** IANA name; only civil days ask for it. */
  timeZone: string;
}

/** Days as columns; `end` since a day's length is not always the same. */
export type DayColumns = TierColumns & { end: number[] };

/** Civil days of some time zones do not begin with a UTC hour: they cannot be made from hourly rows. */
export class DaysNotOfHours extends Error {
  readonly code = 'days-not-of-hours';
}

const hourMs = 3_600_000;
const dayMs = 24 * hourMs;
/** Legal days begin at 00:00+01:00. */
const legalOffsetMs = hourMs;

/** The days that begin within `[from, to)`, in order. */
export function dayWindows(from: number, to: number, { kind, timeZone }: DaysIn): Day[] {
  const startOf = kind === 'civil' ? civilStarts(timeZone) : fixedStarts(kind);
  const days: Day[] = [];
  // Local midnight is within a day of UTC's, in either direction.
  for (let at = from - (from % dayMs) - dayMs; at < to + dayMs; at += dayMs) {
    const start = startOf(at);
    if (start < from || start >= to) continue;
    days.push({ date: new Date(at).toISOString().slice(0, 10), start, end: startOf(at + dayMs) });
  }
  return days;
}

/** The day that holds an instant. */
export function dayOf(at: number, days: DaysIn): Day {
  const found = dayWindows(at - 2 * dayMs, at + 1, days).findLast(({ start }) => start <= at);
  if (!found) throw new RangeError(`no day holds ${at}`);
  return found;
}

/**
 * Daily rows from hourly ones: each hour weighs the same in the mean of a gauge, states weigh by time. A day
 * without an hour has no row.
 *
 * @param hours rows of `1h` in order of time, which cover the days
 * @param hourCoverageMin hours that are less complete are left out (0.75 for legal statistics)
 * @throws DaysNotOfHours
 */
export function daily(
  hours: TierColumns,
  days: readonly Day[],
  {
    kind = 'gauge',
    hourCoverageMin = 0,
  }: { kind?: SeriesShape['kind']; hourCoverageMin?: number } = {},
): DayColumns {
  const columns = { end: [], ...emptyTierColumns() };
  let index = 0;
  for (const day of days) {
    if (day.start % hourMs !== 0)
      throw new DaysNotOfHours(`the day ${day.date} does not begin with a UTC hour`);
    const rows: number[] = [];
    while (index < hours.at.length && at(hours.at, index) < day.start) index++;
    for (; index < hours.at.length && at(hours.at, index) < day.end; index++) {
      if (at(hours.coverage, index) >= hourCoverageMin) rows.push(index);
    }
    if (rows.length > 0) addDay(columns, day, { hours, rows, kind });
  }
  return columns;
}

function addDay(
  into: DayColumns,
  { start, end }: Day,
  { hours, rows, kind }: { hours: TierColumns; rows: readonly number[]; kind: SeriesShape['kind'] },
): void {
  const expectedAnHour = at(hours.expected, rows.at(-1) ?? 0);
  const intervalMs = hourMs / expectedAnHour;
  const hourly = rows.map((row) => hourRow(hours, row));
  const day = rollUpRows('1d', { kind, intervalMs }, start, hourly);
  if (!day) return;
  // The cap of a roll-up is the UTC day's.
  const coveredMs =
    kind === 'state' ? day.coveredMs : Math.min(end - start, day.slots * intervalMs);
  into.at.push(start);
  into.end.push(end);
  into.mean.push(day.mean);
  into.min.push(day.min);
  into.max.push(day.max);
  into.count.push(day.count);
  into.coverage.push(coveredMs / (end - start));
  into.flags.push([day.good, day.notEvaluated, day.suspect, day.bad]);
  into.expected.push((expectedAnHour * (end - start)) / hourMs);
  into.sum.push(day.sum);
  into.m2.push(day.m2);
  into.slots.push(day.slots);
  into.minAt.push(day.minAt);
  into.maxAt.push(day.maxAt);
  into.first.push(day.first);
  into.firstAt.push(day.firstAt);
  into.last.push(day.last);
  into.lastAt.push(day.lastAt);
  into.revision.push(Math.max(...rows.map((row) => at(hours.revision, row))));
  into.resultAt.push(Math.max(...rows.map((row) => at(hours.resultAt, row))));
}

function hourRow(hours: TierColumns, row: number): RollUpRow {
  const [good = 0, notEvaluated = 0, suspect = 0, bad = 0] = hours.flags[row] ?? [];
  return {
    at: at(hours.at, row),
    count: at(hours.count, row),
    mean: hours.mean[row] ?? null,
    sum: at(hours.sum, row),
    m2: at(hours.m2, row),
    min: hours.min[row] ?? null,
    minAt: hours.minAt[row] ?? null,
    max: hours.max[row] ?? null,
    maxAt: hours.maxAt[row] ?? null,
    first: hours.first[row] ?? null,
    firstAt: hours.firstAt[row] ?? null,
    last: hours.last[row] ?? null,
    lastAt: hours.lastAt[row] ?? null,
    slots: at(hours.slots, row),
    coveredMs: at(hours.coverage, row) * hourMs,
    good,
    notEvaluated,
    suspect,
    bad,
  };
}

function at(column: readonly number[], row: number): number {
  return column[row] ?? 0;
}

/** Start of the day that the calendar calls as UTC does at this UTC midnight. */
type StartOf = (utcMidnight: number) => number;

function fixedStarts(kind: 'utc' | 'legal'): StartOf {
  return (utcMidnight) => utcMidnight - (kind === 'legal' ? legalOffsetMs : 0);
}

/** The first instant at which clocks show the date; it need not be 00:00 where clocks change at midnight. */
function civilStarts(timeZone: string): StartOf {
  const offsetAt = offsetsIn(timeZone);
  const dateAt = (instant: number): number => Math.floor((instant + offsetAt(instant)) / dayMs);
  return (utcMidnight) => {
    const date = utcMidnight / dayMs;
    const [before, after] = [offsetAt(utcMidnight - dayMs), offsetAt(utcMidnight + dayMs)];
    const first = utcMidnight - Math.max(before, after);
    const second = utcMidnight - Math.min(before, after);
    return dateAt(first) >= date ? first : second;
  };
}

/** How far clocks are ahead of UTC at an instant, ms. */
function offsetsIn(timeZone: string): (instant: number) => number {
  const format = new Intl.DateTimeFormat('en', {
    timeZone,
    hourCycle: 'h23',
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
    second: 'numeric',
  });
  return (instant) => {
    const parts = new Map(format.formatToParts(instant).map(({ type, value }) => [type, +value]));
    const part = (name: Intl.DateTimeFormatPartTypes): number => parts.get(name) ?? 0;
    const clocks = Date.UTC(
      part('year'),
      part('month') - 1,
      part('day'),
      part('hour'),
      part('minute'),
      part('second'),
    );
    return clocks - Math.floor(instant / 1000) * 1000;
  };
}
