import { dayMs } from './calendar.ts';

/**
 * Where the sun stands, by the short series of the Astronomical Almanac (about 0.01° until 2050); no
 * refraction, which is what twilight angles are defined by. Angles in degrees.
 */
export interface Place {
  lat: number;
  lon: number;
}

const rad = Math.PI / 180;

/** Elevation of the sun's centre above the horizon, -90..90. */
export function sunElevation(at: number, place: Place): number {
  const { declination, noonAt } = solarDay(at, place);
  const hourAngle = ((at - noonAt) / dayMs) * 360;
  const sine =
    Math.sin(place.lat * rad) * Math.sin(declination * rad) +
    Math.cos(place.lat * rad) * Math.cos(declination * rad) * Math.cos(hourAngle * rad);
  return Math.asin(sine) / rad;
}

/**
 * The night that follows the solar noon nearest to `at`: from the sun sinking below `elevation` to it
 * rising above it. Where it never does (polar day), the night is empty; polar night lasts all day.
 */
export function nightAfterNoon(
  at: number,
  place: Place,
  elevation: number,
): { fromAt: number; toAt: number } {
  const dusk = solarDay(at, place);
  const dawn = solarDay(dusk.noonAt + dayMs, place);
  return {
    fromAt: dusk.noonAt + halfDayMs(dusk.declination, place.lat, elevation),
    toAt: dawn.noonAt - halfDayMs(dawn.declination, place.lat, elevation),
  };
}

/** Time between noon and the sun passing an elevation. */
function halfDayMs(declination: number, lat: number, elevation: number): number {
  const cosine =
    (Math.sin(elevation * rad) - Math.sin(lat * rad) * Math.sin(declination * rad)) /
    (Math.cos(lat * rad) * Math.cos(declination * rad));
  return (Math.acos(Math.min(1, Math.max(-1, cosine))) / (2 * Math.PI)) * dayMs;
}

/** Declination now, and the solar noon nearest to `at`. */
function solarDay(at: number, place: Place): { declination: number; noonAt: number } {
  const days = at / dayMs - 10957.5; // since 2000-01-01 12:00 UTC
  const meanLongitude = 280.46 + 0.9856474 * days;
  const anomaly = (357.528 + 0.9856003 * days) * rad;
  const longitude =
    (meanLongitude + 1.915 * Math.sin(anomaly) + 0.02 * Math.sin(2 * anomaly)) * rad;
  const obliquity = (23.439 - 4e-7 * days) * rad;
  const declination = Math.asin(Math.sin(obliquity) * Math.sin(longitude)) / rad;
  const ascension =
    Math.atan2(Math.cos(obliquity) * Math.sin(longitude), Math.cos(longitude)) / rad;
  const equationOfTime = wrapped(meanLongitude - ascension); // degrees, sundial ahead of clock
  const noonOffset = 0.5 - (place.lon + equationOfTime) / 360; // days after UTC midnight
  const noonAt = (Math.round(at / dayMs - noonOffset) + noonOffset) * dayMs;
  return { declination, noonAt };
}

function wrapped(degrees: number): number {
  return ((((degrees + 180) % 360) + 360) % 360) - 180;
}
