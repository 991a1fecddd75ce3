import { reasonBits } from '../../../broker/contract/quality.ts';
import { qualityRuleSet, type Thresholds } from './rule-set.ts';

/**
 * Tests of a sample from what is known at its arrival. Each gives the reason bit that it did not pass, 0 when it
 * passed, or {@link noVerdict} where the data or the thresholds do not suffice: that never counts as good.
 */
export const noVerdict = -1;

export interface Sample {
  /** Event time, epoch ms UTC. */
  at: number;
  value: number;
}

/** Outside what the sensor can measure: bad. Outside what is usual outdoors: suspect. Both ends are inside. */
export function judgeRange(value: number, { range, usual }: Thresholds): number {
  if (range && !(value >= range[0] && value <= range[1])) return reasonBits.range;
  if (usual && !(value >= usual[0] && value <= usual[1])) return reasonBits.unusual;
  return range || usual ? 0 : noVerdict;
}

const minuteMs = 60_000;

/**
 * Faster change per minute than the limits. Samples less than a minute apart are taken as a minute apart, so that
 * the resolution of a sensor that speaks every second is no step; across a gap nothing is said.
 */
export function judgeStep(
  { at, value }: Sample,
  before: Sample | undefined,
  { stepPerMinute, stepFailPerMinute }: Thresholds,
  gapMs: number,
): number {
  if (stepPerMinute === undefined && stepFailPerMinute === undefined) return noVerdict;
  if (!before || at <= before.at || at - before.at > gapMs) return noVerdict;
  const perMinute =
    (Math.abs(value - before.value) * minuteMs) / Math.max(at - before.at, minuteMs);
  if (perMinute > (stepFailPerMinute ?? Number.POSITIVE_INFINITY)) return reasonBits['step-fail'];
  return perMinute > (stepPerMinute ?? Number.POSITIVE_INFINITY) ? reasonBits.step : 0;
}

/** Particles up to a size cannot weigh more than those up to a larger size. Of the same instant. */
export function judgeCrossChannel(finer: number, coarser: number): number {
  const { floor, share } = qualityRuleSet.crossChannel;
  const tolerance = Math.max(floor, share * coarser);
  return finer > coarser + tolerance ? reasonBits['cross-channel'] : 0;
}

/** Air so humid that the sensor over-reads. `humidity`: relative, %; undefined when it is not known. */
export function judgeHumidity(
  humidity: number | undefined,
  { humidityMax }: Pick<Thresholds, 'humidityMax'>,
): number {
  if (humidityMax === undefined || humidity === undefined) return noVerdict;
  return humidity > humidityMax ? reasonBits.humidity : 0;
}

/** Event time ahead of the arrival by more than transport and a kept clock explain. */
export function isAhead(at: number, receivedAt: number): boolean {
  return at - receivedAt > qualityRuleSet.clockAheadMsMax;
}
