import { indexSchemes } from '../../../broker/contract/air.ts';
import type { AlarmCondition, AlarmRule } from '../../../broker/contract/alarm-rules.ts';
import { metricOf } from '../../../broker/contract/metrics.ts';
import { schemeOf } from '../air/air-index.ts';
import { ruleSetOf } from '../air/rule-sets.ts';

type Type = AlarmCondition['type'];

const needMetric: ReadonlySet<Type> = new Set(['threshold', 'outside', 'rate', 'delta', 'count']);
const takeNoMetric: ReadonlySet<Type> = new Set(['index', 'lamp', 'container']);

/** Conditions that are about every series of a device, one by one, when no metric is named. */
export const seriesConditions: ReadonlySet<Type> = new Set([...needMetric, 'stuck', 'quality']);

/** Why the parts of a rule do not fit together, in one sentence; undefined: they do. */
export function faultOf({ condition, metric }: AlarmRule): string | undefined {
  const { type } = condition;
  if (!metric && needMetric.has(type)) return `metric: a rule of type ${type} needs one`;
  if (metric && takeNoMetric.has(type)) return `metric: a rule of type ${type} takes none`;
  switch (condition.type) {
    case 'threshold':
      return thresholdFault(condition);
    case 'outside':
      if (!(condition.min < condition.max))
        return `condition.min: ${condition.min} must be below max ${condition.max}`;
      if (condition.hysteresis * 2 >= condition.max - condition.min)
        return `condition.hysteresis: ${condition.hysteresis} from both ends leaves nothing between min and max`;
      return undefined;
    case 'rate':
      return (condition.op === 'gt') === condition.perMinute > 0 && condition.perMinute !== 0
        ? undefined
        : `condition.perMinute: ${condition.op} wants a ${condition.op === 'gt' ? 'positive' : 'negative'} number, got ${condition.perMinute}`;
    case 'delta':
      if (condition.unit === 'percent' && metric && metricOf(metric).unit === '°C')
        return 'condition.unit: degrees Celsius have no percentage, their zero is arbitrary';
      return undefined;
    case 'index':
      return indexFault(condition);
    case 'eu':
      return euFault(condition, metric);
    default:
      return undefined;
  }
}

function thresholdFault({
  op,
  value,
  clearAt,
}: Extract<AlarmCondition, { type: 'threshold' }>): string | undefined {
  if (clearAt === undefined) return undefined;
  if (op === 'eq') return 'condition.clearAt: eq has no hysteresis';
  const isUp = op === 'gt' || op === 'gte';
  if (isUp ? clearAt <= value : clearAt >= value) return undefined;
  return `condition.clearAt: ${clearAt} must not be ${isUp ? 'above' : 'below'} ${value}`;
}

function indexFault({
  scheme,
  level,
}: Extract<AlarmCondition, { type: 'index' }>): string | undefined {
  const known = indexSchemes.find((name) => name === scheme);
  if (!known) return `condition.scheme: ${scheme} is not one of ${indexSchemes.join(', ')}`;
  const { length } = schemeOf(known).levels;
  return level <= length ? undefined : `condition.level: ${scheme} has ${length} levels`;
}

function euFault(
  { rules, threshold }: Extract<AlarmCondition, { type: 'eu' }>,
  metric: AlarmRule['metric'],
): string | undefined {
  const of = ruleSetOf(rules).thresholds.filter(({ kind }) => kind === threshold);
  if (!metric || of.some(({ pollutant }) => pollutant === metric)) return undefined;
  return `metric: ${rules} has no ${threshold} threshold for ${metric}`;
}
