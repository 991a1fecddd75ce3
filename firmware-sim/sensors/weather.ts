import { smoothNoise } from '../random.ts';
import { withEvents } from './air-mass.ts';
import { civilTime, dayMs, hourMs, seasonAngle } from './calendar.ts';
import type { Events } from './events.ts';
import { clamp } from './sensor.ts';

/** The weather over the whole city at one instant. */
export interface Weather {
  /** °C, in the open */
  temperature: number;
  /** % */
  relativeHumidity: number;
  /** hPa at the city's altitude */
  pressure: number;
  /** m/s */
  wind: number;
  /** Where it comes from: degrees, 0 north, 90 east; not cut to a full turn. */
  windFrom: number;
  /** 0 dry … 1 pouring */
  rain: number;
  /** How thick air pollution gets: 1 ordinary, > 1 calm or inversion, < 1 wind and rain. */
  stagnation: number;
}

/** Fronts pass every few days; a low brings wind, cloud, rain and mild nights. Those of a scenario come on top. */
export function createWeather(seed: number, events: Events): (at: number) => Weather {
  return (at) => {
    const warmth = Math.cos(seasonAngle(at));
    const { hour } = civilTime(at);
    const front = smoothNoise(seed, at / (3.4 * dayMs));
    const swing = smoothNoise(seed + 1, at / (11 * hourMs));
    const cloud = clamp(0.5 - 0.7 * front + 0.25 * swing, 0, 1);
    const dayCurve = Math.cos((2 * Math.PI * (hour - 15.5)) / 24);
    const dayRange = (2.2 + 2.6 * (warmth + 1)) * (1 - 0.65 * cloud);
    const mean = 9.8 + 9.6 * warmth + 4.5 * smoothNoise(seed + 2, at / (4.6 * dayMs));
    const temperature = mean + dayRange * dayCurve + 0.9 * swing;
    const dewPoint = mean - 4.4 + 3.4 * cloud + 1.2 * smoothNoise(seed + 3, at / (1.7 * dayMs));
    const wind = clamp(2.4 - 2 * front + 1.3 * swing + 0.5 * dayCurve, 0.2, 14);
    const rain = clamp((cloud - 0.72) * 3 + 0.5 * smoothNoise(seed + 4, at / (5 * hourMs)), 0, 1);
    const pressure = 960 + 11 * front + 2 * smoothNoise(seed + 5, at / (15 * hourMs));
    // Mostly from the south-west, with lows; from the east under highs, at times.
    const windFrom = 230 - 90 * front + 110 * smoothNoise(seed + 6, at / (1.9 * dayMs));
    const base = { temperature, dewPoint, pressure, wind, windFrom, rain, thickness: 1 };
    const air = withEvents(base, events, at);
    const mixing = 0.55 + air.wind / 5.3;
    return {
      temperature: air.temperature,
      relativeHumidity: clamp((100 * vapour(air.dewPoint)) / vapour(air.temperature), 12, 100),
      pressure: air.pressure,
      wind: air.wind,
      windFrom: air.windFrom,
      rain: air.rain,
      stagnation: ((1.35 - 0.35 * warmth) / mixing) * (1 - 0.45 * air.rain) * air.thickness,
    };
  };
}

/** Saturation vapour pressure in hPa (Magnus). */
function vapour(celsius: number): number {
  return 6.112 * Math.exp((17.62 * celsius) / (243.12 + celsius));
}
