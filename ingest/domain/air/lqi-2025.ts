import { type IndexPollutant, indexPollutants } from '../../../broker/contract/air.ts';
import { eaqi2024 } from './eaqi-2024.ts';
import {
  type Ceilings,
  levelOf,
  plausible,
  type Scheme,
  scoreOf,
  subIndexOf,
} from './index-scheme.ts';
import { roundHalfUp } from './rounding.ts';

/**
 * German Luftqualitätsindex of the Umweltbundesamt since 2025, whole µg/m³, hourly means of all five. It has
 * no continuous form of its own: the top band is scaled by twice its floor, to tell equals apart.
 * Source: umweltbundesamt.de/en/node/73614.
 */
const ceilings: Readonly<Record<IndexPollutant, Ceilings>> = {
  pm2_5: [5, 15, 30, 50, 100],
  pm10: [9, 27, 54, 90, 180],
  no2: [10, 30, 60, 100, 200],
  o3: [24, 72, 144, 240, 480],
  so2: [10, 30, 60, 100, 200],
};

const colours = eaqi2024.levels.map(({ colour }) => colour);
const categories = ['very-good', 'good', 'moderate', 'poor', 'very-poor'] as const;

export const lqi2025: Scheme = {
  name: 'LQI-2025',
  levels: categories.map((category, index) => ({ category, colour: colours[index] ?? '' })),
  pollutants: indexPollutants,
  hours: 1,
  // Full circle: all five; an open circle says that it is fewer.
  minimum: () => indexPollutants.map((pollutant) => [pollutant]),
  subIndex(pollutant, [newest], { edges = 'rounded' }) {
    const value = plausible(newest);
    if (value === null) return null;
    const own = ceilings[pollutant];
    const level = levelOf(edges === 'rounded' ? roundHalfUp(value) : value, own);
    const score = scoreOf(value, level, { ceilings: own, step: 1 });
    return subIndexOf(lqi2025, { pollutant, value, level, score });
  },
};
