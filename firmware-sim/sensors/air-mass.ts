import { hourMs } from './calendar.ts';
import { bell, fading, rise } from './curves.ts';
import type { Events, WorldEvent } from './events.ts';

/** What the weather is made of, before humidity and the thickness of the air follow from it. */
export interface AirMass {
  temperature: number;
  dewPoint: number;
  pressure: number;
  wind: number;
  /** Where it comes from: degrees, 0 north, 90 east; not cut to a full turn. */
  windFrom: number;
  rain: number;
  /** How much dirt the air holds beside what wind and rain explain: 1 as usual. */
  thickness: number;
}

/** Where in a front its passage is: before it pressure falls, behind it fresh, cold, clean air comes in. */
const passage = 0.35;
/** How long its air stays behind it. */
const freshMs = 18 * hourMs;
/** How fast an inversion is gone once its time is over. */
const breakUpMs = 2 * hourMs;

/** Weather as it would be, with the fronts and inversions of a scenario. */
export function withEvents(base: AirMass, events: Events, at: number): AirMass {
  let air = base;
  for (const event of events.of('weather-front')) air = inFront(air, event, at);
  for (const event of events.of('inversion')) air = underInversion(air, event, at);
  return air;
}

/**
 * A cold front: pressure falls for hours and rises behind it; gusts and rain at the passage; the wind veers to the
 * north-west and the temperature drops within an hour or two, and rain and new air wash particles out.
 */
function inFront(
  air: AirMass,
  { fromAt, toAt, strength }: WorldEvent<'weather-front'>,
  at: number,
): AirMass {
  const x = (at - fromAt) / (toAt - fromAt);
  if (x <= 0) return air;
  const behind = fading((at - toAt) / freshMs);
  const fresh = strength * rise((x - passage) / 0.1) * behind;
  const fall = x < passage ? rise(x / passage) : 1 - rise((x - passage) / (1 - passage));
  const clean = Math.min(0.85, 0.6 * strength) * rise((x - passage) / 0.2) * behind;
  return {
    temperature: air.temperature - 6.5 * fresh,
    dewPoint: air.dewPoint - 3.5 * fresh,
    pressure: air.pressure - 9 * strength * fall,
    windFrom: turned(air.windFrom, northWest, rise((x - passage) / 0.06) * behind),
    wind: air.wind + 7 * strength * bell(x, passage + 0.05, 0.14),
    rain: Math.max(air.rain, Math.min(1, 0.85 * strength * bell(x, passage + 0.08, 0.12))),
    thickness: air.thickness * (1 - clean),
  };
}

/**
 * Warm air lies on cold air like a lid: no wind, no rain, high pressure, and what the city emits stays, day after
 * day more of it, until the lid breaks up.
 */
function underInversion(
  air: AirMass,
  { fromAt, toAt, strength }: WorldEvent<'inversion'>,
  at: number,
): AirMass {
  if (at <= fromAt) return air;
  const brokenUp = fading((at - toAt) / breakUpMs);
  const built = strength * Math.min(1, (at - fromAt) / (toAt - fromAt)) ** 0.8 * brokenUp;
  const still = Math.min(1, strength) * rise((at - fromAt) / (3 * hourMs)) * brokenUp;
  return {
    temperature: air.temperature - 2.5 * built,
    dewPoint: air.dewPoint - 1.2 * built,
    pressure: air.pressure + 7 * built,
    wind: air.wind * (1 - 0.8 * still),
    windFrom: turned(air.windFrom, east, still),
    rain: air.rain * (1 - still),
    thickness: air.thickness * (1 + 2.2 * built),
  };
}

const east = 90;
const northWest = 310;

/** A share of the way to another direction, the shorter way round. */
function turned(from: number, to: number, share: number): number {
  const apart = ((((to - from) % 360) + 540) % 360) - 180;
  return from + apart * share;
}
