import type { AlarmCondition } from '../../../broker/contract/alarm-rules.ts';
import type { MetricName } from '../../../broker/contract/metrics.ts';

/** One value of one series, as a condition sees it. */
export interface Sample {
  /** Event time, epoch ms UTC. */
  at: number;
  value: number;
  /** QARTOD primary flag. */
  flag: number;
}

/**
 * Whether what a condition describes is there. `unknown`: too little is known to say so; it neither raises
 * an alarm nor clears one, so that missing data never looks like all is well.
 */
export interface Verdict {
  held: 'holds' | 'over' | 'unknown';
  value?: number | undefined;
  limit?: number | undefined;
  /** What it is about, where neither rule nor series says so. */
  metric?: MetricName | undefined;
  /** A code for the page. */
  detail?: string | undefined;
}

/** What a condition remembers from sample to sample; plain data, kept on disk, changed in place. */
export interface ConditionMemory {
  /** Earlier samples that matter, as event time and value, oldest first. */
  points?: [at: number, value: number][] | undefined;
  /** Since when values have kept within `low` to `high`. */
  sameSinceAt?: number | undefined;
  low?: number | undefined;
  high?: number | undefined;
}

export interface ConditionContext {
  memory: ConditionMemory;
  /** The alarm is on: hysteresis counts from the other side then. */
  isActive: boolean;
  /** Before this sample there was none for longer than is allowed. */
  isAfterGap: boolean;
}

export type ConditionOf<Type extends AlarmCondition['type']> = Extract<
  AlarmCondition,
  { type: Type }
>;

/** Judges one sample; samples come in order of event time, each instant once. */
export type Judge<Type extends AlarmCondition['type']> = (
  condition: ConditionOf<Type>,
  sample: Sample,
  context: ConditionContext,
) => Verdict;

export function heldIf(holds: boolean): 'holds' | 'over' {
  return holds ? 'holds' : 'over';
}
