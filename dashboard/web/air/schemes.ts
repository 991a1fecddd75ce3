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

/** Black or white, whichever can be read on a colour `#RRGGBB` (contrast by WCAG's relative luminance). */
export function inkOn(colour: string): '#000000' | '#ffffff' {
  const channels = [1, 3, 5].map((from) => Number.parseInt(colour.slice(from, from + 2), 16) / 255);
  const [red = 0, green = 0, blue = 0] = channels.map((share) =>
    share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4,
  );
  const luminance = 0.2126 * red + 0.7152 * green + 0.0722 * blue;
  return luminance > 0.179 ? '#000000' : '#ffffff';
}
