import type { indexSchemes } from '../../../broker/contract/air.ts';
import type { AlarmCondition, KeptAlarmRule } from '../../../broker/contract/alarm-rules.ts';
import type { LampState } from '../../../broker/contract/lighting.ts';
import type { ContainerState } from '../../../broker/contract/waste.ts';
import { kinds, priorities } from '../state/view.ts';
import type { FieldSpec } from './fields.ts';

export type ConditionType = AlarmCondition['type'];

const minuteMs = 60_000;
const comparisons = ['gt', 'gte', 'lt', 'lte', 'eq'] as const;
const schemes = [
  'EAQI-2024',
  'EAQI-2017',
  'LQI-2025',
  'US-AQI-2024',
] as const satisfies readonly (typeof indexSchemes)[number][];
const lampStates = [
  'supply-loss',
  'failed',
  'day-burner',
  'unexpected-on',
  'dark-at-night',
  'cycling',
  'power-high',
  'power-low',
  'power-factor-low',
  'voltage-high',
  'voltage-low',
] as const satisfies readonly LampState[];
const containerStates = [
  'fire',
  'dropped',
  'overflow',
  'urgent',
  'due',
  'late',
] as const satisfies readonly ContainerState[];

const within: FieldSpec = { path: 'condition.withinMs', input: 'number', scale: minuteMs };

/** What each kind of condition is asked for. */
export const conditionFields: Readonly<Record<ConditionType, readonly FieldSpec[]>> = {
  threshold: [
    { path: 'condition.op', input: 'choice', options: comparisons, required: true },
    { path: 'condition.value', input: 'number', required: true },
    { path: 'condition.clearAt', input: 'number' },
  ],
  outside: [
    { path: 'condition.min', input: 'number', required: true },
    { path: 'condition.max', input: 'number', required: true },
    { path: 'condition.hysteresis', input: 'number' },
  ],
  rate: [
    { path: 'condition.op', input: 'choice', options: ['gt', 'lt'], required: true },
    { path: 'condition.perMinute', input: 'number', required: true },
    within,
  ],
  delta: [
    { path: 'condition.change', input: 'number', required: true },
    { path: 'condition.unit', input: 'choice', options: ['absolute', 'percent'], required: true },
    within,
  ],
  missing: [{ path: 'condition.intervals', input: 'number' }],
  stuck: [
    { path: 'condition.tolerance', input: 'number' },
    { path: 'condition.durationMs', input: 'number', scale: minuteMs },
  ],
  count: [
    { path: 'condition.op', input: 'choice', options: comparisons, required: true },
    { path: 'condition.value', input: 'number', required: true },
    { path: 'condition.times', input: 'number', required: true },
    within,
  ],
  quality: [
    { path: 'condition.flag', input: 'choice', options: ['suspect', 'bad'], required: true },
  ],
  index: [
    { path: 'condition.scheme', input: 'choice', options: schemes, required: true },
    { path: 'condition.level', input: 'number', required: true },
  ],
  eu: [
    {
      path: 'condition.rules',
      input: 'choice',
      options: ['EU-2024-2881', 'EU-2008-50'],
      required: true,
    },
    {
      path: 'condition.threshold',
      input: 'choice',
      options: ['information', 'alert'],
      required: true,
    },
  ],
  lamp: [{ path: 'condition.states', input: 'many', options: lampStates }],
  container: [{ path: 'condition.states', input: 'many', options: containerStates }],
};

export const conditionTypes = Object.keys(conditionFields) as ConditionType[];

/** Conditions that take no metric, and those that need one; all others may have one. */
export const withoutMetric: ReadonlySet<ConditionType> = new Set(['index', 'lamp', 'container']);
export const needsMetric: ReadonlySet<ConditionType> = new Set([
  'threshold',
  'outside',
  'rate',
  'delta',
  'count',
]);

export const scopeFields: readonly FieldSpec[] = [
  { path: 'scope.kinds', input: 'many', options: kinds },
  { path: 'scope.providers', input: 'list' },
  { path: 'scope.devices', input: 'list' },
];

export const timingFields: readonly FieldSpec[] = [
  { path: 'forMs', input: 'number', scale: minuteMs },
  { path: 'clearForMs', input: 'number', scale: minuteMs },
  { path: 'countsSuspect', input: 'flag' },
];

export const adviceFields: readonly FieldSpec[] = [
  { path: 'response', input: 'long' },
  { path: 'consequence', input: 'long' },
  { path: 'timeAllowedMs', input: 'number', scale: minuteMs },
  { path: 'runbook', input: 'text' },
];

export const headFields: readonly FieldSpec[] = [
  { path: 'name', input: 'text', required: true },
  { path: 'priority', input: 'choice', options: priorities, required: true },
  { path: 'grouping', input: 'choice', options: ['group', 'none'], required: true },
  { path: 'enabled', input: 'flag' },
];

/** All fields of a rule with such a condition. */
export function ruleFields(type: ConditionType): readonly FieldSpec[] {
  return [
    ...headFields,
    ...conditionFields[type],
    ...scopeFields,
    ...timingFields,
    ...adviceFields,
    { path: 'notify', input: 'many' },
  ];
}

/** Every field that any rule has: what a form holds while its kind of condition is changed to and fro. */
export const allRuleFields: readonly FieldSpec[] = [
  ...new Map(conditionTypes.flatMap(ruleFields).map((spec) => [spec.path, spec] as const)).values(),
];

/** A new rule begins with what the contract takes by default. */
export const newRule = {
  priority: 'low',
  enabled: true,
  grouping: 'group',
  condition: {
    type: 'threshold',
    op: 'gt',
    unit: 'absolute',
    withinMs: 10 * minuteMs,
    intervals: 3.6,
    durationMs: 180 * minuteMs,
    scheme: 'EAQI-2024',
    flag: 'bad',
    rules: 'EU-2024-2881',
    threshold: 'alert',
  },
} as const;

/** A kept rule as it is sent again: without what the platform notes of it. */
export function ruleBody(rule: KeptAlarmRule): Record<string, unknown> {
  const { builtIn: _a, changedAt: _b, changedBy: _c, ...body } = rule;
  return body;
}
