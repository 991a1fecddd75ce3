import { type Points, toPoints } from '../../../dashboard/web/chart/points.ts';

/** Points as the API would give them: single values, not evaluated unless said. */
export function raw(
  at: number[],
  value: number[],
  flag: number[] = at.map(() => 2),
  reasons: number[] = at.map(() => 0),
): Points {
  const columns = { at, value, flag, reasons, receivedAt: at };
  return toPoints({ resolution: 'raw', columns, to: Number.MAX_SAFE_INTEGER });
}

interface Quality {
  coverage?: number[];
  suspect?: number[];
  bad?: number[];
  count?: number[];
  /** End of what was asked for; by default long after the last window. */
  to?: number;
}

/** Minutes with two samples each, from one below to two above their mean. */
export function minutes(
  at: number[],
  mean: (number | null)[],
  { coverage, suspect, bad, count, to = Number.MAX_SAFE_INTEGER }: Quality = {},
): Points {
  const plus = (step: number) => mean.map((value) => (value === null ? null : value + step));
  const counts = count ?? mean.map((value) => (value === null ? 0 : 2));
  const zero = at.map(() => 0);
  const nothing = at.map(() => null);
  return toPoints({
    resolution: '1m',
    to,
    columns: {
      at,
      mean,
      min: plus(-1),
      max: plus(2),
      count: counts,
      coverage: coverage ?? at.map(() => 1),
      flags: at.map((_, index) => [
        (counts[index] ?? 0) - (suspect?.[index] ?? 0),
        0,
        suspect?.[index] ?? 0,
        bad?.[index] ?? 0,
      ]),
      expected: zero,
      sum: zero,
      m2: zero,
      slots: zero,
      minAt: nothing,
      maxAt: nothing,
      first: nothing,
      firstAt: nothing,
      last: nothing,
      lastAt: nothing,
      revision: zero,
      resultAt: zero,
    },
  });
}
