import { describe, expect, it } from 'vitest';
import type { Lamp } from '../../../../broker/contract/lighting.ts';
import { cabinetHasSupply } from '../../../../ingest/domain/light/cabinet.ts';
import {
  type LampMetric,
  lampFacts,
  powerAtLight,
  type Sample,
} from '../../../../ingest/domain/light/lamp-facts.ts';
import { judgeLamp, type LampPast } from '../../../../ingest/domain/light/lamp-state.ts';

const now = Date.UTC(2026, 10, 30, 22);
const minute = 60_000;
const intervalMs = 5 * minute;
const lamp: Lamp = { nominalPowerW: 36 };
const [night, dusk, day] = [-30, -5, 20];

type Values = Partial<Record<LampMetric, number>>;

function valuesOf(values: Values, at = now): Map<LampMetric, Sample> {
  return new Map(
    (Object.entries(values) as [LampMetric, number][]).map(([metric, value]) => [
      metric,
      { at, value },
    ]),
  );
}

function stateOf(
  values: Values,
  {
    sunDeg = night as number | null,
    type = lamp as Lamp | null,
    past = {} as Partial<LampPast>,
  } = {},
): string {
  const context = { at: now, intervalMs, lamp: type ?? undefined, sunDeg };
  return judgeLamp(valuesOf(values), context, { onSinceAt: null, changesAt: [], ...past }).state;
}

const burning: Values = { lamp_on: 1, dim_level: 100, power: 36, voltage: 230, power_factor: 0.95 };
const dark: Values = { lamp_on: 0, dim_level: 0, power: 0.4, voltage: 230 };

describe('the expected power', () => {
  it.each([
    [1, 36],
    [0.5, 18.9],
    [0.1, 5.22],
    [0, 1.8],
  ])('of a 36 W lamp at %d of its light is %d W', (dim, expected) => {
    expect(powerAtLight(36, dim)).toBeCloseTo(expected, 9);
  });

  it('is the standby while off, and null without a nominal power', () => {
    const context = { at: now, intervalMs, sunDeg: null };
    expect(lampFacts(valuesOf(dark), { ...context, lamp })?.expectedPowerW).toBe(1);
    expect(lampFacts(valuesOf(burning), context)?.expectedPowerW).toBeNull();
    expect(lampFacts(valuesOf({ voltage: 230 }), { ...context, lamp })?.expectedPowerW).toBeNull();
  });
});

describe('a lamp stands', () => {
  it.each<[string, Values, string, number | null]>([
    ['burning as it should', burning, 'on', night],
    ['dark by day', dark, 'off', day],
    // 2. supply
    ['without supply', { ...burning, voltage: 22.9 }, 'supply-loss', night],
    ['with a tenth of the supply', { ...burning, voltage: 23 }, 'voltage-low', night],
    [
      'without supply, and so without power',
      { lamp_on: 1, power: 0, voltage: 0 },
      'supply-loss',
      night,
    ],
    // 3. failure
    ['on, without power', { ...burning, power: 0.4 }, 'failed', night],
    ['on, below 10 % of the expected power', { ...burning, power: 3.59 }, 'failed', night],
    ['on, at 10 % of the expected power', { ...burning, power: 3.6 }, 'power-low', night],
    [
      'dimmed, below 10 % of what that takes',
      { ...burning, dim_level: 50, power: 1.88 },
      'failed',
      night,
    ],
    ['broken by its own word', { ...dark, dim_level: 100, lamp_fault: 1 }, 'failed', night],
    ['broken by its own word, by day', { ...dark, lamp_fault: 1 }, 'failed', day],
    ['whole by its own word', { ...burning, lamp_fault: 0 }, 'on', night],
    // 4. burning though it is off
    ['off, above 10 % of nominal, in twilight', { ...dark, power: 3.7 }, 'unexpected-on', dusk],
    ['off, at 10 % of nominal', { ...dark, power: 3.6 }, 'off', dusk],
    ['off, burning, sun up', { ...dark, power: 36 }, 'day-burner', 0.1],
    ['off, burning, sun at the horizon', { ...dark, power: 36 }, 'unexpected-on', 0],
    ['off, burning, place not known', { ...dark, power: 36 }, 'unexpected-on', null],
    ['on by day', burning, 'day-burner', day],
    ['on by day, and failed', { ...burning, power: 0 }, 'failed', day],
    // 5. power
    ['within the tolerance above', { ...burning, power: 45 }, 'on', night],
    ['above the tolerance', { ...burning, power: 45.1 }, 'power-high', night],
    ['within the tolerance below', { ...burning, power: 27 }, 'on', night],
    ['below the tolerance', { ...burning, power: 26.9 }, 'power-low', night],
    ['at full power though dimmed', { ...burning, dim_level: 50 }, 'power-high', night],
    ['dimmed as it should', { ...burning, dim_level: 50, power: 18.9 }, 'on', night],
    ['of unknown light, with less power', { lamp_on: 1, power: 18.9 }, 'on', night],
    ['of unknown light, with more power', { lamp_on: 1, power: 46 }, 'power-high', night],
    ['of unknown light, without power', { lamp_on: 1, power: 0.4 }, 'failed', night],
    // 6. power factor
    ['with a low power factor', { ...burning, power_factor: 0.79 }, 'power-factor-low', night],
    ['with the lowest power factor', { ...burning, power_factor: 0.8 }, 'on', night],
    ['with a power factor of other sign', { ...burning, power_factor: -0.95 }, 'on', night],
    [
      'half lit, low power factor',
      { ...burning, dim_level: 50, power: 18.9, power_factor: 0.5 },
      'power-factor-low',
      night,
    ],
    [
      'dimmed lower, low power factor',
      { ...burning, dim_level: 49, power: 18.6, power_factor: 0.5 },
      'on',
      night,
    ],
    ['off, low power factor', { ...dark, power_factor: 0.1 }, 'off', day],
    [
      'at full power by its meter, low power factor',
      { lamp_on: 1, power: 36, power_factor: 0.5 },
      'power-factor-low',
      night,
    ],
    [
      'of unknown light and power, low power factor',
      { lamp_on: 1, power_factor: 0.5 },
      'on',
      night,
    ],
    // 8. dark at night
    ['off at night', dark, 'dark-at-night', -6.1],
    ['off at the end of civil twilight', dark, 'off', -6],
    ['off at night, place not known', dark, 'off', null],
    // The supply band, EN 50160.
    ['at 253 V', { ...burning, voltage: 253 }, 'on', night],
    ['above 253 V', { ...burning, voltage: 253.1 }, 'voltage-high', night],
    ['at 207 V', { ...burning, voltage: 207 }, 'on', night],
    ['below 207 V', { ...burning, voltage: 206.9 }, 'voltage-low', night],
    ['below 207 V, off by day', { ...dark, voltage: 200 }, 'voltage-low', day],
  ])('%s: %j is %s', (_, values, expected, sunDeg) => {
    expect(stateOf(values, { sunDeg })).toBe(expected);
  });

  it.each<[string, Values, string, number | null]>([
    ['only its switch, on', { lamp_on: 1 }, 'on', night],
    ['only its switch, off', { lamp_on: 0 }, 'dark-at-night', night],
    ['only its switch, off by day', { lamp_on: 0 }, 'off', day],
    ['only its dim level', { dim_level: 30 }, 'on', night],
    ['only a dim level of 0', { dim_level: 0 }, 'off', day],
    ['a remembered dim level while off', { lamp_on: 0, dim_level: 100 }, 'off', day],
    ['on with a dim level of 0', { lamp_on: 1, dim_level: 0, power: 0.4 }, 'dark-at-night', night],
    ['only power, burning', { power: 36 }, 'on', night],
    ['only power, dark by day', { power: 0.4 }, 'off', day],
    ['only power, dark at night', { power: 0.4 }, 'dark-at-night', night],
    ['only power, burning by day', { power: 20 }, 'day-burner', day],
    ['only its supply', { voltage: 230 }, 'unknown', night],
    ['only a lost supply', { voltage: 3 }, 'supply-loss', night],
    ['only a fault', { lamp_fault: 1 }, 'failed', day],
    ['only no fault', { lamp_fault: 0 }, 'unknown', night],
    ['nothing', {}, 'unknown', night],
  ])('when it reports %s', (_, values, expected, sunDeg) => {
    expect(stateOf(values, { sunDeg })).toBe(expected);
  });

  it.each<[string, Values, string, number]>([
    ['no power to be judged by', { ...burning, power: 500 }, 'on', night],
    ['its own word', { ...dark, lamp_fault: 1 }, 'failed', night],
    ['no power that is too much while off', { ...dark, power: 36 }, 'off', day],
    ['its switch, at night', dark, 'dark-at-night', night],
    ['its switch, by day', { lamp_on: 1 }, 'day-burner', day],
    ['its supply', { ...burning, voltage: 260 }, 'voltage-high', night],
    ['only a power that says nothing', { power: 36 }, 'unknown', night],
  ])('without a nominal power by %s', (_, values, expected, sunDeg) => {
    expect(stateOf(values, { type: null, sunDeg })).toBe(expected);
  });

  it('as its own type says', () => {
    const type: Lamp = {
      nominalPowerW: 100,
      standbyPowerW: 15,
      powerToleranceShare: 0.1,
      powerFactorMin: 0.9,
      switchingAngleDeg: 1,
    };
    expect(stateOf({ ...dark, power: 14 }, { type, sunDeg: day })).toBe('off');
    expect(stateOf({ ...dark, power: 16 }, { type, sunDeg: day })).toBe('day-burner');
    expect(stateOf({ ...burning, power: 111 }, { type })).toBe('power-high');
    expect(stateOf({ ...burning, power: 100, power_factor: 0.89 }, { type })).toBe(
      'power-factor-low',
    );
    // Burns below 1°: no day burner at 0.5°, dark from -1° on.
    expect(stateOf({ ...burning, power: 100 }, { type, sunDeg: 0.5 })).toBe('on');
    expect(stateOf(dark, { type, sunDeg: -1.1 })).toBe('dark-at-night');
  });

  it('without judgement of its power while it warms up', () => {
    const cold = { ...burning, power: 2, power_factor: 0.3 };
    expect(stateOf(cold, { past: { onSinceAt: now - 119_999 } })).toBe('on');
    expect(stateOf(cold, { past: { onSinceAt: now - 120_000 } })).toBe('failed');
    expect(stateOf({ ...cold, lamp_fault: 1 }, { past: { onSinceAt: now } })).toBe('failed');
    expect(stateOf({ ...cold, voltage: 0 }, { past: { onSinceAt: now } })).toBe('supply-loss');
  });

  it('cycling after four changes within an hour', () => {
    const changes = (...ago: number[]): number[] => ago.map((minutes) => now - minutes * minute);
    expect(stateOf(burning, { past: { changesAt: changes(60, 40, 20, 0) } })).toBe('cycling');
    expect(stateOf(burning, { past: { changesAt: changes(61, 40, 20, 0) } })).toBe('on');
    expect(stateOf(burning, { past: { changesAt: changes(40, 20, 0) } })).toBe('on');
  });

  it('unknown after three intervals of silence, never failed', () => {
    const silent = { ...burning, power: 0, lamp_fault: 1, voltage: 0 };
    const context = { at: now, intervalMs, lamp, sunDeg: night };
    expect(judgeLamp(valuesOf(silent, now - 3 * intervalMs), context).state).toBe('supply-loss');
    expect(judgeLamp(valuesOf(silent, now - 3 * intervalMs - 1), context).state).toBe('unknown');
  });

  it('by its fresh values alone, metric by metric', () => {
    const values = valuesOf({ lamp_on: 1, dim_level: 100, power: 36 });
    values.set('lamp_fault', { at: now - 4 * intervalMs, value: 1 });
    expect(judgeLamp(values, { at: now, intervalMs, lamp, sunDeg: night }).state).toBe('on');
  });

  it('without values that are bad', () => {
    const values = valuesOf(burning);
    values.set('voltage', { at: now, value: 0, flag: 4 });
    expect(judgeLamp(values, { at: now, intervalMs, lamp, sunDeg: night }).state).toBe('on');
  });

  it('as the first rule that holds says', () => {
    // Everything is wrong at once; what is taken away one by one uncovers the next rule.
    const past = { changesAt: [now - 3, now - 2, now - 1, now] };
    const all: Values = {
      lamp_on: 1,
      dim_level: 100,
      lamp_fault: 1,
      power: 0,
      voltage: 10,
      power_factor: 0.1,
    };
    const seen = [stateOf(all, { past, sunDeg: day })];
    const next = (change: Values, sunDeg = day): void => {
      Object.assign(all, change);
      seen.push(stateOf(all, { past, sunDeg }));
    };
    next({ voltage: 200 });
    next({ lamp_fault: 0 });
    next({ power: 20 });
    next({}, night);
    next({ power: 36 }, night);
    next({ power_factor: 1 }, night);
    expect(seen).toEqual([
      'supply-loss',
      'failed',
      'failed',
      'day-burner',
      'power-low',
      'power-factor-low',
      'cycling',
    ]);
    expect(stateOf(all, { sunDeg: night })).toBe('voltage-low');
  });
});

describe('a cabinet', () => {
  const lost = { state: 'supply-loss', voltageV: 0 } as const;
  const fed = { state: 'on', voltageV: 230 } as const;
  const silent = { state: 'unknown', voltageV: null } as const;
  const blind = { state: 'on', voltageV: null } as const;

  it.each([
    ['all lamps lost it', [lost, lost, lost], false],
    ['most lamps lost it', [lost, lost, fed], false],
    ['half of them lost it', [lost, lost, fed, fed], true],
    ['its only lamp lost it', [lost], true],
    ['no lamp lost it', [fed, fed], true],
    ['silent lamps say nothing', [lost, lost, fed, silent, silent, silent], false],
    ['lamps that do not measure it say nothing', [lost, lost, fed, blind, blind, blind], false],
    ['nobody can tell', [silent, blind], null],
    ['it has no lamps', [], null],
  ])('when %s', (_, lamps, expected) => {
    expect(cabinetHasSupply(lamps)).toBe(expected);
  });
});
