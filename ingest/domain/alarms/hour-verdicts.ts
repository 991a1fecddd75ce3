import type { IndexScheme } from '../../../broker/contract/air.ts';
import type { AlarmRule } from '../../../broker/contract/alarm-rules.ts';
import type { Device } from '../../../broker/contract/device.ts';
import type { MetricName } from '../../../broker/contract/metrics.ts';
import { airIndex, isIndicative, type PollutantHours, schemeOf } from '../air/air-index.ts';
import type { Threshold } from '../air/limit-value.ts';
import { dayHoursMin, meanOf } from '../air/periods.ts';
import { ruleSetOf } from '../air/rule-sets.ts';
import { dayHours, hourMs } from '../air/year-hours.ts';
import type { Verdict } from './condition.ts';
import { airIndexLevel } from './conditions/air-index-level.ts';
import { euThreshold } from './conditions/eu-threshold.ts';

/** The valid mean of an hour by its start, or null. */
export type HourMeans = (metric: MetricName, startAt: number) => number | null;

export interface HourVerdict {
  /** The pollutant, where each is judged by itself. */
  metric?: MetricName;
  verdict: Verdict;
}

/** Hours before the end of one that rules look back to: two legal days. */
export const hoursBackMax = 2 * dayHours;
/** Legal days begin at 23:00Z: UTC+1 all year round. */
const legalOffsetMs = hourMs;

/** Whether a rule is judged by closed hours. */
export function isAboutHours({ condition }: Pick<AlarmRule, 'condition'>): boolean {
  return condition.type === 'index' || condition.type === 'eu';
}

/** The metrics that such a rule reads of a device; none where it is not about the device at all. */
export function hourMetricsOf({ condition, metric }: AlarmRule, device: Device): MetricName[] {
  if (condition.type === 'index') return [...schemeOf(condition.scheme as IndexScheme).pollutants];
  // The law is about fixed measurements (Directive (EU) 2024/2881, Annex V): makers' sensors are not judged by it.
  if (condition.type !== 'eu' || isIndicative(device.station?.method)) return [];
  return thresholdsOf({ condition, metric }).map(({ pollutant }) => pollutant as MetricName);
}

/** What a rule says of a device at the end of a closed hour. */
export function hourVerdicts(
  rule: AlarmRule,
  device: Device,
  endAt: number,
  meanOfHour: HourMeans,
): HourVerdict[] {
  const { condition } = rule;
  if (condition.type === 'index') {
    const scheme = condition.scheme as IndexScheme;
    const { hours, pollutants } = schemeOf(scheme);
    const means: PollutantHours = {};
    for (const pollutant of pollutants)
      means[pollutant] = hoursBefore(endAt, hours, (at) => meanOfHour(pollutant, at)).reverse();
    const index = airIndex(scheme, means, { station: device.station });
    return [{ verdict: airIndexLevel(condition, index) }];
  }
  return thresholdsOf(rule).map((threshold) => {
    const metric = threshold.pollutant as MetricName;
    const means = (at: number): number | null => meanOfHour(metric, at);
    return { metric, verdict: euThreshold(threshold, periodsOf(threshold, endAt, means)) };
  });
}

function thresholdsOf({ condition, metric }: Pick<AlarmRule, 'condition' | 'metric'>): Threshold[] {
  if (condition.type !== 'eu') return [];
  const { rules, threshold } = condition;
  return ruleSetOf(rules).thresholds.filter(
    ({ kind, pollutant }) => kind === threshold && (!metric || metric === pollutant),
  );
}

/** The last periods of a threshold: hours, or the means of legal days that are over. */
function periodsOf(
  { period, consecutive }: Threshold,
  endAt: number,
  meanOfHour: (startAt: number) => number | null,
): (number | null)[] {
  if (period === 'hour') return hoursBefore(endAt, consecutive, meanOfHour);
  const dayMs = dayHours * hourMs;
  const dayEnd = Math.floor((endAt + legalOffsetMs) / dayMs) * dayMs - legalOffsetMs;
  return Array.from({ length: consecutive }, (_, index) =>
    meanOf(
      hoursBefore(dayEnd - (consecutive - 1 - index) * dayMs, dayHours, meanOfHour),
      dayHoursMin,
    ),
  );
}

/** Oldest first. */
function hoursBefore(
  endAt: number,
  count: number,
  meanOfHour: (startAt: number) => number | null,
): (number | null)[] {
  return Array.from({ length: count }, (_, index) => meanOfHour(endAt - (count - index) * hourMs));
}
