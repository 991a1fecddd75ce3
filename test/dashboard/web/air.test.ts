import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import {
  indexPollutants,
  indexSchemes,
  type LimitCheck,
  legalRuleSets,
  type ThresholdCheck,
} from '../../../broker/contract/air.ts';
import type { DeviceView } from '../../../broker/contract/api.ts';
import { limitRow, thresholdRow } from '../../../dashboard/web/air/check-text.ts';
import { distanceM, referencesFor } from '../../../dashboard/web/air/references.ts';
import {
  levelCounts,
  pollutantSigns,
  pollutantsOf,
  ruleSets,
  schemePollutants,
  schemes,
} from '../../../dashboard/web/air/schemes.ts';
import { allSchemes } from '../../../ingest/domain/air/air-index.ts';

import { device } from './rows.ts';
import { wording } from './wording.ts';

describe('what the page knows of air', () => {
  it('is what the contract and the rules say', () => {
    expect(schemes).toEqual(indexSchemes);
    expect(ruleSets).toEqual(legalRuleSets);
    for (const { name, levels, pollutants } of allSchemes) {
      expect(levelCounts[name], name).toBe(levels.length);
      expect(schemePollutants[name], name).toEqual(pollutants);
    }
    expect(indexPollutants.every((pollutant) => pollutant in pollutantSigns)).toBe(true);
  });

  it('can be read on every level of both themes at 4.5 to 1, and the level seen at 3 to 1', () => {
    const tokens = readFileSync('dashboard/web/styles/tokens.css', 'utf8');
    const all = (name: string): string[] =>
      [...tokens.matchAll(new RegExp(`--${name}: (#[0-9a-f]{6})`, 'g'))].map(([, hex = '']) => hex);
    // On paper, the third, it is as in the light.
    const grounds = all('surface').slice(0, 2);
    for (const level of [1, 2, 3, 4, 5, 6]) {
      const [colours, inks] = [all(`level-${level}`), all(`on-level-${level}`)];
      expect([colours.length, inks.length, grounds.length]).toEqual([2, 2, 2]);
      for (const theme of [0, 1]) {
        const colour = colours[theme] ?? '';
        expect(contrast(colour, inks[theme] ?? ''), colour).toBeGreaterThanOrEqual(4.5);
        expect(contrast(colour, grounds[theme] ?? ''), colour).toBeGreaterThanOrEqual(3);
      }
    }
  });

  it('has pollutants in the order of the law, nothing else', () => {
    expect(pollutantsOf({ metrics: ['temperature', 'co', 'pm2_5'] })).toEqual(['pm2_5', 'co']);
    expect(pollutantsOf({ metrics: ['pm1', 'fill_level'] })).toEqual([]);
  });
});

describe('references', () => {
  const here = { lat: 48.4, lon: 9.99 };
  const air: Partial<DeviceView> = { kind: 'air', metrics: ['pm2_5', 'pm10'] };
  const maker = device('maker', { ...air, location: here });
  const station = { method: 'reference' } as const;

  it('are reference or equivalent stations that share a pollutant, nearest first', () => {
    const near = device('near', { ...air, station, location: { lat: 48.41, lon: 9.99 } });
    const far = device('far', {
      ...air,
      station: { method: 'equivalent' },
      location: { lat: 48.6, lon: 9.99 },
    });
    const placeless = device('placeless', { ...air, station });
    const others = [
      device('other', { ...air, location: here }),
      device('indicative', { ...air, station: { method: 'indicative' } }),
      device('ozone', { kind: 'air', metrics: ['o3'], station }),
    ];
    const found = referencesFor(maker, [placeless, far, ...others, near, maker]);
    expect(found.map(({ device }) => device.key)).toEqual(['p/near', 'p/far', 'p/placeless']);
    expect(found[0]?.shared).toEqual(['pm2_5', 'pm10']);
  });

  it('are measured along the ground', () => {
    expect(distanceM(here, here)).toBe(0);
    // A minute of latitude is a nautical mile.
    expect(distanceM(here, { lat: here.lat + 1 / 60, lon: here.lon })).toBeCloseTo(1853, 0);
  });
});

describe('a line of the statistics', () => {
  const days: LimitCheck = {
    rules: 'EU-2008-50',
    period: 'day',
    kind: 'limit',
    limit: 50,
    unit: 'µg/m³',
    validFrom: '2005-01-01',
    value: null,
    exceedances: 7,
    allowed: 35,
    validPeriods: 312,
    possiblePeriods: 365,
    valid: false,
    verdict: 'undecided',
  };

  it('says a count beside what is allowed and how many periods were valid', () => {
    expect(limitRow(wording, days)).toEqual({
      what: 'Daily mean, limit value 50\u00a0µg/m³',
      result: '7 of 35 allowed',
      basis: '312 of 365 days valid',
      verdict: 'undecided',
    });
  });

  it('says a mean, and that there is none', () => {
    const year = { ...days, period: 'year', exceedances: null, allowed: null } as const;
    expect(limitRow(wording, { ...year, value: 18.34 }).result).toBe('18.3\u00a0µg/m³');
    expect(limitRow(wording, year).result).toBe('no value');
    expect(limitRow(wording, year).basis).toBe('312 of 365 hours valid');
  });

  it('names the source of a guideline, which is not law', () => {
    const guideline = { ...days, rules: 'WHO-2021', kind: 'guideline', limit: 15 } as const;
    expect(limitRow(wording, guideline).what).toBe('Daily mean, guideline WHO-2021 15\u00a0µg/m³');
  });

  it('does not say that nothing is allowed where no number of exceedances is', () => {
    expect(limitRow(wording, { ...days, allowed: null }).result).toBe('7 exceedances');
    expect(limitRow(wording, { ...days, exceedances: 0, allowed: 0 }).result).toBe(
      '0 of 0 allowed',
    );
  });

  it('says how often a threshold was passed, in a row where that is the rule, and when last', () => {
    const alert: ThresholdCheck = {
      rules: 'EU-2008-50',
      kind: 'alert',
      period: 'hour',
      threshold: 400,
      unit: 'µg/m³',
      consecutive: 3,
      runs: [],
      total: 0,
    };
    const year = { validHours: 8_000, possibleHours: 8_760, validDays: 330 };
    expect(thresholdRow(wording, alert, year)).toMatchObject({
      what: 'Alert threshold 400\u00a0µg/m³, 3 hours in a row',
      result: '0 times',
      basis: '8,000 of 8,760 hours valid',
    });
    const runs = [{ from: Date.UTC(2026, 0, 2, 10), to: 0, periods: 4, max: 431.26 }];
    const daily = { ...alert, period: 'day', runs, total: 1 } as const;
    expect(thresholdRow(wording, daily, year).basis).toBe(
      'last on 02/01/2026, up to 431.3\u00a0µg/m³; 330 of 365 days valid',
    );
  });
});

/** WCAG 2: relative luminances with 0.05 of stray light each. */
function contrast(a: string, b: string): number {
  const luminance = (colour: string): number =>
    [0.2126, 0.7152, 0.0722].reduce((sum, weight, index) => {
      const share = Number.parseInt(colour.slice(1 + 2 * index, 3 + 2 * index), 16) / 255;
      const linear = share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
      return sum + weight * linear;
    }, 0);
  const [low = 0, high = 0] = [luminance(a), luminance(b)].sort((x, y) => x - y);
  return (high + 0.05) / (low + 0.05);
}
