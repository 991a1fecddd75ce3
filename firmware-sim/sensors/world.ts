import { seedOf } from '../random.ts';
import type { Cabinet } from './cabinet.ts';
import { createCabinet, outageTrouble } from './cabinet.ts';
import type { LampCalendar } from './lamp-calendar.ts';
import { createLampCalendar } from './lamp-calendar.ts';
import type { Place } from './sun.ts';
import { sunElevation } from './sun.ts';
import type { Weather } from './weather.ts';
import { createWeather } from './weather.ts';

/** What the things of one city have in common: weather, sun and the switching times of its lamps. */
export interface World {
  weather(at: number): Weather;
  /** Degrees above the horizon. */
  sun(at: number): number;
  /** The cabinet of a number, whose lamps follow one calendar. */
  cabinet(number: number, programme: number): Cabinet;
  /** Seed of what goes wrong. */
  troubleSeed: number;
}

export function createWorld(seed: string, center: Place): World {
  const calendars = new Map<number, LampCalendar>();
  const cabinets = new Map<string, Cabinet>();
  const troubleSeed = seedOf(`trouble ${seed}`);
  const outages = outageTrouble(troubleSeed);
  return {
    weather: createWeather(seedOf(`weather ${seed}`)),
    sun: (at) => sunElevation(at, center),
    troubleSeed,
    cabinet: (number, programme) => {
      const calendar = calendars.get(programme) ?? createLampCalendar(center, programme);
      calendars.set(programme, calendar);
      const key = `${number} ${programme}`;
      const cabinet = cabinets.get(key) ?? createCabinet(number, calendar, outages);
      cabinets.set(key, cabinet);
      return cabinet;
    },
  };
}
