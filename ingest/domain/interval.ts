/** Fewer gaps say nothing about how often a device sends. */
const gapsMin = 5;

/**
 * Nominal time between samples where none is registered: the median gap, in whole seconds (domain rules on the
 * validity of aggregates: registered, else the median of the last 24 h). Robust against outages and bursts.
 *
 * @param at instants in order of time
 * @returns ms, or undefined when there are too few samples
 */
export function estimateInterval(at: readonly number[]): number | undefined {
  const gaps: number[] = [];
  for (let index = 1; index < at.length; index++) {
    gaps.push((at[index] as number) - (at[index - 1] as number));
  }
  if (gaps.length < gapsMin) return undefined;
  gaps.sort((a, b) => a - b);
  const middle = gaps.length >> 1;
  const upper = gaps[middle] as number;
  const median = gaps.length % 2 === 1 ? upper : ((gaps[middle - 1] as number) + upper) / 2;
  return Math.max(1, Math.round(median / 1000)) * 1000;
}

/** Whether an estimate differs so much that it is worth changing what coverage is measured by. */
export function differsFrom(before: number | undefined, estimate: number): boolean {
  return before === undefined || Math.abs(estimate - before) > before * changeMin;
}

const changeMin = 0.1;
