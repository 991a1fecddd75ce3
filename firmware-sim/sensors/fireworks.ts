import { gauss } from '../random.ts';
import { hourMs } from './calendar.ts';
import { rise } from './curves.ts';
import type { WorldEvent } from './events.ts';
import type { Site } from './sensor.ts';
import { clamp } from './sensor.ts';
import type { World } from './world.ts';

/** Rockets of the evening before, as a share of midnight. */
const eveningShare = 0.04;
/** Before so many hours nobody lights any. */
const eveningHours = 8;
/** Particles of a street full of rockets in still air, µg/m³, at the height of it. */
const usualPeak = 520;
const smokeMax = 1_800;

/**
 * Smoke of fireworks at a site, as PM10 in µg/m³. German stations measured 450 to 1,450 in the hour after midnight
 * (Umweltbundesamt; Landshuter Allee, Munich, 986 in 2020), clean air again after three hours in wind, and high
 * values until noon in valleys without: so it thins out by the wind of that night, and each street has its own.
 */
export function smokeAt(site: Site, world: World, at: number): number {
  let smoke = 0;
  for (const event of world.events.of('fireworks')) smoke += smokeOf(event, { site, world, at });
  return Math.min(smoke, smokeMax);
}

interface Seen {
  site: Site;
  world: World;
  at: number;
}

function smokeOf({ fromAt, toAt, strength }: WorldEvent<'fireworks'>, seen: Seen): number {
  const hours = (seen.at - fromAt) / hourMs;
  if (hours < -eveningHours) return 0;
  const { seed, air = seed } = seen.site;
  const mixing = 0.5 + seen.world.weather(fromAt).wind / 2;
  const street = Math.min(2.2, Math.exp(0.55 * gauss(air ^ 0xf1e, 1)));
  const peak = usualPeak * strength * street * Math.min(1.4, 1.5 / mixing);
  if (hours < 0) return eveningShare * peak * Math.exp(hours / 2);
  const risingHours = (0.5 * (toAt - fromAt)) / hourMs;
  const risen = eveningShare + (1 - eveningShare) * rise(hours / risingHours);
  return peak * risen * Math.exp(-Math.max(0, hours - risingHours) / (3.2 / mixing));
}

/** How loud it is, dB(A); -infinity when nothing is to be heard. */
export function bangsAt(world: World, at: number): number {
  const levels = world.events.of('fireworks').map(({ fromAt, toAt, strength }) => {
    const third = (toAt - fromAt) / 3;
    const rate =
      at < fromAt
        ? 0.003 * Math.exp(clamp((at - fromAt) / hourMs, -50, 0))
        : Math.exp(-Math.max(0, at - fromAt - third) / third);
    return 82 + 10 * Math.log10(strength * rate);
  });
  return Math.max(Number.NEGATIVE_INFINITY, ...levels);
}
