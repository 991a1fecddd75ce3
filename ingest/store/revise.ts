import { type Tier, tierWidthMs } from '../../broker/contract/windows.ts';
import type { RollUpRow } from '../domain/roll-up.ts';
import { closedAfterMs } from './store.ts';
import { expectedOf, type TierRow } from './tier-rows.ts';

/**
 * What a recomputed window is stored as. Answers `existing` itself when nothing has changed: then there is
 * nothing to write. `now` dates new content; a change after the window has closed is a revision.
 */
export function revise(
  existing: TierRow | undefined,
  computed: RollUpRow,
  at: { tier: Tier; intervalMs: number; now: number },
): TierRow {
  const { tier, intervalMs, now } = at;
  const expected = expectedOf(tier, intervalMs);
  if (!existing) return rowOf(computed, expected, 0, now);
  if (existing.expected === expected && hasSameContent(existing, computed)) return existing;
  const closedAt = computed.at + tierWidthMs[tier] + closedAfterMs[tier];
  const revision = existing.revision + (now >= closedAt ? 1 : 0);
  return rowOf(computed, expected, revision, now);
}

/** Spelled out, as below: millions of rows pass here, and a spread takes ten times as long. */
function rowOf(computed: RollUpRow, expected: number, revision: number, resultAt: number): TierRow {
  return {
    at: computed.at,
    count: computed.count,
    mean: computed.mean,
    sum: computed.sum,
    m2: computed.m2,
    min: computed.min,
    minAt: computed.minAt,
    max: computed.max,
    maxAt: computed.maxAt,
    first: computed.first,
    firstAt: computed.firstAt,
    last: computed.last,
    lastAt: computed.lastAt,
    slots: computed.slots,
    coveredMs: computed.coveredMs,
    good: computed.good,
    notEvaluated: computed.notEvaluated,
    suspect: computed.suspect,
    bad: computed.bad,
    expected,
    revision,
    resultAt,
  } satisfies Record<keyof TierRow, number | null>;
}

function hasSameContent(a: RollUpRow, b: RollUpRow): boolean {
  return (
    a.at === b.at &&
    a.count === b.count &&
    isSame(a.mean, b.mean) &&
    isSame(a.sum, b.sum) &&
    isSame(a.m2, b.m2) &&
    isSame(a.min, b.min) &&
    a.minAt === b.minAt &&
    isSame(a.max, b.max) &&
    a.maxAt === b.maxAt &&
    isSame(a.first, b.first) &&
    a.firstAt === b.firstAt &&
    isSame(a.last, b.last) &&
    a.lastAt === b.lastAt &&
    a.slots === b.slots &&
    a.coveredMs === b.coveredMs &&
    a.good === b.good &&
    a.notEvaluated === b.notEvaluated &&
    a.suspect === b.suspect &&
    a.bad === b.bad
  );
}

/** Like `===`, but a NaN (of values that overflow) is the same as another: else it would be revised forever. */
function isSame(a: number | null, b: number | null): boolean {
  return a === b || (Number.isNaN(a) && Number.isNaN(b));
}
