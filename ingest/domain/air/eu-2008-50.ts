import { limitsOf, type RuleSet, thresholdsOf } from './limit-value.ts';

const milligram = { unit: 'mg/m³' } as const;
const nanogram = { unit: 'ng/m³', kind: 'target', validFrom: '2012-12-31' } as const;

/**
 * Directive 2008/50/EC (and 2004/107/EC for As, Cd, Ni, BaP): in force, kept as Table 2 of 2024/2881.
 * Source: 39. BImSchV Anlagen 1, 7, 11, 12; legislation.gov.uk/eudr/2008/50 annexes I, VII, XI.
 */
export const eu2008: RuleSet = {
  name: 'EU-2008-50',
  title: 'Directive 2008/50/EC',
  source: 'Directive 2008/50/EC annexes VII, XI, XII, XIV; Directive 2004/107/EC annex I',
  limits: [
    ...limitsOf({ kind: 'limit', validFrom: '2005-01-01' }, [
      ['pm2_5', 'year', 25, 0, { validFrom: '2015-01-01' }],
      ['pm10', 'day', 50, 35, { percentile: 90.4 }],
      ['pm10', 'year', 40, 0],
      ['no2', 'hour', 200, 18, { validFrom: '2010-01-01' }],
      ['no2', 'year', 40, 0, { validFrom: '2010-01-01' }],
      ['so2', 'hour', 350, 24],
      ['so2', 'day', 125, 3],
      ['so2', 'year', 20, 0, { kind: 'vegetation', validFrom: '2008-06-11' }],
      ['co', 'max-daily-8h', 10, 0, milligram],
      ['benzene', 'year', 5, 0, { validFrom: '2010-01-01' }],
      ['lead', 'year', 0.5, 0, { digits: 1 }],
      ['arsenic', 'year', 6, 0, nanogram],
      ['cadmium', 'year', 5, 0, nanogram],
      ['nickel', 'year', 20, 0, nanogram],
      ['benzo_a_pyrene', 'year', 1, 0, nanogram],
    ]),
    ...limitsOf({ kind: 'target', validFrom: '2010-01-01' }, [
      ['o3', 'max-daily-8h', 120, 25, { averageYears: 3 }],
      ['o3', 'aot40', 18_000, 0, { kind: 'vegetation', unit: 'µg/m³·h', averageYears: 5 }],
      ['o3', 'aot40', 6_000, 0, { kind: 'long-term', unit: 'µg/m³·h' }],
    ]),
  ],
  thresholds: thresholdsOf([
    ['no2', 'alert', 'hour', 400, 3],
    ['so2', 'alert', 'hour', 500, 3],
    ['o3', 'information', 'hour', 180, 1],
    ['o3', 'alert', 'hour', 240, 1],
  ]),
  // Annex I. 85 % is what the EEA accepts: 90 % less some 5 % of planned maintenance.
  dataQuality: { required: 0.9, ozoneWinter: 0.75, accepted: 0.85 },
};
