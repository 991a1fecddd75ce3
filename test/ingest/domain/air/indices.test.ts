import { describe, expect, it, test } from 'vitest';
import type { IndexPollutant, StationIndex } from '../../../../broker/contract/air.ts';
import { airIndex, allSchemes } from '../../../../ingest/domain/air/air-index.ts';
import { cityIndex } from '../../../../ingest/domain/air/city-index.ts';
import { nowCast } from '../../../../ingest/domain/air/now-cast.ts';
import { roundedFor, roundHalfUp, truncate } from '../../../../ingest/domain/air/rounding.ts';
import { usAqiOf } from '../../../../ingest/domain/air/us-aqi-2024.ts';

const all = ['pm2_5', 'pm10', 'no2', 'o3', 'so2'] as const;

/** Every edge of a table of whole numbers: the ceiling itself, and what is a half beyond it. */
function edges(table: Record<IndexPollutant, readonly number[]>) {
  return all.flatMap((pollutant) =>
    table[pollutant].flatMap((ceiling, index) => [
      [pollutant, ceiling, index + 1] as const,
      [pollutant, ceiling + 0.49, index + 1] as const,
      [pollutant, ceiling + 0.5, index + 2] as const,
      [pollutant, ceiling + 1, index + 2] as const,
    ]),
  );
}

const levelOf = (scheme: 'EAQI-2024' | 'LQI-2025', pollutant: IndexPollutant, value: number) =>
  airIndex(scheme, { [pollutant]: [value] }).level;

describe('EAQI-2024', () => {
  const ceilings = {
    pm2_5: [5, 15, 50, 90, 140],
    pm10: [15, 45, 120, 195, 270],
    no2: [10, 25, 60, 100, 150],
    o3: [60, 100, 120, 160, 180],
    so2: [20, 40, 125, 190, 275],
  };

  test.each(edges(ceilings))('%s of %f is level %i', (pollutant, value, level) => {
    expect(levelOf('EAQI-2024', pollutant, value)).toBe(level);
  });

  test.each([
    ['good', '#50F0E6', 0],
    ['fair', '#50CCAA', 20],
    ['moderate', '#F0E641', 60],
    ['poor', '#FF5050', 150],
    ['very-poor', '#960032', 200],
    ['extremely-poor', '#7D2181', 271],
  ])('calls a level %s and paints it %s', (category, colour, pm10) => {
    expect(airIndex('EAQI-2024', { pm10: [pm10] })).toMatchObject({ category, colour });
  });

  it('has PM10 of 15.48 good and 15.5 fair', () => {
    expect(airIndex('EAQI-2024', { pm10: [15.48] }).category).toBe('good');
    expect(airIndex('EAQI-2024', { pm10: [15.5] }).category).toBe('fair');
  });

  it('differs with real-valued edges only within a half of an edge', () => {
    const exact = (value: number) =>
      airIndex('EAQI-2024', { pm10: [value] }, { edges: 'exact' }).level;
    expect([15, 15.01, 15.48, 15.5, 16].map(exact)).toEqual([1, 2, 2, 2, 2]);
    for (const value of [1, 14.9, 15.6, 44, 45.5, 100, 119, 121, 300]) {
      expect([value, exact(value)]).toEqual([value, levelOf('EAQI-2024', 'pm10', value)]);
    }
  });

  test.each([
    [8, 1 + 7 / 14],
    [0, 1],
    [1, 1],
    [15, 1.99],
    [15.48, 1.99],
    [16, 2],
    [30.5, 2.5],
    [271, 6],
    [735.5, 6.5],
    [5000, 6.99],
  ])('scores PM10 of %f continuously as %f', (value, score) => {
    expect(airIndex('EAQI-2024', { pm10: [value] }).score).toBeCloseTo(score, 10);
  });

  it('takes small negatives as good, and larger ones as no measurement', () => {
    expect(airIndex('EAQI-2024', { no2: [-0.5] }).level).toBe(1);
    expect(airIndex('EAQI-2024', { no2: [-0.51] }).level).toBeNull();
    expect(airIndex('EAQI-2024', { no2: [Number.NaN] }).level).toBeNull();
  });

  it('never makes null good: without a value there is no index, only grey', () => {
    expect(airIndex('EAQI-2024', { pm10: [null], o3: [] })).toEqual({
      scheme: 'EAQI-2024',
      level: null,
      category: null,
      colour: '#6F6F6F',
      score: null,
      driver: null,
      subIndices: [],
      missing: [...all],
      incomplete: true,
      indicative: true,
    });
  });

  it('does not fall back to an earlier hour', () => {
    expect(airIndex('EAQI-2024', { pm10: [null, 50, 50] }).level).toBeNull();
  });

  it('takes the worst and names what drives it', () => {
    const index = airIndex('EAQI-2024', { pm2_5: [4], pm10: [10], no2: [26], o3: [61], so2: [1] });
    expect(index).toMatchObject({ level: 3, driver: 'no2', missing: [], incomplete: false });
    expect(index.subIndices.map(({ level }) => level)).toEqual([1, 1, 3, 2, 1]);
  });

  it('breaks a tie by the continuous sub-index, then by the fixed order', () => {
    expect(airIndex('EAQI-2024', { pm2_5: [6], pm10: [44] }).driver).toBe('pm10');
    expect(airIndex('EAQI-2024', { pm2_5: [14], pm10: [17] }).driver).toBe('pm2_5');
    expect(airIndex('EAQI-2024', { so2: [0], no2: [0], pm10: [0] }).driver).toBe('pm10');
  });

  test.each([
    ['traffic', ['no2', 'pm10'], false],
    ['traffic', ['no2', 'pm2_5'], false],
    ['traffic', ['no2'], true],
    ['traffic', ['pm2_5', 'pm10', 'o3', 'so2'], true],
    ['background', ['no2', 'pm10'], true],
    ['background', ['no2', 'pm10', 'o3'], false],
    ['industrial', ['no2', 'pm2_5', 'o3'], false],
    [undefined, ['no2', 'pm2_5'], true],
    [undefined, ['no2', 'o3', 'so2'], true],
  ] as const)('at a %s site with %j: incomplete is %s', (siteType, measured, incomplete) => {
    const hours = Object.fromEntries(measured.map((name) => [name, [1]]));
    const station = siteType ? { siteType } : undefined;
    expect(airIndex('EAQI-2024', hours, { station }).incomplete).toBe(incomplete);
  });

  test.each([
    ['reference', false],
    ['equivalent', false],
    ['indicative', true],
    ['maker', true],
    [undefined, true],
  ] as const)('of a %s method: indicative is %s', (method, indicative) => {
    const station = method ? { method } : undefined;
    expect(airIndex('EAQI-2024', { pm10: [1] }, { station }).indicative).toBe(indicative);
  });
});

describe('EAQI-2017', () => {
  const ceilings = {
    pm2_5: [10, 20, 25, 50, 75],
    pm10: [20, 40, 50, 100, 150],
    no2: [40, 90, 120, 230, 340],
    o3: [50, 100, 130, 240, 380],
    so2: [100, 200, 350, 500, 750],
  };
  const day = (value: number | null, missing = 0) =>
    Array.from({ length: 24 }, (_, index) => (index < 24 - missing ? value : null));
  const cases = all.flatMap((pollutant) =>
    ceilings[pollutant].flatMap((ceiling, index) => [
      [pollutant, ceiling, index + 1] as const,
      [pollutant, ceiling + 0.1, index + 2] as const,
    ]),
  );

  test.each(cases)('%s of %f is level %i', (pollutant, value, level) => {
    expect(airIndex('EAQI-2017', { [pollutant]: day(value) }).level).toBe(level);
  });

  it('takes particles as running means of 24 h and gases as hourly means', () => {
    const rising = Array.from({ length: 24 }, (_, index) => (index === 0 ? 240 : 0));
    const { subIndices } = airIndex('EAQI-2017', { pm10: rising, no2: rising });
    expect(subIndices.map(({ pollutant, value, level }) => [pollutant, value, level])).toEqual([
      ['pm10', 10, 1],
      ['no2', 240, 5],
    ]);
  });

  it('wants 18 of the 24 hours', () => {
    expect(airIndex('EAQI-2017', { pm10: day(30, 6) }).level).toBe(2);
    expect(airIndex('EAQI-2017', { pm10: day(30, 7) }).level).toBeNull();
    expect(airIndex('EAQI-2017', { pm10: [30] }).missing).toContain('pm10');
  });
});

describe('LQI-2025', () => {
  const ceilings = {
    pm2_5: [5, 15, 30, 50],
    pm10: [9, 27, 54, 90],
    no2: [10, 30, 60, 100],
    o3: [24, 72, 144, 240],
    so2: [10, 30, 60, 100],
  };

  test.each(edges(ceilings))('%s of %f is class %i', (pollutant, value, level) => {
    expect(levelOf('LQI-2025', pollutant, value)).toBe(level);
  });

  test.each([
    ['very-good', '#50F0E6', 0],
    ['good', '#50CCAA', 10],
    ['moderate', '#F0E641', 28],
    ['poor', '#FF5050', 55],
    ['very-poor', '#960032', 91],
  ])(
    'calls a class %s, in the colours of the first five European levels',
    (category, colour, pm10) => {
      expect(airIndex('LQI-2025', { pm10: [pm10] })).toMatchObject({ category, colour });
    },
  );

  it('is a full circle with all five and an open one with fewer', () => {
    const five = { pm2_5: [1], pm10: [1], no2: [1], o3: [1], so2: [1] };
    expect(airIndex('LQI-2025', five)).toMatchObject({ circle: 'full', incomplete: false });
    expect(airIndex('LQI-2025', { ...five, so2: [null] })).toMatchObject({
      circle: 'open',
      incomplete: true,
      missing: ['so2'],
    });
  });
});

describe('US-AQI-2024', () => {
  test.each([
    ['pm2_5', 0, 0, 1],
    ['pm2_5', 9, 50, 1],
    ['pm2_5', 9.09, 50, 1],
    ['pm2_5', 9.1, 51, 2],
    ['pm2_5', 12, 56, 2],
    ['pm2_5', 35.4, 100, 2],
    ['pm2_5', 35.49, 100, 2],
    ['pm2_5', 35.5, 101, 3],
    ['pm2_5', 35.9, 102, 3],
    ['pm2_5', 55.4, 150, 3],
    ['pm2_5', 55.5, 151, 4],
    ['pm2_5', 125.4, 200, 4],
    ['pm2_5', 125.5, 201, 5],
    ['pm2_5', 225.4, 300, 5],
    ['pm2_5', 225.5, 301, 6],
    ['pm2_5', 325.4, 500, 6],
    ['pm2_5', 375.4, 600, 6],
    ['pm10', 54, 50, 1],
    ['pm10', 54.99, 50, 1],
    ['pm10', 55, 51, 2],
    ['pm10', 154, 100, 2],
    ['pm10', 155, 101, 3],
    ['pm10', 254, 150, 3],
    ['pm10', 255, 151, 4],
    ['pm10', 354, 200, 4],
    ['pm10', 355, 201, 5],
    ['pm10', 424, 300, 5],
    ['pm10', 425, 301, 6],
    ['pm10', 604, 500, 6],
  ] as const)('%s of %f is %i, level %i', (pollutant, value, aqi, level) => {
    expect(usAqiOf(pollutant, value)).toEqual({ aqi, level });
  });

  it('says what is beyond the AQI', () => {
    expect(airIndex('US-AQI-2024', { pm2_5: [325.4, 325.4] })).toMatchObject({
      score: 500,
      beyond: false,
    });
    expect(airIndex('US-AQI-2024', { pm2_5: [400, 400] })).toMatchObject({
      category: 'hazardous',
      beyond: true,
    });
  });

  it('does not know gases', () => {
    const index = airIndex('US-AQI-2024', { no2: [900, 900], pm2_5: [5, 5] });
    expect(index).toMatchObject({ level: 1, driver: 'pm2_5', missing: ['pm10'] });
  });
});

describe('NowCast', () => {
  const none = null;
  test.each([
    ['steady air', new Array(12).fill(20), 20],
    ['falling by half', [20, 40], (20 + 0.5 * 40) / 1.5],
    ['the floor of the weight', [40, 20, none, none, 4], (40 + 10 + 0.0625 * 4) / 1.5625],
    ['a weight above its floor', [10, 8], (10 + 0.8 * 8) / 1.8],
    ['a missing hour keeps its exponent', [none, 20, 10], (0.5 * 20 + 0.25 * 10) / 0.75],
    [
      'the twelfth hour counts',
      [10, 10, ...new Array(9).fill(none), 5],
      10 - 5 / 2 ** 11 / (1.5 + 1 / 2 ** 11),
    ],
    ['the thirteenth does not', [10, 10, ...new Array(10).fill(none), 500], 10],
    ['all zero', new Array(12).fill(0), 0],
  ])('%s', (_, hours, expected) => {
    expect(nowCast(hours)).toBeCloseTo(expected, 9);
  });

  it('is truncated to a tenth before the index: 16.66 counts as 16.6', () => {
    expect(truncate(nowCast([null, 20, 10]) ?? 0, 1)).toBe(16.6);
    expect(usAqiOf('pm2_5', 16.666).aqi).toBe(usAqiOf('pm2_5', 16.6).aqi);
  });

  it.each([
    ['nothing', []],
    ['one of the newest three', [10, null, null, 10, 10, 10]],
    ['only old hours', [null, null, null, 10, 10, 10, 10, 10, 10, 10, 10, 10]],
    ['values that are none', [-5, -5, -5]],
  ])('is none of %s', (_, hours) => {
    expect(nowCast(hours)).toBeNull();
  });
});

describe('a city', () => {
  const station = (device: `${string}/${string}`, pm10: number | null): StationIndex => ({
    device,
    method: 'maker',
    index: airIndex('EAQI-2024', { pm10: [pm10] }),
  });

  it('is its worst reporting station, with their number, and not a mean', () => {
    const city = cityIndex([station('a/1', 5), station('a/2', 130), station('a/3', null)]);
    expect(city).toMatchObject({
      worst: 'a/2',
      level: 4,
      reporting: 2,
      stations: 3,
      indicative: 2,
    });
  });

  it('does not depend on the order of its stations', () => {
    const stations = [station('a/1', 50), station('a/2', 60), station('a/3', 60)];
    expect(cityIndex(stations).worst).toBe('a/2');
    expect(cityIndex(stations.toReversed()).worst).toBe('a/2');
  });

  it('without a reporting station has no index', () => {
    expect(cityIndex([station('a/1', null)])).toMatchObject({
      level: null,
      reporting: 0,
      worst: null,
    });
    expect(cityIndex([])).toMatchObject({ level: null, stations: 0, colour: '#6F6F6F' });
  });
});

describe('rounding', () => {
  test.each([
    [15.48, 0, 15],
    [15.5, 0, 16],
    [50.4, 0, 50],
    [50.5, 0, 51],
    [-0.5, 0, 0],
    [-0.51, 0, -1],
    [2.5, 0, 3],
    [8.345, 2, 8.35],
    [1.005, 2, 1.01],
    [3.45, 1, 3.5],
  ])('%f to %i digits half up is %f', (value, digits, rounded) => {
    expect(roundHalfUp(value, digits)).toBe(rounded);
  });

  it('takes a mean that is a hair below a half for the half', () => {
    expect(roundHalfUp(50.499999999999)).toBe(51);
    expect(roundHalfUp(50.4999)).toBe(50);
  });

  it('is named, and its variants differ only in ties', () => {
    const values = [50.4, 50.5, 51.5, 50.6];
    expect(values.map((value) => roundedFor(value, 0, 'half-up-last'))).toEqual([50, 51, 52, 51]);
    expect(values.map((value) => roundedFor(value, 0, 'half-even-last'))).toEqual([50, 50, 52, 51]);
    expect(values.map((value) => roundedFor(value, 0, 'none'))).toEqual(values);
  });
});

test('every scheme has a colour and a category for each of its levels', () => {
  expect(allSchemes.map(({ levels }) => levels.length)).toEqual([6, 6, 5, 6]);
  for (const { levels } of allSchemes) {
    expect(new Set(levels.map(({ colour }) => colour)).size).toBe(levels.length);
    for (const { colour } of levels) expect(colour).toMatch(/^#[0-9A-F]{6}$/);
  }
});
