import { between, gauss, mix, unit } from '../random.ts';
import { civilTime, dayMs, instantOf, weekdayOf } from './calendar.ts';
import type { Sensor, Site } from './sensor.ts';
import { clamp, roundTo } from './sensor.ts';
import type { World } from './world.ts';

const wasteStreams = ['paper', 'glass', 'residual', 'organic', 'textile'] as const;
export type WasteStream = (typeof wasteStreams)[number];

interface StreamRule {
  /** Weekdays of the emptying tour, 0 = Sunday. */
  tourDays: readonly number[];
  /** Percent a day that an ordinary bin gains. */
  rate: number;
}

const streamRules: Readonly<Record<WasteStream, StreamRule>> = {
  paper: { tourDays: [2, 5], rate: 21 },
  glass: { tourDays: [3], rate: 10 },
  residual: { tourDays: [1, 4], rate: 22 },
  organic: { tourDays: [1, 3, 5], rate: 27 },
  textile: { tourDays: [4], rate: 9 },
};

/** From the echo when empty and when full, mm. */
const emptyMm = 1_650;
const fullMm = 250;
/** Tours that a bin may be missed on in a row before it is emptied anyway, bounds the look back. */
const lookBackDaysMax = 35;
const missedShare = 0.04;
const batteryLifeMs = 3.2 * 365 * dayMs;

/** Which stream a bin takes; paper and glass islands are the most common. */
export function wasteStreamOf(seed: number): WasteStream {
  const order = [
    'paper',
    'glass',
    'paper',
    'residual',
    'glass',
    'organic',
    'paper',
    'textile',
  ] as const;
  return order[mix(seed, 41) % order.length] ?? 'paper';
}

/**
 * A bin with an ultrasonic sensor in its lid. It fills by day, faster before a weekend's end, and is
 * emptied on its stream's tour, which leaves a rest and now and then cannot get at it.
 */
export function createBin({ seed, group }: Site, world: World): Sensor {
  const { tourDays, rate } = streamRules[wasteStreamOf(seed)];
  const popularity = between(mix(seed, 42), 0.6, 1.35);
  const tourHour = 6 + 7 * unit(group ^ seed, 43);
  const boughtAt = unit(seed, 44) * batteryLifeMs;

  const lastEmptied = (at: number): number => {
    const today = civilTime(at).day;
    for (let day = today; day > today - lookBackDaysMax; day--) {
      if (!tourDays.includes(weekdayOf(day)) || unit(seed ^ 0x4d, day) < missedShare) continue;
      const emptiedAt = instantOf(day, tourHour + 0.4 * unit(seed ^ 0x4e, day));
      if (emptiedAt <= at) return emptiedAt;
    }
    return instantOf(today - lookBackDaysMax, tourHour);
  };

  return (at) => {
    const emptiedAt = lastEmptied(at);
    const cycle = Math.floor(emptiedAt / dayMs);
    const rest = 4 * unit(seed ^ 0x4f, cycle);
    const pace = rate * popularity * (0.75 + 0.5 * unit(seed ^ 0x50, cycle));
    const fill = clamp(rest + pace * (useUntil(at) - useUntil(emptiedAt)), 0, 100);
    const tick = Math.floor(at / 1000);
    const echo = emptyMm - (fill / 100) * (emptyMm - fullMm) + 4 * gauss(seed ^ 0x51, tick);
    const weather = world.weather(at);
    const sunlit = Math.max(0, Math.sin((world.sun(at) * Math.PI) / 180)) * (1 - weather.rain);
    return {
      fill_level: Math.round(clamp((100 * (emptyMm - echo)) / (emptyMm - fullMm), 0, 100)),
      distance: Math.round(echo),
      temperature: roundTo(weather.temperature + 7 * sunlit + 0.2 * gauss(seed ^ 0x52, tick), 1),
      battery_level: Math.round(100 - 88 * (((at + boughtAt) % batteryLifeMs) / batteryLifeMs)),
      tilt: isTilted(seed, at) ? 1 : 0,
    };
  };
}

/** Days of use up to an instant: nothing at night, and each day's use between 7 and 22 h. */
function useUntil(at: number): number {
  const { day, hour } = civilTime(at);
  const share = clamp((hour - 7) / 15, 0, 1);
  return day + share * share * (3 - 2 * share);
}

/** About one bin in 700 lies on its side on a given night, until someone picks it up. */
function isTilted(seed: number, at: number): boolean {
  const { day, hour } = civilTime(at);
  const night = hour < 9 ? day - 1 : day;
  return (hour >= 23 || hour < 9) && unit(seed ^ 0x53, night) < 1 / 700;
}
