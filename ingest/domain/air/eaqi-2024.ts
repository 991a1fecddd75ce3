import { type IndexPollutant, indexPollutants } from '../../../broker/contract/air.ts';
import {
  type Ceilings,
  europeanMinimum,
  levelOf,
  plausible,
  type Scheme,
  scoreOf,
  subIndexOf,
} from './index-scheme.ts';
import { roundHalfUp } from './rounding.ts';

/**
 * European Air Quality Index as revised in 2024, whole µg/m³, both ends included. Top ceilings scale the
 * continuous sub-index of the EEA's layer only.
 * Source: airindex.eea.europa.eu; ETC HE report 2024/17; open-meteo PR #2045.
 */
const ceilings: Readonly<Record<IndexPollutant, Ceilings>> = {
  pm2_5: [5, 15, 50, 90, 140, 800],
  pm10: [15, 45, 120, 195, 270, 1200],
  no2: [10, 25, 60, 100, 150, 1000],
  o3: [60, 100, 120, 160, 180, 600],
  so2: [20, 40, 125, 190, 275, 1000],
};

/** All five are hourly means, rounded half up before the band is looked up: 15.48 PM10 is good, 15.5 fair. */
export const eaqi2024: Scheme = {
  name: 'EAQI-2024',
  levels: [
    { category: 'good', colour: '#50F0E6' },
    { category: 'fair', colour: '#50CCAA' },
    { category: 'moderate', colour: '#F0E641' },
    { category: 'poor', colour: '#FF5050' },
    { category: 'very-poor', colour: '#960032' },
    { category: 'extremely-poor', colour: '#7D2181' },
  ],
  pollutants: indexPollutants,
  hours: 1,
  minimum: europeanMinimum,
  subIndex(pollutant, [newest], { edges = 'rounded' }) {
    const value = plausible(newest);
    if (value === null) return null;
    const own = ceilings[pollutant];
    const level = levelOf(edges === 'rounded' ? roundHalfUp(value) : value, own);
    const score = scoreOf(value, level, { ceilings: own, step: 1 });
    return subIndexOf(eaqi2024, { pollutant, value, level, score });
  },
};
