import { instantMax } from './limits.ts';
import type { ReadingBatch } from './reading-batch.ts';

/** Why no store can ever take this reading; undefined when it can. Guards what validation let through. */
function refusal(at: number, value: number): string | undefined {
  if (!Number.isFinite(value)) return `value ${value} is not a finite number`;
  // Stated positively so that NaN, which compares false with everything, is refused too.
  const storable = Number.isInteger(at) && at >= 0 && at <= instantMax;
  return storable ? undefined : `instant ${at} is not a whole number of ms in 0..${instantMax}`;
}

/**
 * Parts a batch into what can be written and what is refused, by index. Without `kept` it is all kept. `rule` is what
 * an engine adds that cannot hold every series, by its number.
 */
export function partition(
  { length, series, at, value }: ReadingBatch,
  rule: (series: number) => string | undefined = () => undefined,
): {
  kept?: number[];
  refused: { index: number; detail: string }[];
} {
  const refused: { index: number; detail: string }[] = [];
  for (let index = 0; index < length; index++) {
    const detail =
      refusal(at[index] as number, value[index] as number) ?? rule(series[index] as number);
    if (detail !== undefined) refused.push({ index, detail });
  }
  if (refused.length === 0) return { refused };
  const isRefused = new Set(refused.map(({ index }) => index));
  const all = Array.from({ length }, (_, index) => index);
  return { kept: all.filter((index) => !isRefused.has(index)), refused };
}

/** An instant of a query as a whole number that the engines can hold: `[from, to)` selects the same rows. */
export function clampInstant(at: number): number {
  return Math.min(Math.max(Math.ceil(at), 0), instantMax + 1);
}
