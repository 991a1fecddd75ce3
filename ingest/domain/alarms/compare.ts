import type { comparisons } from '../../../broker/contract/alarm-rules.ts';

type Op = (typeof comparisons)[number];

/** `value op limit`. */
export function compares(op: Op, value: number, limit: number): boolean {
  switch (op) {
    case 'gt':
      return value > limit;
    case 'gte':
      return value >= limit;
    case 'lt':
      return value < limit;
    case 'lte':
      return value <= limit;
    case 'eq':
      return value === limit;
  }
}
