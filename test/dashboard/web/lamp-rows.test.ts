import { describe, expect, it } from 'vitest';
import {
  type CabinetRow,
  lampStates as contractStates,
  type LampRow,
  type Lighting,
} from '../../../broker/contract/lighting.ts';
import { lightFigures } from '../../../dashboard/web/light/figures.ts';
import {
  cabinetSort,
  faultsOf,
  filterLamps,
  lampsOf,
  stateFilterOf,
  worstCabinetsFirst,
} from '../../../dashboard/web/light/lamp-rows.ts';
import { isFault, lampLooks, lampStates } from '../../../dashboard/web/light/lamp-states.ts';
import { powerText } from '../../../dashboard/web/light/light-text.ts';
import { nightBar, nightColumns } from '../../../dashboard/web/light/night-bar.ts';
import { partsOf, totalOf } from '../../../dashboard/web/state/parts.ts';
import { row } from './rows.ts';
import { wording } from './wording.ts';

function lamp(id: string, part: Partial<LampRow> = {}): LampRow {
  return {
    device: `p/${id}`,
    state: 'on',
    sinceAt: null,
    powerW: null,
    expectedPowerW: null,
    dimLevelPercent: null,
    energyKwh: null,
    unknownEnergyMs: 0,
    litMs: null,
    operatingHoursH: null,
    ...part,
  };
}

function cabinet(name: string, part: Partial<CabinetRow> = {}): CabinetRow {
  return {
    cabinet: `p/${name}`,
    lamps: 10,
    states: { on: 10 },
    hasSupply: true,
    powerW: 0,
    energyKwh: 0,
    energyLamps: 10,
    ...part,
  };
}

const rowOf = () => undefined;

describe('what the page knows of lamps', () => {
  it('is what the contract says, worst first, and what is calm is grey', () => {
    expect(lampStates).toEqual(contractStates);
    for (const state of lampStates) expect(lampLooks[state].tone > 0, state).toBe(isFault(state));
  });
});

describe('lamps', () => {
  it('stand worst first, of the same state the longest first, without a beginning last', () => {
    const lamps = lampsOf(
      [
        lamp('a', { state: 'off' }),
        lamp('b', { state: 'failed' }),
        lamp('c', { state: 'failed', sinceAt: 200 }),
        lamp('d', { state: 'failed', sinceAt: 100 }),
        lamp('e', { state: 'unknown' }),
        lamp('f', { state: 'supply-loss' }),
      ],
      rowOf,
    );
    expect(lamps.map(({ name }) => name)).toEqual(['p/f', 'p/d', 'p/c', 'p/b', 'p/e', 'p/a']);
  });

  it('are found by state, by cabinet, and by name, and by all at once', () => {
    const lamps = lampsOf(
      [
        lamp('a', { state: 'failed', cabinet: 'p/1' }),
        lamp('b', { state: 'cycling', cabinet: 'p/2' }),
        lamp('c', { state: 'unknown', cabinet: 'p/1' }),
        lamp('d', { cabinet: 'p/1' }),
      ],
      (key) => row(key.slice(2), { name: `Am Markt ${key.slice(2)}`, district: 'Mitte' }),
    );
    const found = (filter: Parameters<typeof filterLamps>[1]) =>
      filterLamps(lamps, filter).map(({ device }) => device.slice(2));
    expect(found({})).toEqual(['a', 'b', 'c', 'd']);
    // Silence is no fault of a lamp.
    expect(found({ state: 'faults' })).toEqual(['a', 'b']);
    expect(found({ state: 'faults', cabinet: 'p/1' })).toEqual(['a']);
    expect(found({ state: 'unknown' })).toEqual(['c']);
    expect(found({ q: ' markt D ' })).toEqual(['d']);
    expect(found({ q: 'mitte' })).toHaveLength(4);
    expect(found({ cabinet: 'p/none' })).toEqual([]);
  });

  it('take from the address only states that there are', () => {
    expect(stateFilterOf('failed')).toBe('failed');
    expect(stateFilterOf('faults')).toBe('faults');
    for (const text of [undefined, '', 'all', 'broken']) {
      expect(stateFilterOf(text), text).toBeUndefined();
    }
  });
});

describe('cabinets', () => {
  it('stand without supply first, then by the share of faults, then of silence', () => {
    const sorted = worstCabinetsFirst([
      cabinet('calm'),
      cabinet('silent', { states: { unknown: 5, on: 5 } }),
      cabinet('many', { lamps: 100, states: { failed: 5, on: 95 } }),
      cabinet('few', { lamps: 10, states: { failed: 2, on: 8 } }),
      cabinet('none', { lamps: 0, states: {} }),
      cabinet('dark', { hasSupply: false, states: { 'supply-loss': 1, unknown: 9 } }),
    ]);
    expect(sorted.map(({ cabinet: name }) => name.slice(2))).toEqual([
      'dark',
      'few',
      'many',
      'silent',
      'calm',
      'none',
    ]);
  });

  it('have bars whose parts sum up to their lamps', () => {
    const states = { failed: 2, cycling: 1, unknown: 3, on: 4 };
    expect(totalOf(partsOf(lampStates, states))).toBe(10);
    expect(faultsOf({ states })).toBe(3);
    expect(partsOf(lampStates, states).map(({ state }) => state)).toEqual([
      'failed',
      'cycling',
      'unknown',
      'on',
    ]);
  });

  it('of which no energy is known have none to be sorted by, not 0', () => {
    expect(cabinetSort.energy(cabinet('a', { energyLamps: 0 }))).toBeNull();
    expect(cabinetSort.supply(cabinet('a', { hasSupply: null }))).toBeNull();
  });
});

describe('the bar of a night', () => {
  const hour = 3_600_000;
  const night = { from: 16 * hour, to: 32 * hour };

  it.each([
    ['at sunset', 16],
    ['at midnight', 24],
    ['at sunrise', 32],
    ['at noon', 36],
    ['just before the next sunset', 39.95],
  ])('has now on it %s', (_when, at) => {
    const bar = nightBar(night, at * hour);
    expect(bar.now).toBeCloseTo((at - 15) / 26, 6);
    expect(bar.dark).toEqual({ from: 1 / 26, to: 17 / 26 });
  });

  it('never leaves the bar, also with a clock that is wrong by days', () => {
    expect(nightBar(night, 0).now).toBe(0);
    expect(nightBar(night, 1_000 * hour).now).toBe(1);
  });

  it('has its hours in order and within', () => {
    const { hours } = nightBar({ from: 16.3 * hour, to: 31 * hour }, 20 * hour);
    expect(hours.length).toBeGreaterThan(4);
    for (const { at, share } of hours) {
      expect(at % hour).toBe(0);
      expect(share).toBeGreaterThanOrEqual(0);
      expect(share).toBeLessThanOrEqual(1);
    }
  });
});

describe('the last nights', () => {
  it('are columns by the largest; what is not known is no column of 0', () => {
    const nights = [8, null, 4, 0].map((energyKwh, index) => ({
      from: index,
      to: index + 1,
      energyKwh,
      lamps: 3,
      pending: 0,
    }));
    expect(nightColumns(nights).map(({ share }) => share)).toEqual([1, null, 0.5, 0]);
    expect(nightColumns(nights.slice(3)).map(({ share }) => share)).toEqual([0]);
    expect(nightColumns([])).toEqual([]);
  });
});

describe('the figures of all lamps', () => {
  const lighting: Lighting = {
    now: 0,
    night: null,
    isNight: null,
    lamps: [lamp('a', { litMs: 3_600_000 }), lamp('b', { litMs: 7_200_000 }), lamp('c')],
    cabinets: [],
    nights: [],
    leftOut: 0,
    pending: 0,
    total: {
      lamps: 3,
      states: { on: 3 },
      powerW: 1_234,
      energyKwh: 0,
      energyLamps: 0,
      savingShare: null,
      availabilityShare: 0.973,
    },
  };
  const figure = (name: string) =>
    lightFigures(wording, lighting).find((one) => one.name === name)?.value;

  it('say that nothing is known, not that nothing was used', () => {
    expect(figure('Energy of the night')).toBe('–');
    expect(figure('Saving')).toBe('–');
  });

  it('are means of those lamps that are known', () => {
    expect(figure('Burning time per lamp')).toBe('1.5\u00a0h');
    expect(figure('Availability')).toBe('97\u00a0%');
    expect(figure('Power')).toBe('1.23\u00a0kW');
    expect(powerText(wording, 999)).toBe('999\u00a0W');
    expect(powerText(wording, null)).toBe('–');
  });
});
