import { getPosition, getTimes } from 'suncalc';

export interface Place {
  lat: number;
  lon: number;
}

export interface Night {
  /** Half-open, epoch ms UTC. */
  from: number;
  to: number;
}

const dayMs = 86_400_000;
const rad = Math.PI / 180;

/**
 * Elevation of the sun's centre above the horizon, degrees, without refraction: what twilight angles are defined
 * by. The library gives the apparent one, with a refraction that stays as at the horizon for all that is below: at
 * civil dusk (-6) it says -5.516.
 */
export function sunElevation(at: number, { lat, lon }: Place): number {
  const apparent = getPosition(new Date(at), lat, lon).altitude;
  let elevation = apparent - refraction(0);
  // Above the horizon it depends on the elevation itself: it changes slowly, so a few rounds settle it.
  for (let round = 0; round < roundsMax && elevation > 0; round++)
    elevation = apparent - refraction(elevation);
  return elevation;
}

const roundsMax = 8;

/** The library's own (Meeus, Astronomical Algorithms, 16.4), in degrees. */
function refraction(elevation: number): number {
  const h = Math.max(0, elevation) * rad;
  return 0.0002967 / Math.tan(h + 0.00312536 / (h + 0.08901179)) / rad;
}

/** What bounds a night: sunset and sunrise (-0.833), or the end and the beginning of civil twilight (-6). */
export type NightKind = 'sunset' | 'civil';

/**
 * The night that an instant is in, by day the last one. Where the sun does not set it is empty, where it does not
 * rise it lasts from noon to noon.
 */
export function nightAt(at: number, place: Place, kind: NightKind = 'sunset'): Night {
  for (let day = 1; day >= -1; day--) {
    const night = nightAfterNoon(at + day * dayMs, place, kind);
    if (night.from <= at) return night;
  }
  return nightAfterNoon(at - 2 * dayMs, place, kind);
}

/** Nights in order of time, the last of them being the one of {@link nightAt}. */
export function nightsBefore(at: number, place: Place, count: number): Night[] {
  const nights = [nightAt(at, place)];
  while (nights.length < count) {
    const first = nights[0] as Night;
    // Half a day before a night's middle is the noon before it: there the last one is over.
    nights.unshift(nightAt((first.from + first.to) / 2 - dayMs / 2, place));
  }
  return nights;
}

function nightAfterNoon(at: number, { lat, lon }: Place, kind: NightKind): Night {
  const today = getTimes(new Date(at), lat, lon);
  const tomorrow = getTimes(new Date(at + dayMs), lat, lon);
  const [set, rise] =
    kind === 'civil' ? [today.dusk, tomorrow.dawn] : [today.sunset, tomorrow.sunrise];
  // Without a sunset it is either always up or always down; the sun at its noon tells.
  const noon = today.solarNoon.getTime();
  const isUp = sunElevation(noon, { lat, lon }) > (kind === 'civil' ? -6 : -0.833);
  const from = set?.getTime() ?? (isUp ? tomorrow.nadir.getTime() : noon);
  const to = rise?.getTime() ?? (isUp ? tomorrow.nadir.getTime() : tomorrow.solarNoon.getTime());
  return { from, to: Math.max(from, to) };
}

/**
 * The part of a night in which the sun stands below an angle: when lamps that switch at it should burn. Empty when
 * it never does.
 */
export function darkSpan({ from, to }: Night, place: Place, angleDeg: number): Night {
  const middle = (from + to) / 2;
  const isDark = (instant: number): boolean => sunElevation(instant, place) < angleDeg;
  if (to <= from || !isDark(middle)) return { from: middle, to: middle };
  return {
    from: isDark(from) ? from : crossing(middle, from, isDark),
    to: isDark(to) ? to : crossing(middle, to, isDark),
  };
}

/** Halves between an instant at which it holds and one at which it does not, down to a second. */
function crossing(holdsAt: number, failsAt: number, holds: (at: number) => boolean): number {
  let [yes, no] = [holdsAt, failsAt];
  while (Math.abs(no - yes) > 1_000) {
    const middle = (yes + no) / 2;
    if (holds(middle)) yes = middle;
    else no = middle;
  }
  return Math.round(yes);
}
