import type { SubIndex } from '../../../broker/contract/air.ts';
import { type RecentHours, type Scheme, subIndexOf } from './index-scheme.ts';
import { nowCast } from './now-cast.ts';
import { truncate } from './rounding.ts';

/** The ends of a line segment: concentrations, and the index at both. */
type Segment = readonly [cLow: number, cHigh: number, iLow: number, iHigh: number];

interface Table {
  /** Digits that a concentration keeps; the others are cut. */
  digits: number;
  segments: readonly Segment[];
}

/**
 * US Air Quality Index for particles as of May 2024. Its other pollutants are not computed here.
 * Source: EPA-454/B-24-002; forum.airnowtech.org/t/the-aqi-equation/169.
 */
const tables: Readonly<Record<'pm2_5' | 'pm10', Table>> = {
  pm2_5: {
    digits: 1,
    segments: [
      [0, 9, 0, 50],
      [9.1, 35.4, 51, 100],
      [35.5, 55.4, 101, 150],
      [55.5, 125.4, 151, 200],
      [125.5, 225.4, 201, 300],
      [225.5, 325.4, 301, 500],
    ],
  },
  pm10: {
    digits: 0,
    segments: [
      [0, 54, 0, 50],
      [55, 154, 51, 100],
      [155, 254, 101, 150],
      [255, 354, 151, 200],
      [355, 424, 201, 300],
      [425, 604, 301, 500],
    ],
  },
};

const indexMax = 500;

/** Live values: NowCast of twelve hourly means, in place of the mean of 24 hours. */
export const usAqi2024: Scheme = {
  name: 'US-AQI-2024',
  levels: [
    { category: 'good', colour: '#00E400' },
    { category: 'moderate', colour: '#FFFF00' },
    { category: 'unhealthy-for-sensitive-groups', colour: '#FF7E00' },
    { category: 'unhealthy', colour: '#FF0000' },
    { category: 'very-unhealthy', colour: '#8F3F97' },
    { category: 'hazardous', colour: '#7E0023' },
  ],
  pollutants: ['pm2_5', 'pm10'],
  hours: 12,
  minimum: () => [['pm2_5'], ['pm10']],
  subIndex(pollutant, hours) {
    if (pollutant !== 'pm2_5' && pollutant !== 'pm10') return null;
    return fromNowCast(pollutant, hours);
  },
};

function fromNowCast(pollutant: 'pm2_5' | 'pm10', hours: RecentHours): SubIndex | null {
  const value = nowCast(hours);
  if (value === null) return null;
  const { level, aqi } = usAqiOf(pollutant, value);
  return subIndexOf(usAqi2024, { pollutant, value, level, score: aqi });
}

/**
 * The index of a concentration in µg/m³, a mean of 24 hours or a NowCast. Above the table the last line goes
 * on: more than 500 is beyond the AQI, and said to be.
 */
export function usAqiOf(
  pollutant: 'pm2_5' | 'pm10',
  concentration: number,
): { level: number; aqi: number } {
  const { digits, segments } = tables[pollutant];
  const c = truncate(Math.max(0, concentration), digits);
  const found = segments.findIndex(([, cHigh]) => c <= cHigh);
  const level = found < 0 ? segments.length : found + 1;
  const [cLow, cHigh, iLow, iHigh] = segments[level - 1] ?? [0, 1, 0, 1];
  return { level, aqi: Math.round(((iHigh - iLow) / (cHigh - cLow)) * (c - cLow) + iLow) };
}

/** Whether an index is more than its table knows. */
export function isBeyondAqi(aqi: number): boolean {
  return aqi > indexMax;
}
