import { limitsOf, type RuleSet, thresholdsOf } from './limit-value.ts';

const milligram = { unit: 'mg/m³' } as const;
const nanogram = { unit: 'ng/m³', digits: 1 } as const;

/**
 * Directive (EU) 2024/2881: Table 1 of Annex I applies from 2030. Transposed by 11 December 2026.
 * Source: eur-lex.europa.eu/eli/dir/2024/2881 annexes I and V; jobonaf/aq-framework-snpa t_limit_values, t_alert_thresholds.
 */
export const eu2024: RuleSet = {
  name: 'EU-2024-2881',
  title: 'Directive (EU) 2024/2881',
  source: 'Directive (EU) 2024/2881 annexes I and V',
  limits: [
    ...limitsOf({ kind: 'limit', validFrom: '2030-01-01' }, [
      ['pm2_5', 'day', 25, 18],
      ['pm2_5', 'year', 10, 0],
      ['pm10', 'day', 45, 18],
      ['pm10', 'year', 20, 0],
      ['no2', 'hour', 200, 3],
      ['no2', 'day', 50, 18],
      ['no2', 'year', 20, 0],
      ['so2', 'hour', 350, 3],
      ['so2', 'day', 50, 18],
      ['so2', 'year', 20, 0],
      ['co', 'max-daily-8h', 10, 0, milligram],
      ['co', 'day', 4, 18, milligram],
      ['benzene', 'year', 3.4, 0, { digits: 1 }],
      ['lead', 'year', 0.5, 0, { digits: 1 }],
      ['arsenic', 'year', 6, 0, nanogram],
      ['cadmium', 'year', 5, 0, nanogram],
      ['nickel', 'year', 20, 0, nanogram],
      ['benzo_a_pyrene', 'year', 1, 0, nanogram],
    ]),
    ...limitsOf({ kind: 'target', validFrom: '2030-01-01' }, [
      ['o3', 'max-daily-8h', 120, 18, { averageYears: 3 }],
      ['o3', 'aot40', 18_000, 0, { kind: 'vegetation', unit: 'µg/m³·h', averageYears: 5 }],
      ['o3', 'aot40', 6_000, 0, { kind: 'long-term', unit: 'µg/m³·h' }],
    ]),
  ],
  thresholds: thresholdsOf([
    ['no2', 'information', 'hour', 150, 1],
    ['no2', 'alert', 'hour', 200, 3],
    ['so2', 'information', 'hour', 275, 1],
    ['so2', 'alert', 'hour', 350, 3],
    ['o3', 'information', 'hour', 180, 1],
    ['o3', 'alert', 'hour', 240, 1],
    ['o3', 'short-term-plan', 'hour', 240, 3],
    // "Three consecutive days or fewer": a single day may be enough to warn of.
    ['pm10', 'information', 'day', 90, 1],
    ['pm10', 'alert', 'day', 90, 1],
    ['pm2_5', 'information', 'day', 50, 1],
    ['pm2_5', 'alert', 'day', 50, 1],
  ]),
  // Annex V, fixed measurements.
  dataQuality: { required: 0.85 },
};
