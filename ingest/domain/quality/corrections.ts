import type { Correction } from '../../../broker/contract/correction.ts';
import type { MetricName } from '../../../broker/contract/metrics.ts';
import type { Reading } from '../../../broker/contract/reading.ts';

/** Beyond this relative humidity optical sensors see fog: there is no corrected value. */
export const correctableHumidityMax = 95;

/** Density of dry aerosol by that of water, as in Crilley et al. 2018 (Atmos. Meas. Tech. 11, 709). */
const densityRatio = 1.65;

/**
 * Dry particle mass by kappa-Koehler theory (Crilley et al. 2018; Di Antonio et al. 2018):
 * `PM / (1 + (kappa/1.65) / (1/aw - 1))`, `aw` = relative humidity / 100, at most 0.95.
 */
export function koehlerCorrected(value: number, relativeHumidity: number, kappa: number): number {
  const activity = Math.min(relativeHumidity, correctableHumidityMax) / 100;
  return value / (1 + kappa / densityRatio / (1 / activity - 1));
}

/**
 * US EPA correction of PurpleAir PM2.5 (Plantower, CF=1): Barkjohn et al. 2021 (Atmos. Meas. Tech. 14, 4617), with the
 * extension for smoke above 570 µg/m³ that is blended in up to 611. May be slightly negative in clean, humid air.
 */
export function barkjohnCorrected(value: number, relativeHumidity: number): number {
  const low = 0.524 * value - 0.0862 * relativeHumidity + 5.75;
  if (value < 570) return low;
  const high = 4.21e-4 * value * value + 0.392 * value + 3.44;
  if (value >= 611) return high;
  // The published line, which is 0.008 at 570 and 1.008 at 611.
  const weight = Math.min(1, Math.max(0, 0.0244 * value - 13.9));
  return high * weight + low * (1 - weight);
}

/** The corrected series of a metric, or undefined where the method has none. */
export function correctedMetric(
  metric: MetricName,
  { method }: Correction,
): 'pm2_5_corrected' | 'pm10_corrected' | undefined {
  if (metric === 'pm2_5') return 'pm2_5_corrected';
  return metric === 'pm10' && method === 'koehler' ? 'pm10_corrected' : undefined;
}

/** A corrected reading, and the place of its source among the readings of the message. */
export interface Corrected {
  reading: Reading;
  source: number;
}

/**
 * Corrected readings of one message: of particle values and the relative humidity of the same instant in the same
 * message. Without humidity, or beyond {@link correctableHumidityMax}, there is none. Pure, so that a replay gives the same.
 */
export function correctedReadings(
  readings: readonly Reading[],
  correction: Correction,
): Corrected[] {
  const humidityAt = new Map<number, number>();
  for (const { metric, at, value } of readings)
    if (metric === 'relative_humidity') humidityAt.set(at, value);
  if (humidityAt.size === 0) return [];
  const corrected: Corrected[] = [];
  readings.forEach(({ metric: measured, at, value: raw }, source) => {
    const metric = correctedMetric(measured, correction);
    const humidity = humidityAt.get(at);
    if (!metric || humidity === undefined || humidity > correctableHumidityMax) return;
    const value =
      correction.method === 'koehler'
        ? koehlerCorrected(raw, humidity, correction.kappa)
        : barkjohnCorrected(raw, humidity);
    corrected.push({ reading: { metric, at, value }, source });
  });
  return corrected;
}
