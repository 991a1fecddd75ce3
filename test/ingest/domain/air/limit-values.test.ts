import { describe, expect, it, test } from 'vitest';
import {
  eeaValidity,
  eeaVerification,
  isValid,
  validityOfAggregate,
  validityOfFlag,
} from '../../../../ingest/domain/air/eea-codes.ts';
import {
  eeaPollutantCodes,
  massOf,
  massPerPpb,
  ppbOf,
} from '../../../../ingest/domain/air/pollutants.ts';
import { ruleSetOf } from '../../../../ingest/domain/air/rule-sets.ts';

const tableOf = (name: 'EU-2008-50' | 'EU-2024-2881' | 'WHO-2021') =>
  ruleSetOf(name).limits.map(({ pollutant, period, limit, allowed, unit, kind }) =>
    [pollutant, period, limit, allowed, unit, kind].join(' '),
  );
const thresholdsOf = (name: 'EU-2008-50' | 'EU-2024-2881') =>
  ruleSetOf(name).thresholds.map(({ pollutant, kind, period, threshold, consecutive }) =>
    [pollutant, kind, threshold, consecutive, period].join(' '),
  );

describe('limit values', () => {
  it('of 2008/50 are those of its annexes', () => {
    expect(tableOf('EU-2008-50')).toEqual([
      'pm2_5 year 25 0 µg/m³ limit',
      'pm10 day 50 35 µg/m³ limit',
      'pm10 year 40 0 µg/m³ limit',
      'no2 hour 200 18 µg/m³ limit',
      'no2 year 40 0 µg/m³ limit',
      'so2 hour 350 24 µg/m³ limit',
      'so2 day 125 3 µg/m³ limit',
      'so2 year 20 0 µg/m³ vegetation',
      'co max-daily-8h 10 0 mg/m³ limit',
      'benzene year 5 0 µg/m³ limit',
      'lead year 0.5 0 µg/m³ limit',
      'arsenic year 6 0 ng/m³ target',
      'cadmium year 5 0 ng/m³ target',
      'nickel year 20 0 ng/m³ target',
      'benzo_a_pyrene year 1 0 ng/m³ target',
      'o3 max-daily-8h 120 25 µg/m³ target',
      'o3 aot40 18000 0 µg/m³·h vegetation',
      'o3 aot40 6000 0 µg/m³·h long-term',
    ]);
  });

  it('of 2024/2881 are those of its annex, from 2030', () => {
    expect(tableOf('EU-2024-2881')).toEqual([
      'pm2_5 day 25 18 µg/m³ limit',
      'pm2_5 year 10 0 µg/m³ limit',
      'pm10 day 45 18 µg/m³ limit',
      'pm10 year 20 0 µg/m³ limit',
      'no2 hour 200 3 µg/m³ limit',
      'no2 day 50 18 µg/m³ limit',
      'no2 year 20 0 µg/m³ limit',
      'so2 hour 350 3 µg/m³ limit',
      'so2 day 50 18 µg/m³ limit',
      'so2 year 20 0 µg/m³ limit',
      'co max-daily-8h 10 0 mg/m³ limit',
      'co day 4 18 mg/m³ limit',
      'benzene year 3.4 0 µg/m³ limit',
      'lead year 0.5 0 µg/m³ limit',
      'arsenic year 6 0 ng/m³ limit',
      'cadmium year 5 0 ng/m³ limit',
      'nickel year 20 0 ng/m³ limit',
      'benzo_a_pyrene year 1 0 ng/m³ limit',
      'o3 max-daily-8h 120 18 µg/m³ target',
      'o3 aot40 18000 0 µg/m³·h vegetation',
      'o3 aot40 6000 0 µg/m³·h long-term',
    ]);
    expect(
      ruleSetOf('EU-2024-2881').limits.every(({ validFrom }) => validFrom === '2030-01-01'),
    ).toBe(true);
  });

  it('of the WHO are guidelines', () => {
    expect(tableOf('WHO-2021')).toEqual([
      'pm2_5 day 15  µg/m³ guideline',
      'pm2_5 year 5  µg/m³ guideline',
      'pm10 day 45  µg/m³ guideline',
      'pm10 year 15  µg/m³ guideline',
      'no2 day 25  µg/m³ guideline',
      'no2 year 10  µg/m³ guideline',
      'so2 day 40  µg/m³ guideline',
      'o3 max-daily-8h 100  µg/m³ guideline',
      'o3 peak-season 60  µg/m³ guideline',
      'co day 4  mg/m³ guideline',
    ]);
  });

  it('inform and alert as the directives say', () => {
    expect(thresholdsOf('EU-2008-50')).toEqual([
      'no2 alert 400 3 hour',
      'so2 alert 500 3 hour',
      'o3 information 180 1 hour',
      'o3 alert 240 1 hour',
    ]);
    expect(thresholdsOf('EU-2024-2881')).toEqual([
      'no2 information 150 1 hour',
      'no2 alert 200 3 hour',
      'so2 information 275 1 hour',
      'so2 alert 350 3 hour',
      'o3 information 180 1 hour',
      'o3 alert 240 1 hour',
      'o3 short-term-plan 240 3 hour',
      'pm10 information 90 1 day',
      'pm10 alert 90 1 day',
      'pm2_5 information 50 1 day',
      'pm2_5 alert 50 1 day',
    ]);
  });
});

describe('codes and units of reports', () => {
  test.each([
    ['no2', 1.913],
    ['o3', 1.996],
    ['so2', 2.664],
    ['co', 1.165],
  ] as const)('%s has %f µg/m³ per ppb at 20 °C', (gas, factor) => {
    expect(Number(massPerPpb(gas).toFixed(3))).toBe(factor);
    expect(ppbOf(gas, massOf(gas, 40))).toBeCloseTo(40, 12);
  });

  it('are the vocabulary of the EEA', () => {
    expect(eeaPollutantCodes).toEqual({
      so2: 1,
      pm10: 5,
      o3: 7,
      no2: 8,
      nox: 9,
      co: 10,
      benzene: 20,
      no: 38,
      pm2_5: 6001,
    });
    expect(Object.values(eeaValidity)).toEqual([-99, -1, 1, 2, 3, 4]);
    expect(eeaVerification).toEqual({ verified: 1, preliminary: 2, notVerified: 3 });
  });

  test.each([
    [1, 1],
    [2, 1],
    [3, 1],
    [4, -1],
    [9, -1],
  ] as const)('flag %i is validity %i', (flag, validity) => {
    expect(validityOfFlag(flag)).toBe(validity);
    expect(validityOfFlag(flag, true)).toBe(-99);
  });

  test.each([
    ['enough', { value: 5, capture: 0.75 }, 1],
    ['too little', { value: 5, capture: 0.74 }, -1],
    ['nothing', { value: null, capture: 1 }, -1],
  ])('an aggregate of %s', (_, aggregate, validity) => {
    expect(validityOfAggregate(aggregate, 0.75)).toBe(validity);
    expect(validityOfAggregate(aggregate, 0.75, true)).toBe(-99);
  });

  it('valid is 1 and more', () => {
    expect([-99, -1, 0, 1, 2, 3, 4].filter(isValid)).toEqual([1, 2, 3, 4]);
  });
});
