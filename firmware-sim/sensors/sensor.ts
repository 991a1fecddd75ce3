import type { MetricName } from '../../broker/contract/metrics.ts';

/** What a device measures at one instant, in the catalogue's units, rounded as its hardware would. */
export type Values = Partial<Record<MetricName, number>>;

/**
 * One physical thing. A pure function of time (epoch ms UTC): history and live agree, and any reading
 * can be computed again to check what was stored. What hardware makes of it is a list of stages (see `stages`).
 * Each call gives an object of its own. `bootAt`, where it is known, is when it was switched on: some need a while until they are right.
 */
export type Sensor = (at: number, bootAt?: number) => Values;

/** Values with the instant that they were taken at. */
export interface Sample {
  at: number;
  values: Values;
}

/** What all things of a city share, and what tells one from another. */
export interface Site {
  /** The device's own seed. */
  seed: number;
  /** Seed of the air at the place, where devices stand together; else their own. */
  air?: number;
  /** How much of the city's traffic passes by: 0 a yard, 1 a main road. */
  traffic: number;
  /** Devices with the same group share what they hang on: a cabinet of lamps, a tour of bins. */
  group: number;
  /** Its number among things of its sort, from 0: whose turn it is to have trouble goes by that. */
  number: number;
  /** Number of a lamp's cabinet. */
  cabinet?: number;
  /** Number of the reference station whose air it is, where there is one. */
  station?: number;
}

export function roundTo(value: number, decimals: number): number {
  const scale = 10 ** decimals;
  return Math.round(value * scale) / scale;
}

export function clamp(value: number, min: number, max: number): number {
  return Math.min(max, Math.max(min, value));
}
