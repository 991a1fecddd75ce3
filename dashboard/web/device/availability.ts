/** One day of the strip. `share`: 0..1 of what was expected; null: the device was not there yet. */
export interface DayCell {
  at: number;
  share: number | null;
}

export interface Availability {
  cells: DayCell[];
  /** Over the days since the device is there; null: there is none. */
  share: number | null;
  /** Days that count. */
  days: number;
}

export const stripDays = 90;
const dayMs = 86_400_000;

/** Where the strip begins and ends: whole days in UTC, the last is the running one. */
export function stripSpan(now: number): { from: number; to: number } {
  const today = now - (now % dayMs);
  return { from: today - (stripDays - 1) * dayMs, to: today + dayMs };
}

interface Coverage {
  at: readonly number[];
  coverage: readonly number[];
}

/**
 * How much of each day is covered by values. A day without any is 0 when the device was there, and no day of its
 * when it was not; the first and the running day count with the part in which there could be values.
 */
export function availabilityOf(columns: Coverage, createdAt: number, now: number): Availability {
  const covered = new Map(columns.at.map((at, index) => [at, columns.coverage[index] ?? 0]));
  const { from } = stripSpan(now);
  // Values from before the registration were imported or sent under ENROLMENT: then it was there.
  const since = Math.min(createdAt, columns.at[0] ?? createdAt);
  let weight = 0;
  let sum = 0;
  const cells = Array.from({ length: stripDays }, (_, index): DayCell => {
    const at = from + index * dayMs;
    const possibleMs = Math.min(at + dayMs, now) - Math.max(at, since);
    if (possibleMs <= 0) return { at, share: null };
    const possible = possibleMs / dayMs;
    const share = Math.min(1, (covered.get(at) ?? 0) / possible);
    weight += possible;
    sum += share * possible;
    return { at, share };
  });
  const days = cells.filter(({ share }) => share !== null).length;
  return { cells, share: weight === 0 ? null : sum / weight, days };
}
