import { type QualityFlag, qualityFlags } from '../../../broker/contract/quality.ts';
import { type Tier, tierWidthMs } from '../../../broker/contract/windows.ts';
import type { StoredReading } from '../store.ts';
import type { TierRow } from '../tier-rows.ts';

/** A cell of an answer; null where the point has no such field. */
export type Cell = number | null;

/** Fields of a point by name. */
export type Fields = Readonly<Record<string, number>>;

/** The columns of raw, in the order of {@link readingOf}. */
export const rawFields = ['value', 'flag', 'reasons', 'received_at'] as const;

/** The columns of a tier that the tier above is made from, in the order of {@link tierRowOf}. */
export const rollUpFields = [
  'count',
  'mean',
  'sum',
  'm2',
  'min',
  'min_at',
  'max',
  'max_at',
  'first',
  'first_at',
  'last',
  'last_at',
  'slots',
  'covered_ms',
  'good',
  'not_evaluated',
  'suspect',
  'bad',
] as const;

/** All columns of a tier, in the order of {@link tierRowOf}. */
export const tierFields = [...rollUpFields, 'expected', 'revision', 'result_at'] as const;

/**
 * Fields that are whole numbers in InfluxDB; all others are floating point. A field keeps its type for good:
 * InfluxDB refuses points that change it.
 */
export const wholeFields: ReadonlySet<string> = new Set([
  'flag',
  'reasons',
  'received_at',
  'count',
  'min_at',
  'max_at',
  'first_at',
  'last_at',
  'slots',
  'good',
  'not_evaluated',
  'suspect',
  'bad',
  'revision',
  'result_at',
]);

/**
 * Selects the rows of a tier that stand for something. A field cannot be taken off a point, and InfluxDB 3 deletes
 * no points: a window that has lost its data is kept with nothing in it.
 */
export const hasContent = '("count" > 0 OR "bad" > 0 OR "covered_ms" > 0)';

/** An instant that is not: no instant of a reading is before 1970. */
const noInstant = -1;

/** What a raw row says beside its key. Points without quality are from before there was one. */
export function readingOf(
  at: number,
  [value, flag, reasons, receivedAt]: readonly (Cell | undefined)[],
): Pick<StoredReading, 'value' | 'flag' | 'reasons' | 'receivedAt'> | undefined {
  if (typeof value !== 'number') return undefined;
  return { value, flag: flagOf(flag), reasons: reasons ?? 0, receivedAt: receivedAt ?? at };
}

/** The flag of a raw row; of one from before there were flags, that it was not evaluated. */
export function flagOf(cell: Cell | undefined): QualityFlag {
  return (cell ?? qualityFlags.notEvaluated) as QualityFlag;
}

/** The fields of a tier's row. All are always there, so that none is left of what the point was before. */
export function tierRowFields(row: TierRow): Fields {
  return {
    count: row.count,
    mean: row.mean ?? 0,
    sum: row.sum,
    m2: row.m2,
    min: row.min ?? 0,
    min_at: row.minAt ?? noInstant,
    max: row.max ?? 0,
    max_at: row.maxAt ?? noInstant,
    first: row.first ?? 0,
    first_at: row.firstAt ?? noInstant,
    last: row.last ?? 0,
    last_at: row.lastAt ?? noInstant,
    slots: row.slots,
    covered_ms: row.coveredMs,
    good: row.good,
    not_evaluated: row.notEvaluated,
    suspect: row.suspect,
    bad: row.bad,
    expected: row.expected,
    revision: row.revision,
    result_at: row.resultAt,
  };
}

/** The fields of a window that has lost its data. */
export const goneFields: Fields = Object.fromEntries(tierFields.map((name) => [name, 0]));

/** Whether a row is of a window that has lost its data: what `hasContent` says of those that it does not select. */
export function isGone({ count, bad, coveredMs }: TierRow): boolean {
  return count === 0 && bad === 0 && coveredMs === 0;
}

/** A tier's row from its columns, with its nulls where nothing was measured. */
export function tierRowOf(tier: Tier, at: number, cells: readonly (Cell | undefined)[]): TierRow {
  const [count, mean, sum, m2, min, minAt, max, maxAt, first, firstAt, last, lastAt, ...rest] =
    cells;
  const [slots, coveredMs, good, notEvaluated, suspect, bad, expected, revision, resultAt] = rest;
  if (typeof bad !== 'number') return earlierRow(tier, at, { count, mean, min, max });
  const isMeasured = (count ?? 0) > 0 || (coveredMs ?? 0) > 0;
  const hasFirst = isInstant(firstAt);
  const hasLast = isInstant(lastAt);
  return {
    at,
    count: count ?? 0,
    mean: isMeasured ? (mean ?? null) : null,
    sum: sum ?? 0,
    m2: m2 ?? 0,
    min: isMeasured ? (min ?? null) : null,
    minAt: isInstant(minAt) ? minAt : null,
    max: isMeasured ? (max ?? null) : null,
    maxAt: isInstant(maxAt) ? maxAt : null,
    first: hasFirst ? (first ?? null) : null,
    firstAt: hasFirst ? firstAt : null,
    last: hasLast ? (last ?? null) : null,
    lastAt: hasLast ? lastAt : null,
    slots: slots ?? 0,
    coveredMs: coveredMs ?? 0,
    good: good ?? 0,
    notEvaluated: notEvaluated ?? 0,
    suspect: suspect ?? 0,
    bad,
    expected: expected ?? 0,
    revision: revision ?? 0,
    resultAt: resultAt ?? at,
  };
}

/**
 * A row from before rows had more than mean, min, max and count: nothing is known of coverage and times until it is
 * made anew. The same as the embedded store makes of its earlier rows.
 */
function earlierRow(
  tier: Tier,
  at: number,
  of: Partial<Record<'count' | 'mean' | 'min' | 'max', Cell | undefined>>,
): TierRow {
  const { count, mean, min, max } = of;
  return {
    at,
    count: count ?? 0,
    mean: mean ?? null,
    sum: (mean ?? 0) * (count ?? 0),
    m2: 0,
    min: min ?? null,
    minAt: null,
    max: max ?? null,
    maxAt: null,
    first: null,
    firstAt: null,
    last: null,
    lastAt: null,
    slots: 0,
    coveredMs: 0,
    good: 0,
    notEvaluated: count ?? 0,
    suspect: 0,
    bad: 0,
    expected: 0,
    revision: 0,
    resultAt: at + tierWidthMs[tier],
  };
}

function isInstant(cell: Cell | undefined): cell is number {
  return typeof cell === 'number' && cell >= 0;
}
