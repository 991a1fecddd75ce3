import type { DeviceKey } from '../../broker/contract/ids.ts';
import type { MetricName } from '../../broker/contract/metrics.ts';
import { mix } from '../random.ts';
import type { Sample } from '../sensors/sensor.ts';

/**
 * What is known of the acknowledged readings of a series: how many, between which instants, and two sums over
 * (instant, value) that do not depend on the order. Two sets of readings with equal sums are the same set, but for one
 * chance in 2^64: so a run of any length is remembered in a few numbers for each series.
 */
export interface SeriesSum {
  count: number;
  sum: number;
  xor: number;
  firstAt: number;
  lastAt: number;
}

export function emptySum(): SeriesSum {
  return {
    count: 0,
    sum: 0,
    xor: 0,
    firstAt: Number.POSITIVE_INFINITY,
    lastAt: Number.NEGATIVE_INFINITY,
  };
}

const number = new Float64Array(1);
const words = new Uint32Array(number.buffer);

/** Adds a reading. */
export function addTo(series: SeriesSum, at: number, value: number): void {
  // Minus zero is stored as zero.
  number[0] = value + 0;
  const [low = 0, high = 0] = words;
  const time = mix(at, Math.floor(at / 0x1_0000_0000));
  const hash = mix(mix(time, low), high);
  series.count += 1;
  series.sum = (series.sum + hash) >>> 0;
  series.xor = (series.xor ^ mix(hash, time)) >>> 0;
  series.firstAt = Math.min(series.firstAt, at);
  series.lastAt = Math.max(series.lastAt, at);
}

export function isSame(left: SeriesSum, right: SeriesSum): boolean {
  return left.count === right.count && left.sum === right.sum && left.xor === right.xor;
}

/** What one device had acknowledged, by metric. */
export type DeviceSums = Map<MetricName, SeriesSum>;

export function noteSamples(sums: DeviceSums, samples: readonly Sample[]): void {
  for (const { at, values } of samples) {
    for (const metric in values) {
      const value = values[metric as MetricName];
      if (value === undefined) continue;
      let series = sums.get(metric as MetricName);
      if (!series) {
        series = emptySum();
        sums.set(metric as MetricName, series);
      }
      addTo(series, at, value);
    }
  }
}

/** Acknowledged readings of all of them. */
export function readingsOf(results: readonly DeviceResult[]): number {
  let count = 0;
  for (const { sums } of results) for (const series of sums.values()) count += series.count;
  return count;
}

/** What one device did in a run: enough to say what of it must be stored, and to compute it all again. */
export interface DeviceResult {
  device: DeviceKey;
  /** Steps of its plan that it has done. */
  steps: number;
  sums: DeviceSums;
  /** Samples of messages that nobody answered for: they may be stored, or not. */
  unsure: Sample[];
}
