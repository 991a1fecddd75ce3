import { z } from 'zod';
import { deviceKinds } from './device.ts';
import { DeviceKey, Id } from './ids.ts';
import { Instant } from './instant.ts';
import { lampStates } from './lighting.ts';
import { MetricName } from './metrics.ts';

/** Worst first. About 5 % high and critical, 15 % medium, 80 % low (ISA-18.2, EEMUA 191). */
export const alarmPriorities = ['critical', 'high', 'medium', 'low'] as const;
export const AlarmPriority = z.enum(alarmPriorities);
export type AlarmPriority = z.infer<typeof AlarmPriority>;

export const comparisons = ['gt', 'gte', 'lt', 'lte', 'eq'] as const;
const Op = z.enum(comparisons);
const span = z
  .int()
  .min(1_000)
  .max(31 * 86_400_000);

/**
 * What must hold. Values with flag `bad` never count; suspect ones only where the rule says so. Times are event
 * time, and a gap is never "it holds".
 */
export const AlarmCondition = z.discriminatedUnion('type', [
  z.strictObject({
    type: z.literal('threshold'),
    op: Op,
    value: z.number(),
    clearAt: z.number().optional().describe('hysteresis: over only when it is back behind this'),
  }),
  z.strictObject({
    type: z.literal('outside'),
    min: z.number(),
    max: z.number(),
    hysteresis: z.number().min(0).default(0),
  }),
  z.strictObject({
    type: z.literal('rate'),
    op: z.enum(['gt', 'lt']),
    perMinute: z.number().describe('change in a minute; `lt` with a negative number for a fall'),
    withinMs: span.default(600_000).describe('from the oldest value of this time to the newest'),
  }),
  z.strictObject({
    type: z.literal('delta'),
    change: z.number().positive(),
    unit: z.enum(['absolute', 'percent']).default('absolute'),
    withinMs: span.default(600_000),
  }),
  z.strictObject({
    type: z.literal('missing'),
    intervals: z.number().min(1).max(1_000).default(3.6).describe('expected intervals of silence'),
  }),
  z.strictObject({
    type: z.literal('stuck'),
    tolerance: z.number().min(0).default(0),
    durationMs: span.default(3 * 3_600_000),
  }),
  z.strictObject({
    type: z.literal('count'),
    op: Op,
    value: z.number(),
    times: z.int().min(2).max(1_000),
    withinMs: span.default(3_600_000),
  }),
  z.strictObject({
    type: z.literal('quality'),
    flag: z.enum(['suspect', 'bad']).describe('at least as bad as this'),
  }),
  z.strictObject({
    type: z.literal('index'),
    scheme: z.string().max(32).default('EAQI-2024'),
    level: z.int().min(1).max(10).describe('this level and worse'),
  }),
  z.strictObject({
    type: z.literal('eu'),
    rules: z.enum(['EU-2008-50', 'EU-2024-2881']),
    threshold: z.enum(['information', 'alert']),
  }),
  z.strictObject({
    type: z.literal('lamp'),
    states: z.array(z.enum(lampStates)).min(1),
  }),
  z.strictObject({
    type: z.literal('container'),
    states: z.array(z.enum(['fire', 'dropped', 'overflow', 'urgent', 'due', 'late'])).min(1),
  }),
]);
export type AlarmCondition = z.infer<typeof AlarmCondition>;

/** Which devices a rule is about: all that pass every part that is given. */
export const AlarmScope = z.strictObject({
  kinds: z.array(z.enum(deviceKinds)).max(10).optional(),
  providers: z.array(Id).max(100).optional(),
  devices: z.array(DeviceKey).max(1_000).optional(),
});
export type AlarmScope = z.infer<typeof AlarmScope>;

const sentence = z.string().trim().max(500);

/** An alarm needs somebody to do something: which, by when, is part of the rule (ISA-18.2). */
export const AlarmRule = z.strictObject({
  id: Id,
  name: z.string().trim().min(1).max(120),
  enabled: z.boolean().default(true),
  priority: AlarmPriority.default('low'),
  scope: AlarmScope.default({}),
  metric: MetricName.optional().describe('what the condition is about, where it needs one'),
  condition: AlarmCondition,
  forMs: z
    .int()
    .min(0)
    .max(7 * 86_400_000)
    .default(0)
    .describe('must hold for so long, in event time'),
  clearForMs: z
    .int()
    .min(0)
    .max(7 * 86_400_000)
    .default(0)
    .describe('must be over for so long'),
  countsSuspect: z.boolean().default(false).describe('values with flag suspect count too'),
  /** Devices of one `group` with the same alarm become one alarm with children. */
  grouping: z.enum(['group', 'none']).default('group'),
  consequence: sentence.optional().describe('what happens if nobody does anything'),
  response: sentence.optional().describe('what the operator does'),
  timeAllowedMs: z
    .int()
    .min(0)
    .max(31 * 86_400_000)
    .optional(),
  runbook: z
    .url({ protocol: /^https?$/ })
    .max(500)
    .optional(),
  notify: z.array(Id).max(20).default([]).describe('ids of notification targets'),
});
export type AlarmRule = z.infer<typeof AlarmRule>;
/** A rule as it is sent. */
export type NewAlarmRule = z.input<typeof AlarmRule>;

/** A rule as it is kept. */
export const KeptAlarmRule = AlarmRule.extend({
  builtIn: z.boolean().describe('came with the platform; may be changed and switched off'),
  revision: z.int(),
  changedAt: z.int(),
  changedBy: z.string(),
});
export type KeptAlarmRule = z.infer<typeof KeptAlarmRule>;
export const AlarmRuleList = z.object({ rules: z.array(KeptAlarmRule) });
export type AlarmRuleList = z.infer<typeof AlarmRuleList>;

/** `POST /api/v1/alarm-rules/test`: the rule need not be kept. */
export const RuleTestRequest = z.strictObject({
  rule: AlarmRule,
  from: Instant.describe('start, included'),
  to: Instant.describe('end, excluded; at most 31 days after the start'),
});

/** What a rule would have done on recorded series. */
export const RuleTest = z.object({
  from: z.int(),
  to: z.int(),
  devices: z.int().describe('that it was tried on'),
  skipped: z.int().describe('devices that were left out at the bound'),
  fired: z.int(),
  alarms: z
    .array(
      z.object({
        device: DeviceKey,
        raisedAt: z.int(),
        clearedAt: z.int().nullable(),
        value: z.number().nullable(),
      }),
    )
    .describe('the first 500, oldest first'),
  perDay: z.number(),
});
export type RuleTest = z.infer<typeof RuleTest>;
