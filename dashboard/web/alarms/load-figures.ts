/** What one operator can bear (EEMUA 191, ISA-18.2). */
export const loadTargets = {
  /** New alarms in ten minutes, on average. */
  perTenMinutes: 1,
  goodPerDay: 144,
  manageablePerDay: 288,
  /** More than this in ten minutes is a flood. */
  floodBegins: 10,
  floodShare: 0.01,
  stale: 5,
  topTenShare: 0.05,
  /** Critical and high ones together are `urgent`. */
  mix: { urgent: '5 %', medium: '15 %', low: '80 %' },
} as const;

export type Verdict = 'good' | 'manageable' | 'tooMany';

/** What a day's alarms mean for one operator. */
export function verdictOfDay(count: number): Verdict {
  if (count <= loadTargets.goodPerDay) return 'good';
  return count <= loadTargets.manageablePerDay ? 'manageable' : 'tooMany';
}

/** Part of the whole; undefined where there is nothing to be a part of. */
export function share(part: number, whole: number): number | undefined {
  return whole === 0 ? undefined : part / whole;
}

/** Top of the scale: so that the line of one alarm and a flood can both be seen. */
export function barsTop(counts: readonly number[]): number {
  return Math.max(loadTargets.floodBegins + 2, ...counts);
}

/** When each ten minutes began; the last one is the present one. */
export function barTimes(count: number, now: number): number[] {
  return Array.from({ length: count }, (_, index) => now - (count - index) * tenMinutesMs);
}

export const tenMinutesMs = 600_000;
