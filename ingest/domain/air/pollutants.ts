import type { MetricName } from '../../../broker/contract/metrics.ts';

/** All that limit values exist for; the first six are metrics that devices send. */
export type Pollutant =
  | 'pm2_5'
  | 'pm10'
  | 'no2'
  | 'o3'
  | 'so2'
  | 'co'
  | 'benzene'
  | 'lead'
  | 'arsenic'
  | 'cadmium'
  | 'nickel'
  | 'benzo_a_pyrene';

/** Metrics that legal statistics are made of, in the order that they are shown. */
export const measuredPollutants = [
  'pm2_5',
  'pm10',
  'no2',
  'o3',
  'so2',
  'co',
] as const satisfies readonly (Pollutant & MetricName)[];
export type MeasuredPollutant = (typeof measuredPollutants)[number];

/** Codes of the EEA's vocabulary of pollutants (dd.eionet.europa.eu/vocabulary/aq/pollutant). */
export const eeaPollutantCodes = {
  so2: 1,
  pm10: 5,
  o3: 7,
  no2: 8,
  nox: 9,
  co: 10,
  benzene: 20,
  no: 38,
  pm2_5: 6001,
} as const;

/** Litres of one mole of gas at 293 K and 101.3 kPa, which EU concentrations of gases refer to. */
const molarVolume = 24.05;

/** g/mol, such that the factors come out as the law's guidance prints them: 1.913, 1.996, 2.664, 1.165. */
const molarMass = { no2: 46.01, o3: 48.0, so2: 64.07, co: 28.01 } as const;
export type Gas = keyof typeof molarMass;

/**
 * µg/m³ per ppb at 20 °C (for CO: mg/m³ per ppm). The factors for 25 °C (NO2 1.88) are US practice and
 * never right for EU limits. 39. BImSchV Anlage 6 C.
 */
export function massPerPpb(gas: Gas): number {
  return molarMass[gas] / molarVolume;
}

/** ppb to µg/m³ (CO: ppm to mg/m³). */
export function massOf(gas: Gas, ppb: number): number {
  return ppb * massPerPpb(gas);
}

/** µg/m³ to ppb (CO: mg/m³ to ppm). */
export function ppbOf(gas: Gas, mass: number): number {
  return mass / massPerPpb(gas);
}
