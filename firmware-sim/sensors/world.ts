import { seedOf } from '../random.ts';
import type { Cabinet } from './cabinet.ts';
import { createCabinet, outageTrouble } from './cabinet.ts';
import type { Events, Happenings } from './events.ts';
import { createEvents, hits, joined } from './events.ts';
import type { LampCalendar } from './lamp-calendar.ts';
import { createLampCalendar } from './lamp-calendar.ts';
import type { Place } from './sun.ts';
import { sunElevation } from './sun.ts';
import { createTraffic } from './traffic.ts';
import type { Weather } from './weather.ts';
import { createWeather } from './weather.ts';

/** What the things of one city have in common: weather, sun and the switching times of its lamps. */
export interface World {
  weather(at: number): Weather;
  /** Degrees above the horizon. */
  sun(at: number): number;
  /** The cabinet of a number, whose lamps follow one calendar. */
  cabinet(number: number, programme: number): Cabinet;
  /** How much traffic there is, 0 (none) to 1 (the worst rush hour) and above. */
  traffic(at: number): number;
  /** What a scenario lets happen. */
  events: Events;
  /** Seed of what goes wrong. */
  troubleSeed: number;
}

/** The world of a seed; `happenings` are added to what the seed brings. */
export function createWorld(
  seed: string,
  center: Place,
  happenings: Happenings = { events: [], startAt: 0 },
): World {
  const events = createEvents(seed, happenings);
  const calendars = new Map<number, LampCalendar>();
  const cabinets = new Map<string, Cabinet>();
  const troubleSeed = seedOf(`trouble ${seed}`);
  const outages = outageTrouble(troubleSeed);
  return {
    weather: createWeather(seedOf(`weather ${seed}`), events),
    sun: (at) => sunElevation(at, center),
    traffic: createTraffic(events),
    events,
    troubleSeed,
    cabinet: (number, programme) => {
      const calendar = calendars.get(programme) ?? createLampCalendar(center, programme);
      calendars.set(programme, calendar);
      const key = `${number} ${programme}`;
      const cabinet =
        cabinets.get(key) ??
        createCabinet(number, calendar, {
          trouble: outages,
          more: joined(events.of('cabinet-outage').filter((event) => hits(event, number))),
        });
      cabinets.set(key, cabinet);
      return cabinet;
    },
  };
}
