import type { TierColumns } from '../../broker/contract/series.ts';
import { type Tier, tierWidthMs } from '../../broker/contract/windows.ts';
import { coverageOf, type RollUpRow } from '../domain/roll-up.ts';

/** A row of a tier as the stores keep it. Free of schemas: the embedded store's thread loads it. */
export interface TierRow extends RollUpRow {
  /** Samples at the nominal interval; a fraction where the interval does not divide the window. */
  expected: number;
  /** How often the row has changed after its window had closed. */
  revision: number;
  /** When the row got its present content, epoch ms UTC. */
  resultAt: number;
}

/** What a window holds at the nominal interval between samples. */
export function expectedOf(tier: Tier, intervalMs: number): number {
  return tierWidthMs[tier] / intervalMs;
}

/** Rows in order of time as the port answers them. */
export function tierColumns(tier: Tier, rows: readonly TierRow[]): TierColumns {
  const column = <Name extends keyof TierRow>(name: Name): TierRow[Name][] =>
    rows.map((row) => row[name]);
  return {
    at: column('at'),
    mean: column('mean'),
    min: column('min'),
    max: column('max'),
    count: column('count'),
    coverage: rows.map((row) => coverageOf(row, tier)),
    flags: rows.map(({ good, notEvaluated, suspect, bad }) => [good, notEvaluated, suspect, bad]),
    expected: column('expected'),
    sum: column('sum'),
    m2: column('m2'),
    slots: column('slots'),
    minAt: column('minAt'),
    maxAt: column('maxAt'),
    first: column('first'),
    firstAt: column('firstAt'),
    last: column('last'),
    lastAt: column('lastAt'),
    revision: column('revision'),
    resultAt: column('resultAt'),
  };
}
