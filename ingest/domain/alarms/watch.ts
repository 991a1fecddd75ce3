import { z } from 'zod';
import type { AlarmRule } from '../../../broker/contract/alarm-rules.ts';
import { qualityFlags } from '../../../broker/contract/quality.ts';
import type { ConditionContext, Sample, Verdict } from './condition.ts';
import { count } from './conditions/count.ts';
import { delta } from './conditions/delta.ts';
import { outside } from './conditions/outside.ts';
import { quality } from './conditions/quality.ts';
import { rate } from './conditions/rate.ts';
import { stuck } from './conditions/stuck.ts';
import { threshold } from './conditions/threshold.ts';
import { isGap, turn } from './timing.ts';

/** What one rule remembers of one series or device. */
export const WatchMemory = z.object({
  isActive: z.boolean(),
  lastAt: z.number().optional(),
  turningSinceAt: z.number().optional(),
  condition: z.object({
    points: z.array(z.tuple([z.number(), z.number()])).optional(),
    sameSinceAt: z.number().optional(),
    low: z.number().optional(),
    high: z.number().optional(),
  }),
});
export type WatchMemory = z.infer<typeof WatchMemory>;

/** An alarm goes on or off, with what did it. */
export interface Turn extends Omit<Verdict, 'held'> {
  turned: 'on' | 'off';
  /** Event time, epoch ms UTC. */
  at: number;
}

export function newMemory(isActive = false): WatchMemory {
  return { isActive, lastAt: undefined, turningSinceAt: undefined, condition: {} };
}

/** Nothing that a later sample would be judged by: need not be kept. */
export function isIdle({ isActive, turningSinceAt, condition }: WatchMemory): boolean {
  const { points, sameSinceAt } = condition;
  return (
    !isActive && turningSinceAt === undefined && points === undefined && sameSinceAt === undefined
  );
}

/** What a rule makes of the next sample of a series. What comes out of order, twice, or is bad changes nothing. */
export function watchSample(
  rule: AlarmRule,
  memory: WatchMemory,
  sample: Sample,
  gapMs: number,
): Turn | undefined {
  if (!counts(rule, sample.flag)) return undefined;
  if (memory.lastAt !== undefined && sample.at <= memory.lastAt) return undefined;
  const verdict = judge(rule, sample, {
    memory: memory.condition,
    isActive: memory.isActive,
    isAfterGap: isGap(memory, sample.at, gapMs),
  });
  return watchVerdict(rule, memory, { verdict, at: sample.at }, gapMs);
}

/** The same for conditions that are judged by more than one sample; of one instant, the last verdict counts. */
export function watchVerdict(
  { forMs, clearForMs }: Pick<AlarmRule, 'forMs' | 'clearForMs'>,
  memory: WatchMemory,
  { verdict, at }: { verdict: Verdict; at: number },
  gapMs: number,
): Turn | undefined {
  if (memory.lastAt !== undefined && at < memory.lastAt) return undefined;
  const turned = turn(memory, verdict, at, { forMs, clearForMs, gapMs });
  if (!turned) return undefined;
  const { held: _, ...cause } = verdict;
  return { turned, at, ...cause };
}

function counts({ condition, countsSuspect }: AlarmRule, flag: number): boolean {
  if (condition.type === 'quality') return true;
  if (flag === qualityFlags.suspect) return countsSuspect;
  return flag !== qualityFlags.bad && flag !== qualityFlags.missing;
}

function judge({ condition }: AlarmRule, sample: Sample, context: ConditionContext): Verdict {
  switch (condition.type) {
    case 'threshold':
      return threshold(condition, sample, context);
    case 'outside':
      return outside(condition, sample, context);
    case 'rate':
      return rate(condition, sample, context);
    case 'delta':
      return delta(condition, sample, context);
    case 'stuck':
      return stuck(condition, sample, context);
    case 'count':
      return count(condition, sample, context);
    case 'quality':
      return quality(condition, sample, context);
    default:
      throw new Error(`a condition ${condition.type} is not about samples`);
  }
}
