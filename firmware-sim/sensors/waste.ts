import type { Container } from '../../broker/contract/waste.ts';
import { between, gauss, mix, unit } from '../random.ts';
import { civilTime, dayMs, hourMs, instantOf, weekdayOf } from './calendar.ts';
import { hits, joined } from './events.ts';
import type { Sensor, Site } from './sensor.ts';
import { clamp, roundTo } from './sensor.ts';
import type { Span, Trouble } from './trouble.ts';
import { troubleAt } from './trouble.ts';
import type { World } from './world.ts';

export const wasteStreams = ['paper', 'glass', 'residual', 'organic', 'textile'] as const;
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
/** Litres of a container as deep as that; glass is heavy and gets less. */
const capacityL: Readonly<Record<WasteStream, number>> = {
  paper: 3_000,
  glass: 2_500,
  residual: 3_000,
  organic: 1_500,
  textile: 2_000,
};
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

/** What its owner registers; the same numbers as it measures by. */
export function containerOf({ seed }: Pick<Site, 'seed'>): Container {
  const stream = wasteStreamOf(seed);
  return { stream, capacityL: capacityL[stream], emptyMm, fullMm };
}

/**
 * A bin with an ultrasonic sensor in its lid. It fills by day, faster before a weekend's end, and is
 * emptied on its stream's tour, which leaves a rest and now and then cannot get at it.
 */
export function createBin({ seed, group, number }: Site, world: World): Sensor {
  const stream = wasteStreamOf(seed);
  const { tourDays, rate } = streamRules[stream];
  const fires = joined(world.events.of('fire').filter((event) => hits(event, number)));
  // A further tour comes to one bin after the other.
  const furtherTours = world.events
    .of('emptying-tour')
    .filter((event) => event.streams.includes(stream) && hits(event, number))
    .map(({ fromAt, toAt }, index) => Math.round(between(mix(seed, 90 + index), fromAt, toAt)));
  const popularity = between(mix(seed, 42), 0.6, 1.35);
  const tourHour = 6 + 7 * unit(group ^ seed, 43);
  const boughtAt = unit(seed, 44) * batteryLifeMs;

  const lastEmptied = (at: number): number =>
    Math.max(lastUsualTour(at), ...furtherTours.filter((emptiedAt) => emptiedAt <= at));
  const lastUsualTour = (at: number): number => {
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
      temperature: roundTo(
        inFire(
          weather.temperature + 7 * sunlit + 0.2 * gauss(seed ^ 0x52, tick),
          burningAt(at, troubleAt(fireTrouble(world.troubleSeed), number, at), fires),
        ),
        1,
      ),
      battery_level: Math.round(100 - 88 * (((at + boughtAt) % batteryLifeMs) / batteryLifeMs)),
      tilt: isTilted(seed, at) || isKnockedOver(world.troubleSeed, number, at) ? 1 : 0,
    };
  };
}

/** Days of use up to an instant: nothing at night, and each day's use between 7 and 22 h. */
function useUntil(at: number): number {
  const { day, hour } = civilTime(at);
  const share = clamp((hour - 7) / 15, 0, 1);
  return day + share * share * (3 - 2 * share);
}

/** How far a fire has gone, 0 to 1: the seed's own or one of a scenario. */
function burningAt(at: number, own: Span | undefined, others: readonly Span[]): number {
  const fire = others.find(({ fromAt, toAt }) => at >= fromAt && at < toAt) ?? own;
  if (!fire) return 0;
  return clamp(Math.min((at - fire.fromAt) / kindlingMs, (fire.toAt - at) / coolingMs), 0, 1);
}

/** Up to what the sensor in the lid can say. */
function inFire(temperature: number, share: number): number {
  return temperature + share * (lidMaxC - temperature);
}

const lidMaxC = 83;
const kindlingMs = 5 * 60_000;
const coolingMs = 10 * 60_000;

/** Every four hours one of the first 64 bins burns for a while: a cigarette, hot ashes. */
function fireTrouble(seed: number): Trouble {
  return {
    salt: seed ^ 0xf12e,
    everyMs: 4 * hourMs,
    among: 64,
    furtherOneIn: 200,
    lastsMs: [22 * 60_000, 40 * 60_000],
  };
}

/** Twice a day one of the first 64 bins is knocked over by day, until the crew comes by. */
function isKnockedOver(troubleSeed: number, number: number, at: number): boolean {
  const trouble: Trouble = {
    salt: troubleSeed ^ 0x711d,
    everyMs: 12 * hourMs,
    among: 64,
    furtherOneIn: 20,
    lastsMs: [40 * 60_000, 100 * 60_000],
  };
  return troubleAt(trouble, number, at) !== undefined;
}

/** About one bin in 700 lies on its side on a given night, until someone picks it up. */
function isTilted(seed: number, at: number): boolean {
  const { day, hour } = civilTime(at);
  const night = hour < 9 ? day - 1 : day;
  return (hour >= 23 || hour < 9) && unit(seed ^ 0x53, night) < 1 / 700;
}
