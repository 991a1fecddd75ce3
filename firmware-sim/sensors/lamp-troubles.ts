import { mix, unit } from '../random.ts';
import type { Cabinet } from './cabinet.ts';
import { dayMs, hourMs } from './calendar.ts';
import { hits, joined } from './events.ts';
import type { Weight } from './lamp-calendar.ts';
import { weightOf } from './lamp-calendar.ts';
import type { Site } from './sensor.ts';
import type { Timeline } from './timeline.ts';
import { createTimeline } from './timeline.ts';
import type { Span, Trouble } from './trouble.ts';
import { troubleIn, turnOf } from './trouble.ts';
import type { World } from './world.ts';

/** A time in which a lamp does not do as its calendar says: dark (0) when it has failed, at full light when it is stuck on. */
export interface LampTrouble extends Span {
  dim: 0 | 1;
}

/** One lamp in this many fails now and then. */
const failingOneIn = 14;
/** A lamp that fails does so once in this time, and waits some days for the repair. */
const failureEveryMs = 45 * dayMs;

/** Each day one of the first 72 lamps is stuck on in the morning, until somebody comes. */
function dayBurning(seed: number): Trouble {
  return {
    salt: seed ^ 0xda1,
    everyMs: dayMs,
    among: 72,
    furtherOneIn: 20,
    lastsMs: [4 * hourMs, 9 * hourMs],
    beginsMs: [5 * hourMs, 10 * hourMs],
  };
}

/** What its troubles make of a lamp's hours: more or less light than by its calendar, and those that it could not burn. */
export type LampTroubles = Timeline<LampTrouble, Weight | 'broken'>;

/** A lamp fails, or it may be stuck on: never both. */
export function troublesOfLamp(
  { seed, number }: Site,
  cabinet: Cabinet,
  since: { installedAt: number; world: Pick<World, 'troubleSeed' | 'events'> },
): LampTroubles {
  const trouble = dayBurning(since.world.troubleSeed);
  const failures = joined(
    since.world.events.of('lamp-failures').filter((event) => hits(event, number)),
  );
  const isFailing = mix(seed, 4) % failingOneIn === 0;
  return createTimeline<LampTrouble, Weight | 'broken'>({
    ...(isFailing
      ? {
          firstTurn: failureTurnOf(since.installedAt) + 1,
          turnOf: failureTurnOf,
          spanIn: (turn) => failureIn(seed, turn),
        }
      : {
          firstTurn: 0,
          turnOf: (at) => turnOf(trouble, at),
          spanIn: (turn) => asLight(troubleIn(trouble, number, turn)),
        }),
    more: failures.map((span) => ({ ...span, dim: 0 })),
    measure: ({ fromAt, toAt, dim }) => {
      const could = cabinet.suppliedHours(toAt) - cabinet.suppliedHours(fromAt);
      const more = (weight: Weight) =>
        weightOf(dim, weight) * could -
        (cabinet.hours(toAt, weight) - cabinet.hours(fromAt, weight));
      return { load: more('load'), lit: more('lit'), broken: dim === 0 ? could : 0 };
    },
    zero: { load: 0, lit: 0, broken: 0 },
  });
}

function asLight(span: Span | undefined): LampTrouble | undefined {
  return span && { ...span, dim: 1 };
}

function failureTurnOf(at: number): number {
  return Math.floor(at / failureEveryMs);
}

function failureIn(seed: number, turn: number): LampTrouble {
  const fromAt = (turn + 0.75 * unit(seed ^ 0x1a, turn)) * failureEveryMs;
  return { fromAt, toAt: fromAt + (1 + 9 * unit(seed ^ 0x1b, turn)) * dayMs, dim: 0 };
}
