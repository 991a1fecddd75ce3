import type { MeasurementMethod } from '../../../broker/contract/device.ts';
import type { MetricName } from '../../../broker/contract/metrics.ts';
import type { QualityOverrides } from '../../../broker/contract/quality-rules.ts';
import { qualityRuleSet, type Thresholds } from './rule-set.ts';

/** What decides about the thresholds of a series. */
export interface ThresholdContext {
  metric: MetricName;
  /** Free text, such as `SDS011 + BME280`: every sensor that it names counts. */
  model?: string | undefined;
  method?: MeasurementMethod | undefined;
  overrides?: QualityOverrides | undefined;
}

/**
 * The thresholds in force: those of the metric, over them those of the sensor model, over them those of the
 * device. Null in the device's switches a test off. A test without thresholds is not made.
 */
export function thresholdsFor({ metric, model, method, overrides }: ThresholdContext): Thresholds {
  const merged: Record<string, unknown> = { ...qualityRuleSet.defaults[metric] };
  if (model !== undefined) {
    for (const { pattern, metrics } of qualityRuleSet.models)
      if (pattern.test(model)) Object.assign(merged, metrics[metric]);
  }
  // Reference and equivalent stations dry the air that they sample.
  if (method === 'reference' || method === 'equivalent') delete merged.humidityMax;
  for (const [name, value] of Object.entries(overrides?.[metric] ?? {})) {
    if (value === null) delete merged[name];
    else if (value !== undefined) merged[name] = value;
  }
  return merged as Thresholds;
}

/** Whether any test on closed hours is made with these. */
export function hasHourTests(thresholds: Thresholds): boolean {
  const { spike, spikeFail, flatTolerance, outlierFloor, noiseMax, neighbourFloor } = thresholds;
  return [spike, spikeFail, flatTolerance, outlierFloor, noiseMax, neighbourFloor].some(
    (threshold) => threshold !== undefined,
  );
}
