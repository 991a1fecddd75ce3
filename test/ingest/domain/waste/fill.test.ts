import { describe, expect, it } from 'vitest';
import {
  distanceAtTemperature,
  fillFromDistance,
  geometryOf,
  medianOf,
} from '../../../../ingest/domain/waste/fill.ts';
import { type FillSample, fillRate, hoursTo } from '../../../../ingest/domain/waste/forecast.ts';

const hour = 3_600_000;
const start = Date.UTC(2026, 10, 1);
const geometry = { emptyMm: 1650, fullMm: 250 };

describe('the fill by an echo', () => {
  it.each<[string, number | null, number | null, boolean]>([
    ['at the bottom', 1650, 0, false],
    ['half way', 950, 50, false],
    ['at the brim', 250, 100, false],
    ['below the bottom is clamped', 1700, 0, false],
    ['above the brim is clamped, and within the blind zone', 200, 100, true],
    ['just outside of the blind zone', 250, 100, false],
    ['no echo', null, null, false],
    ['an echo of 0 is none, never full', 0, null, false],
    ['an echo from far beyond the bottom is none', 3301, null, false],
    ['the farthest echo', 3300, 0, false],
  ])('%s', (_, distanceMm, percent, isSuspect) => {
    const expected = percent === null ? null : { percent, isSuspect };
    expect(fillFromDistance(distanceMm, geometry)).toEqual(expected);
  });

  it.each([
    [{ stream: 'glass' as const }, undefined],
    [{ stream: 'glass' as const, emptyMm: 1650 }, undefined],
    [{ stream: 'glass' as const, emptyMm: 250, fullMm: 250 }, undefined],
    [
      { stream: 'glass' as const, emptyMm: 1650, fullMm: 0 },
      { emptyMm: 1650, fullMm: 0 },
    ],
    [undefined, undefined],
  ])('of %j has the geometry %j', (container, expected) => {
    expect(geometryOf(container)).toEqual(expected);
  });

  it.each([
    // c = 331.3 + 0.606 T: 343.42 m/s at 20 °C, 358.57 at 45 °C.
    [1000, 20, 20, 1000],
    [1000, 45, 20, 1044.1],
    [1000, -5, 20, 955.9],
  ])(
    'of %d mm in air of %d °C, taken for %d °C, is of %d mm',
    (distance, airC, assumedC, expected) => {
      expect(distanceAtTemperature(distance, { airC, assumedC })).toBeCloseTo(expected, 1);
    },
  );

  it.each([
    [[], null],
    [[40], 40],
    [[40, 42], 41],
    [[40, 3, 42], 40],
    [[40, 41, 100, 42, 0], 41],
  ])('of the pings %j is %d', (pings, expected) => {
    expect(medianOf(pings)).toBe(expected);
  });
});

const line = (count: number, { stepHours = 2, perHour = 1, from = 10 } = {}): FillSample[] =>
  Array.from({ length: count }, (_, index) => ({
    at: start + index * stepHours * hour,
    percent: from + index * stepHours * perHour,
  }));

describe('the rate of filling', () => {
  it.each<[string, FillSample[], number | null]>([
    ['of 4 samples over 6 h', line(4), 1],
    ['of 3 samples is not known', line(3, { stepHours: 10 }), null],
    ['over less than 6 h is not known', line(12, { stepHours: 0.5 }), null],
    ['of nothing is not known', [], null],
    ['of what stands still is 0', line(8, { perHour: 0 }), 0],
    [
      'of samples of two instants only',
      [...line(2, { stepHours: 6 }), ...line(2, { stepHours: 6 })].sort((a, b) => a.at - b.at),
      1,
    ],
  ])('%s', (_, samples, perHour) => {
    const rate = fillRate(samples);
    if (perHour === null) expect(rate).toBeNull();
    else expect(rate?.perHour).toBeCloseTo(perHour, 9);
  });

  it('is not moved by a few wrong echoes', () => {
    const samples = line(24, { stepHours: 1 }).map((sample, index) =>
      index % 8 === 3 ? { ...sample, percent: 100 } : sample,
    );
    const rate = fillRate(samples);
    expect(rate?.perHour).toBeCloseTo(1, 6);
    expect(rate?.percent).toBeCloseTo(33, 6);
  });

  it('has an interval: half of the slopes lie in it', () => {
    // Fills by day only, 2 %/h: 0 at night.
    const samples = line(49, { stepHours: 1, perHour: 0 }).map((sample, index) => ({
      ...sample,
      percent: 2 * (12 * Math.floor(index / 24) + Math.min(12, index % 24)),
    }));
    const rate = fillRate(samples);
    expect(rate?.lowPerHour).toBeLessThan(rate?.perHour ?? 0);
    expect(rate?.highPerHour).toBeGreaterThan(rate?.perHour ?? 9);
    expect(rate?.perHour).toBeGreaterThan(0.8);
    expect(rate?.perHour).toBeLessThan(1.2);
  });

  it('thins a month of minutes, and says nearly the same', () => {
    const samples = line(43_200, { stepHours: 1 / 60, perHour: 0.1 });
    const begun = performance.now();
    expect(fillRate(samples)?.perHour).toBeCloseTo(0.1, 9);
    expect(performance.now() - begun).toBeLessThan(200);
  });
});

describe('hours until a level', () => {
  const at = start + 6 * hour;
  const rate = (perHour: number, lowPerHour = perHour, highPerHour = perHour) => ({
    perHour,
    lowPerHour,
    highPerHour,
    percent: 60,
    at,
    from: start,
  });
  it.each([
    ['by the line', 80, rate(1, 0.8, 2), 60, { hours: 20, earliestHours: 10, latestHours: 25 }],
    ['without a rate', 80, null, 60, null],
    ['below 0.05 %/h', 80, rate(0.049), 60, null],
    ['at 0.05 %/h', 80, rate(0.05), 60, { hours: 400, earliestHours: 400, latestHours: 400 }],
    [
      'perhaps never',
      80,
      rate(0.05, 0.01, 0.1),
      60,
      { hours: 400, earliestHours: 200, latestHours: null },
    ],
    ['when it gets less', 80, rate(-1), 60, null],
    ['for what is there', 80, rate(1), 80, { hours: 0, earliestHours: 0, latestHours: 0 }],
    [
      'for what is there, without a rate',
      80,
      null,
      81,
      { hours: 0, earliestHours: 0, latestHours: 0 },
    ],
    [
      'for what is there by the fit',
      60,
      rate(1),
      59,
      { hours: 0, earliestHours: 0, latestHours: 0 },
    ],
    ['beyond 30 days', 100, rate(0.05), 60, { hours: 720, earliestHours: 720, latestHours: null }],
  ])('%s', (_, level, fitted, percent, expected) => {
    const found = hoursTo(level, fitted, { at, percent });
    if (expected === null) expect(found).toBeNull();
    else {
      expect(found?.hours).toBeCloseTo(expected.hours, 9);
      expect(found?.earliestHours).toBeCloseTo(expected.earliestHours, 9);
      if (expected.latestHours === null) expect(found?.latestHours).toBeNull();
      else expect(found?.latestHours).toBeCloseTo(expected.latestHours, 9);
    }
  });

  it('goes on along the line since the last sample of the fit', () => {
    expect(hoursTo(80, rate(1), { at: at + 5 * hour, percent: 60 })?.hours).toBeCloseTo(15, 9);
  });
});
