import { describe, expect, it } from 'vitest';
import { civilTime, instantOf, offsetMs } from '../../../firmware-sim/sensors/calendar.ts';
import { nightAfterNoon, sunElevation } from '../../../firmware-sim/sensors/sun.ts';

const ulm = { lat: 48.4, lon: 9.99 };
const minuteMs = 60_000;

describe('the sun', () => {
  // Equinox and solstices at a place: noon elevation = 90 - latitude + declination.
  it.each([
    ['2026-06-21T11:21:30Z', 90 - 48.4 + 23.44],
    ['2026-12-21T11:18:00Z', 90 - 48.4 - 23.44],
    ['2026-03-20T11:27:30Z', 90 - 48.4],
  ])('stands at its highest around %s', (noon, elevation) => {
    const at = Date.parse(noon);
    expect(Math.abs(sunElevation(at, ulm) - elevation)).toBeLessThan(0.2);
    expect(sunElevation(at, ulm)).toBeGreaterThan(sunElevation(at - 15 * minuteMs, ulm));
    expect(sunElevation(at, ulm)).toBeGreaterThan(sunElevation(at + 15 * minuteMs, ulm));
  });

  it.each([-0.833, -6])('passes %d degrees when the night begins and ends', (elevation) => {
    for (let day = 0; day < 365; day += 9) {
      const night = nightAfterNoon(Date.UTC(2026, 0, 1 + day, 11, 20), ulm, elevation);
      expect(night.toAt).toBeGreaterThan(night.fromAt);
      expect(sunElevation(night.fromAt, ulm)).toBeCloseTo(elevation, 0);
      expect(sunElevation(night.toAt, ulm)).toBeCloseTo(elevation, 0);
    }
  });

  it('has no night in a polar summer, and no day in a polar winter', () => {
    const north = { lat: 78, lon: 10 };
    const summer = nightAfterNoon(Date.UTC(2026, 5, 21, 11), north, -4);
    expect(summer.toAt - summer.fromAt).toBeLessThan(minuteMs);
    const winter = nightAfterNoon(Date.UTC(2026, 11, 21, 11), north, -4);
    expect(winter.toAt - winter.fromAt).toBeGreaterThan(23.9 * 60 * minuteMs);
  });
});

describe('civil time', () => {
  it('agrees with the time zone database for every third hour of two years', () => {
    const format = new Intl.DateTimeFormat('en-GB', {
      timeZone: 'Europe/Berlin',
      hour: 'numeric',
      hourCycle: 'h23',
      weekday: 'short',
    });
    const days = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat'];
    for (let at = Date.UTC(2026, 0, 1); at < Date.UTC(2028, 0, 1); at += 3 * 3_600_000) {
      const parts = Object.fromEntries(
        format.formatToParts(at).map(({ type, value }) => [type, value]),
      );
      const { hour, weekday } = civilTime(at);
      expect([Math.floor(hour), days[weekday]]).toEqual([Number(parts.hour), parts.weekday]);
    }
  });

  it('changes at 01:00 UTC on the last Sundays of March and October', () => {
    expect(offsetMs(Date.parse('2026-03-29T00:59:59Z'))).toBe(3_600_000);
    expect(offsetMs(Date.parse('2026-03-29T01:00:00Z'))).toBe(7_200_000);
    expect(offsetMs(Date.parse('2026-10-25T00:59:59Z'))).toBe(7_200_000);
    expect(offsetMs(Date.parse('2026-10-25T01:00:00Z'))).toBe(3_600_000);
  });

  it('finds the instant of a civil hour', () => {
    for (let day = 20_450; day < 20_820; day += 1) {
      expect(civilTime(instantOf(day, 7.5))).toMatchObject({ day, hour: 7.5 });
    }
  });
});
