import { seedOf } from '../random.ts';
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
  /** One calendar for each way of switching and dimming, shared by all lamps that follow it. */
  lampCalendar(programme: number): LampCalendar;
}

export function createWorld(seed: string, center: Place): World {
  const calendars = new Map<number, LampCalendar>();
  return {
    weather: createWeather(seedOf(`weather ${seed}`)),
    sun: (at) => sunElevation(at, center),
    lampCalendar: (programme) => {
      const known = calendars.get(programme);
      if (known) return known;
      const made = createLampCalendar(center, programme);
      calendars.set(programme, made);
      return made;
    },
  };
}
