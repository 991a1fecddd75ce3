import { instantMax } from './limits.ts';
import type { StoredReading } from './store.ts';

/** Why no store can ever take this reading; undefined when it can. Guards what validation let through. */
export function refusal({ at, value }: Pick<StoredReading, 'at' | 'value'>): string | undefined {
  if (!Number.isFinite(value)) return `value ${value} is not a finite number`;
  // Stated positively so that NaN, which compares false with everything, is refused too.
  const storable = Number.isInteger(at) && at >= 0 && at <= instantMax;
  return storable ? undefined : `instant ${at} is not a whole number of ms in 0..${instantMax}`;
}

/**
 * Parts a batch into what can be written and what is refused. `kept` holds indices into the batch.
 * An engine that cannot hold everything that is storable gives a stricter rule.
 */
export function partition(
  batch: readonly StoredReading[],
  rule: (reading: StoredReading) => string | undefined = refusal,
): {
  kept: number[];
  refused: { index: number; detail: string }[];
} {
  const kept: number[] = [];
  const refused: { index: number; detail: string }[] = [];
  batch.forEach((reading, index) => {
    const detail = rule(reading);
    if (detail === undefined) kept.push(index);
    else refused.push({ index, detail });
  });
  return { kept, refused };
}

/** An instant of a query as a whole number that the engines can hold: `[from, to)` selects the same rows. */
export function clampInstant(at: number): number {
  return Math.min(Math.max(Math.ceil(at), 0), instantMax + 1);
}
