import { hourMs } from './calendar.ts';
import type { Site } from './sensor.ts';
import { clamp } from './sensor.ts';
import type { Trouble } from './trouble.ts';
import { troubleAt } from './trouble.ts';
import type { World } from './world.ts';

/** Works at a crossroads, generators, a fire next door: every twelve hours at one of the first eight stations. */
function smogTrouble(seed: number): Trouble {
  return {
    salt: seed ^ 0x5306,
    everyMs: 12 * hourMs,
    among: 8,
    furtherOneIn: 10,
    lastsMs: [4 * hourMs, 6 * hourMs],
  };
}

const riseMs = 30 * 60_000;

/** How thick the air at a station is of something nearby, 0 to 1; whoever stands by it breathes the same. */
export function smogAt({ station }: Pick<Site, 'station'>, world: World, at: number): number {
  if (station === undefined) return 0;
  const span = troubleAt(smogTrouble(world.troubleSeed), station, at);
  if (!span) return 0;
  return clamp(Math.min(at - span.fromAt, span.toAt - at) / riseMs, 0, 1);
}
