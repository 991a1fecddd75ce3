import type { Container } from '../../../broker/contract/waste.ts';
import { wasteRuleSet as rules } from './rule-set.ts';

export interface Fill {
  /** 0..100 */
  percent: number;
  /** Measured within the sensor's blind zone. */
  isSuspect: boolean;
}

/** The echo of an empty and of a full container. */
export interface Geometry {
  emptyMm: number;
  fullMm: number;
}

/** Undefined where the owner does not say, or says nonsense: then the fill is what the device reports. */
export function geometryOf(container: Container | undefined): Geometry | undefined {
  const { emptyMm, fullMm } = container ?? {};
  return emptyMm !== undefined && fullMm !== undefined && emptyMm > fullMm
    ? { emptyMm, fullMm }
    : undefined;
}

/**
 * Fill by the distance to the waste: `100 · (empty - d) / (empty - full)`, clamped. Null for what is no echo: nothing,
 * 0, or from far beyond the bottom; never "full".
 */
export function fillFromDistance(
  distanceMm: number | null,
  { emptyMm, fullMm }: Geometry,
): Fill | null {
  if (distanceMm === null || !isEcho(distanceMm, emptyMm)) return null;
  const percent = (100 * (emptyMm - distanceMm)) / (emptyMm - fullMm);
  return {
    percent: Math.min(100, Math.max(0, percent)),
    isSuspect: distanceMm < rules.blindZoneMm,
  };
}

function isEcho(distanceMm: number, emptyMm: number): boolean {
  return distanceMm > 0 && distanceMm <= rules.echoBeyondEmptyMax * emptyMm;
}

/** Speed of sound in air, m/s. */
function soundSpeed(airC: number): number {
  return 331.3 + 0.606 * airC;
}

/** A distance of a sensor that takes the air to be of one temperature, at the true one: 25 °C off are 4 %. */
export function distanceAtTemperature(
  distanceMm: number,
  { airC, assumedC }: { airC: number; assumedC: number },
): number {
  return (distanceMm * soundSpeed(airC)) / soundSpeed(assumedC);
}

/** Median of a few values, such as the echoes of one measurement. Null of none. */
export function medianOf(values: readonly number[]): number | null {
  if (values.length < 2) return values[0] ?? null;
  return quantile(
    values.toSorted((a, b) => a - b),
    0.5,
  );
}

export function sorted(values: readonly number[]): Float64Array {
  return Float64Array.from(values).sort();
}

/** Of sorted values, linear between neighbours. */
export function quantile(ascending: ArrayLike<number>, share: number): number {
  const place = (ascending.length - 1) * share;
  const below = ascending[Math.floor(place)] as number;
  const above = ascending[Math.ceil(place)] as number;
  return below + (above - below) * (place - Math.floor(place));
}
