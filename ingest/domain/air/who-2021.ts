import { limitsOf, type RuleSet } from './limit-value.ts';

const milligram = { unit: 'mg/m³' } as const;

/**
 * WHO global air quality guidelines 2021: of health, for display; never mixed with limits or index bands.
 * Source: WHO global air quality guidelines, 2021, table 0.1.
 */
export const who2021: RuleSet = {
  name: 'WHO-2021',
  title: 'WHO global air quality guidelines 2021',
  source: 'WHO global air quality guidelines 2021, table 0.1',
  limits: limitsOf({ kind: 'guideline', validFrom: '2021-09-22' }, [
    ['pm2_5', 'day', 15, null],
    ['pm2_5', 'year', 5, null],
    ['pm10', 'day', 45, null],
    ['pm10', 'year', 15, null],
    ['no2', 'day', 25, null],
    ['no2', 'year', 10, null],
    ['so2', 'day', 40, null],
    ['o3', 'max-daily-8h', 100, null],
    ['o3', 'peak-season', 60, null],
    ['co', 'day', 4, null, milligram],
  ]),
  thresholds: [],
};
