import type { MetricName } from '../../broker/contract/metrics.ts';
import { eeaPollutantCodes, measuredPollutants } from '../domain/air/pollutants.ts';

/** EEA codes of the metrics that are reported pollutants. */
export const pollutantCodes: ReadonlyMap<MetricName, number> = new Map(
  measuredPollutants.map((name) => [name, eeaPollutantCodes[name]]),
);
