import type { Container } from '../../../broker/contract/waste.ts';
import { distanceAtTemperature, type Fill, fillFromDistance, geometryOf } from './fill.ts';
import { wasteRuleSet as rules } from './rule-set.ts';

/** What of a container's readings says how it stands. */
export type ContainerMetric = 'fill_level' | 'distance' | 'temperature' | 'tilt';

/** The newest value of a metric. */
export interface Sample {
  /** Event time, epoch ms UTC. */
  at: number;
  value: number;
  /** QARTOD primary flag; bad values (4) are as if they were not there. */
  flag?: number;
}

/** The newest values of a container; a Map is one. */
export interface ContainerValues {
  get(metric: ContainerMetric): Sample | undefined;
}

export interface ContainerContext {
  /** The instant that is judged: event time on a stream, now on a screen. */
  at: number;
  /** Expected time between messages. */
  intervalMs: number;
  container?: Container | undefined;
}

/** What is known of a container at an instant. Null: not known. */
export interface ContainerFacts {
  fill: (Fill & { at: number }) | null;
  temperature: Sample | null;
  tilt: Sample | null;
}

export function containerFacts(values: ContainerValues, context: ContainerContext): ContainerFacts {
  const present = (metric: ContainerMetric): Sample | null => {
    const sample = values.get(metric);
    const isOld = sample && context.at - sample.at > rules.silentIntervals * context.intervalMs;
    return !sample || isOld || sample.flag === 4 ? null : sample;
  };
  const [temperature, tilt] = [present('temperature'), present('tilt')];
  const measured = measuredBy(context.container);
  const sample = present(measured);
  const fill = sample && fillOf(sample, context.container, temperature?.value ?? null);
  return {
    // Who lies on the side measures the street.
    fill: sample && fill && tilt?.value !== 1 ? { ...fill, at: sample.at } : null,
    temperature,
    tilt,
  };
}

/** By which metric the fill is known: the distance where the owner says what it means, else what the device makes of it. */
export function measuredBy(container: Container | undefined): 'distance' | 'fill_level' {
  return geometryOf(container) ? 'distance' : 'fill_level';
}

/** The fill by a value of the metric that it is {@link measuredBy}. */
export function fillOf(
  { value }: Pick<Sample, 'value'>,
  container: Container | undefined,
  airC: number | null,
): Fill | null {
  const geometry = geometryOf(container);
  if (!geometry) return { percent: value, isSuspect: false };
  const assumedC = container?.echoAssumesC;
  const isCorrected = assumedC !== undefined && airC !== null && value > 0;
  return fillFromDistance(
    isCorrected ? distanceAtTemperature(value, { airC, assumedC }) : value,
    geometry,
  );
}
