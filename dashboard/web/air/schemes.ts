import type { IndexPollutant, IndexScheme, LegalRuleSet } from '../../../broker/contract/air.ts';
import type { DeviceView } from '../../../broker/contract/api.ts';
import type { MetricName } from '../../../broker/contract/metrics.ts';

/** The contract's lists once more, without its schemas; `air.test.ts` holds them to it. */
export const schemes = [
  'EAQI-2024',
  'EAQI-2017',
  'LQI-2025',
  'US-AQI-2024',
] as const satisfies readonly IndexScheme[];

export const ruleSets = ['EU-2008-50', 'EU-2024-2881'] as const satisfies readonly LegalRuleSet[];

/** How many levels a scheme has: a level says little without. */
export const levelCounts: Readonly<Record<IndexScheme, number>> = {
  'EAQI-2024': 6,
  'EAQI-2017': 6,
  'LQI-2025': 5,
  'US-AQI-2024': 6,
};

/** Pollutants that indices and legal statistics are made of. */
const pollutants: readonly MetricName[] = ['pm2_5', 'pm10', 'no2', 'o3', 'so2', 'co'];

/** The pollutants that a device measures. */
export function pollutantsOf({ metrics }: Pick<DeviceView, 'metrics'>): MetricName[] {
  return pollutants.filter((pollutant) => metrics.includes(pollutant));
}

/** As chemists and readers write them: short, and the same in every language. */
export const pollutantSigns: Readonly<Record<IndexPollutant | 'co', string>> = {
  pm2_5: 'PM2.5',
  pm10: 'PM10',
  no2: 'NO₂',
  o3: 'O₃',
  so2: 'SO₂',
  co: 'CO',
};

export function pollutantSign(metric: string): string {
  return (pollutantSigns as Readonly<Record<string, string>>)[metric] ?? metric;
}

/** Pollutants that each scheme knows; `air.test.ts` holds them to the rules. */
export const schemePollutants: Readonly<Record<IndexScheme, readonly IndexPollutant[]>> = {
  'EAQI-2024': ['pm2_5', 'pm10', 'no2', 'o3', 'so2'],
  'EAQI-2017': ['pm2_5', 'pm10', 'no2', 'o3', 'so2'],
  'LQI-2025': ['pm2_5', 'pm10', 'no2', 'o3', 'so2'],
  'US-AQI-2024': ['pm2_5', 'pm10'],
};

/** The scheme of the address, else as last chosen here, else the European one in its newest version. */
export function chosenScheme(...wanted: readonly (string | null | undefined)[]): IndexScheme {
  const names = wanted.flatMap((text) => schemes.filter((name) => name === text));
  return names[0] ?? 'EAQI-2024';
}
