import type { MetricName } from './metrics.ts';

/**
 * What counts as abnormal among a device's newest values. Free of schemas, so that the page can use the very same
 * rule without loading them.
 */

/** How urgent a device's newest values are: 0 normal, 1 elevated, 2 needs work, 3 act now. */
export type Severity = 0 | 1 | 2 | 3;

/** Why a device is abnormal; the messages have a word for each. */
export type ReasonCode = 'tilted' | 'lamp-fault' | 'almost-full' | 'elevated';

/** The worst thing that is known of a device. */
export interface Finding {
  severity: Exclude<Severity, 0>;
  reason: ReasonCode;
  metric: MetricName;
  value: number;
  /** The bound that was reached or passed, in the metric's unit. */
  limit: number;
}

interface Rule {
  metric: MetricName;
  reason: ReasonCode;
  severity: Exclude<Severity, 0>;
  limit: number;
  /** `reached`: abnormal from the limit on; `passed`: only above it. */
  when: 'reached' | 'passed';
}

/**
 * Worst first, until versioned rule sets take over. The dust limits are the EU's daily means (2008/50/EC: PM10
 * 50 µg/m³, PM2.5 25 µg/m³): a single value above them is "elevated", not an exceedance.
 */
export const findingRules: readonly Rule[] = [
  { metric: 'tilt', reason: 'tilted', severity: 3, limit: 1, when: 'reached' },
  { metric: 'lamp_fault', reason: 'lamp-fault', severity: 2, limit: 1, when: 'reached' },
  { metric: 'fill_level', reason: 'almost-full', severity: 2, limit: 90, when: 'reached' },
  { metric: 'pm2_5', reason: 'elevated', severity: 1, limit: 25, when: 'passed' },
  { metric: 'pm10', reason: 'elevated', severity: 1, limit: 50, when: 'passed' },
];

/** The worst finding among a device's newest values; undefined when all is normal. */
export function assess(
  read: (metric: MetricName) => number | undefined,
): Readonly<Finding> | undefined {
  for (const { metric, reason, severity, limit, when } of findingRules) {
    const value = read(metric);
    if (value === undefined) continue;
    if (when === 'reached' ? value >= limit : value > limit) {
      return { severity, reason, metric, value, limit };
    }
  }
  return undefined;
}
