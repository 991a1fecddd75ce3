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
  const temperature = present(values.get('temperature'), context);
  const tilt = present(values.get('tilt'), context);
  const sample = present(values.get(measuredBy(context.container)), context);
  const fill = sample && fillOf(sample, context.container, temperature?.value ?? null);
  return {
    // Who lies on the side measures the street.
    fill: sample && fill && tilt?.value !== 1 ? withInstant(fill, sample.at) : null,
    temperature,
    tilt,
  };
}

function present(sample: Sample | undefined, { at, intervalMs }: ContainerContext): Sample | null {
  if (!sample || sample.flag === 4) return null;
  return at - sample.at > rules.silentIntervals * intervalMs ? null : sample;
}

function withInstant({ percent, isSuspect }: Fill, at: number): Fill & { at: number } {
  return { percent, isSuspect, at };
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
