import { getPosition, getTimes } from 'suncalc';
import { describe, expect, it } from 'vitest';
import { nightAfterNoon } from '../../../../firmware-sim/sensors/sun.ts';
import {
  darkSpan,
  nightAt,
  nightsBefore,
  sunElevation,
} from '../../../../ingest/domain/light/sun.ts';

const minute = 60_000;
const hour = 60 * minute;
const karlsruhe = { lat: 49.0069, lon: 8.4037 };
const barcelona = { lat: 41.3874, lon: 2.1686 };
const auckland = { lat: -36.85, lon: 174.76 };
const tromso = { lat: 69.6496, lon: 18.956 };
const at = (iso: string): number => Date.parse(iso);

describe('the elevation of the sun', () => {
  it('is geometric: -6 at civil dusk, where the library says -5.516', () => {
    const dusk = getTimes(new Date('2026-03-20T12:00Z'), karlsruhe.lat, karlsruhe.lon).dusk as Date;
    expect(getPosition(dusk, karlsruhe.lat, karlsruhe.lon).altitude).toBeCloseTo(-5.516, 2);
    expect(sunElevation(dusk.getTime(), karlsruhe)).toBeCloseTo(-6, 2);
  });

  it('is -0.833 at sunset', () => {
    const { sunset } = getTimes(new Date('2026-06-21T12:00Z'), barcelona.lat, barcelona.lon);
    expect(sunElevation((sunset as Date).getTime(), barcelona)).toBeCloseTo(-0.833, 2);
  });

  it.each([
    // Noon elevation = 90 - latitude + declination; the solstices, and three hours before the equinox of 2026.
    ['2026-06-21T11:28Z', 90 - 49.0069 + 23.44],
    ['2026-12-21T11:24Z', 90 - 49.0069 - 23.44],
    ['2026-03-20T11:34Z', 90 - 49.0069 - 0.05],
  ])('at noon of %s is %d', (instant, expected) => {
    expect(Math.abs(sunElevation(at(instant), karlsruhe) - expected)).toBeLessThan(0.05);
  });

  it('rises without a jump at the horizon', () => {
    const from = at('2026-09-23T04:00Z');
    let before = sunElevation(from, karlsruhe);
    for (let second = 10; second < 3 * 3600; second += 10) {
      const elevation = sunElevation(from + second * 1000, karlsruhe);
      expect(elevation - before).toBeGreaterThan(0.01);
      expect(elevation - before).toBeLessThan(0.05);
      before = elevation;
    }
  });
});

describe('a night', () => {
  // The simulator has its own sun, by the short series of the Astronomical Almanac.
  it.each([
    ['by night', '2026-06-21T23:00Z', karlsruhe, '2026-06-21T12:00Z'],
    ['by day: the last one', '2026-06-22T10:00Z', karlsruhe, '2026-06-21T12:00Z'],
    ['in winter', '2026-12-21T20:00Z', karlsruhe, '2026-12-21T12:00Z'],
    ['after midnight', '2026-12-22T02:00Z', karlsruhe, '2026-12-21T12:00Z'],
    ['a minute before sunrise', '2026-12-22T07:13Z', karlsruhe, '2026-12-21T12:00Z'],
    ['in Barcelona', '2026-03-20T21:00Z', barcelona, '2026-03-20T12:00Z'],
    ['beyond the date line', '2026-03-20T08:00Z', auckland, '2026-03-20T00:00Z'],
  ] as const)('%s is as an independent series says', (_, instant, place, noon) => {
    const night = nightAt(at(instant), place);
    const { fromAt, toAt } = nightAfterNoon(at(noon), place, -0.833);
    expect(Math.abs(night.from - fromAt)).toBeLessThan(90_000);
    expect(Math.abs(night.to - toAt)).toBeLessThan(90_000);
  });

  it('of civil twilight is the shorter one', () => {
    const instant = at('2026-03-20T23:00Z');
    const [sunset, civil] = [nightAt(instant, karlsruhe), nightAt(instant, karlsruhe, 'civil')];
    expect(civil.from - sunset.from).toBeGreaterThan(28 * minute);
    expect(sunset.to - civil.to).toBeGreaterThan(28 * minute);
    expect(sunElevation(civil.from, karlsruhe)).toBeCloseTo(-6, 2);
  });

  it('is empty where the sun does not set, and lasts from noon to noon where it does not rise', () => {
    const summer = nightAt(at('2026-06-21T12:00Z'), tromso);
    expect(summer.to - summer.from).toBe(0);
    const winter = nightAt(at('2026-12-21T12:00Z'), tromso);
    expect(Math.abs(winter.to - winter.from - 24 * hour)).toBeLessThan(2 * minute);
    expect(winter.from).toBeLessThanOrEqual(at('2026-12-21T12:00Z'));
    expect(winter.to).toBeGreaterThan(at('2026-12-21T12:00Z'));
  });

  it('holds, or is the last before, every instant of a year', () => {
    for (
      let instant = at('2026-01-01T00:00Z');
      instant < at('2027-01-01T00:00Z');
      instant += 3 * hour
    ) {
      const night = nightAt(instant, karlsruhe);
      expect(night.from).toBeLessThanOrEqual(instant);
      expect(instant - night.from).toBeLessThan(25 * hour);
      if (instant < night.to) expect(sunElevation(instant, karlsruhe)).toBeLessThan(-0.8);
      else expect(sunElevation(instant, karlsruhe)).toBeGreaterThan(-0.9);
    }
  });

  it('has others before it, one a day', () => {
    const nights = nightsBefore(at('2026-03-29T12:00Z'), karlsruhe, 14);
    expect(nights).toHaveLength(14);
    expect(nights.at(-1)).toEqual(nightAt(at('2026-03-29T12:00Z'), karlsruhe));
    for (const [index, night] of nights.slice(1).entries())
      expect(Math.abs(night.from - (nights[index]?.from ?? 0) - 24 * hour)).toBeLessThan(
        4 * minute,
      );
  });
});

describe('the dark part of a night', () => {
  const night = nightAt(at('2026-11-30T22:00Z'), karlsruhe);

  it('begins and ends where the sun passes the angle', () => {
    const dark = darkSpan(night, karlsruhe, -4);
    expect(sunElevation(dark.from, karlsruhe)).toBeCloseTo(-4, 2);
    expect(sunElevation(dark.to, karlsruhe)).toBeCloseTo(-4, 2);
    expect(dark.to).toBeGreaterThan(dark.from);
  });

  it('is all of it for an angle above the horizon, and nothing below the lowest', () => {
    expect(darkSpan(night, karlsruhe, 2)).toEqual(night);
    const never = darkSpan(nightAt(at('2026-06-21T23:00Z'), karlsruhe), karlsruhe, -18);
    expect(never.to - never.from).toBe(0);
  });
});
