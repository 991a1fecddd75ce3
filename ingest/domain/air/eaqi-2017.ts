import { type IndexPollutant, indexPollutants } from '../../../broker/contract/air.ts';
import { eaqi2024 } from './eaqi-2024.ts';
import {
  type Ceilings,
  europeanMinimum,
  levelOf,
  plausible,
  type RecentHours,
  type Scheme,
  scoreOf,
  subIndexOf,
} from './index-scheme.ts';
import { dayHoursMin } from './periods.ts';

/**
 * European Air Quality Index before its revision. Edges are real-valued and belong to the better band
 * ("exceeds" is strictly greater). Still in use by some national portals.
 * Source: airindex.eea.europa.eu before 2025; open-meteo-website issue #1158.
 */
const ceilings: Readonly<Record<IndexPollutant, Ceilings>> = {
  pm2_5: [10, 20, 25, 50, 75, 800],
  pm10: [20, 40, 50, 100, 150, 1200],
  no2: [40, 90, 120, 230, 340, 1000],
  o3: [50, 100, 130, 240, 380, 800],
  so2: [100, 200, 350, 500, 750, 1250],
};

/** Particles as running means of 24 hours, gases as hourly means. */
export const eaqi2017: Scheme = {
  name: 'EAQI-2017',
  levels: eaqi2024.levels,
  pollutants: indexPollutants,
  hours: 24,
  minimum: europeanMinimum,
  subIndex(pollutant, hours) {
    const isParticle = pollutant === 'pm2_5' || pollutant === 'pm10';
    const value = plausible(isParticle ? dayMean(hours) : hours[0]);
    if (value === null) return null;
    const own = ceilings[pollutant];
    const level = levelOf(value, own);
    const score = scoreOf(value, level, { ceilings: own, step: 0 });
    return subIndexOf(eaqi2017, { pollutant, value, level, score });
  },
};

/** Mean of the last 24 hours when there are enough of them, as for a legal day. */
function dayMean(hours: RecentHours): number | null {
  const known = hours.slice(0, 24).filter((value) => value !== null);
  if (known.length < dayHoursMin) return null;
  return known.reduce((sum, value) => sum + value, 0) / known.length;
}
