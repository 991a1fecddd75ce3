import type { Thresholds } from '../domain/quality/rule-set.ts';
import { type ThresholdContext, thresholdsFor } from '../domain/quality/thresholds.ts';
import { ingestLimits } from '../limits.ts';

const known = new Map<string, Thresholds>();

/**
 * The thresholds in force, the same object wherever they are the same: few are told apart, and what all devices use is
 * in the processor's cache.
 */
export function sharedThresholds(context: ThresholdContext): Thresholds {
  const thresholds = thresholdsFor(context);
  const text = JSON.stringify(thresholds);
  const shared = known.get(text);
  if (shared) return shared;
  if (known.size < ingestLimits.sharedThresholdsMax) known.set(text, thresholds);
  return thresholds;
}
