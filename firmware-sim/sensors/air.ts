import { between, mix, smoothNoise } from '../random.ts';
import { dayMs, hourMs } from './calendar.ts';
import { smokeAt } from './fireworks.ts';
import type { Sensor, Site } from './sensor.ts';
import { smogAt } from './smog.ts';
import type { Stage } from './stages.ts';
import {
  changing,
  fanStarting,
  gained,
  limited,
  noisy,
  quantised,
  selfHeated,
  stack,
  swollen,
} from './stages.ts';
import type { World } from './world.ts';

/** Particles in the air at a site, µg/m³: what a perfect instrument would read. */
export function particlesAt(
  site: Site,
  world: World,
  at: number,
  weather = world.weather(at),
): { pm2_5: number; pm10: number } {
  const { seed, traffic, air = seed } = site;
  // In Central Europe wind from the sea is clean, and wind from the continent is not.
  const eastern = Math.max(0, Math.cos(((weather.windFrom - 90) * Math.PI) / 180));
  const regional =
    6.5 * Math.exp(0.5 * smoothNoise(regionSeed, at / (2.3 * dayMs))) * (1 + 0.3 * eastern);
  const local = 1 + 0.18 * smoothNoise(air, at / (3 * hourMs));
  const passing = world.traffic(at);
  const exhaust = 7 * passing * (0.25 + traffic);
  const smog = smogAt(site, world, at);
  // Four fifths of the smoke of fireworks are that fine.
  const near = 62 * smog + 0.82 * smokeAt(site, world, at);
  const pm2_5 = (regional + exhaust) * weather.stagnation * local + near;
  // Dust off the road comes with traffic and stays down when it is wet.
  const dust = (2.5 + 11 * passing * (0.2 + traffic)) * (1 - 0.7 * weather.rain);
  return { pm2_5, pm10: 1.18 * pm2_5 + dust * local + 25 * smog };
}

const regionSeed = 0x5eed;

/**
 * A maker's node: SDS011 (PM) and BME280 (temperature, humidity, pressure). Optical, so it over-reads in
 * humid air; each one is off by its own factor; 0.1 steps; noise grows with the value. The BME280
 * sits in a housing with electronics: a degree too warm, and too dry with it.
 */
export function createAirNode(site: Site, world: World): Sensor {
  const { seed } = site;
  const truth: Sensor = (at) => {
    const weather = world.weather(at);
    return {
      ...particlesAt(site, world, at, weather),
      temperature: weather.temperature,
      relative_humidity: weather.relativeHumidity,
      pressure: weather.pressure,
    };
  };
  return stack(truth, ...sds011(seed), ...bme280(seed));
}

/** Ten seconds by its data sheet; with the first mean of a firmware half a minute. */
const fanStartingMs = 30_000;

function sds011(seed: number): Stage[] {
  const metrics = ['pm10', 'pm2_5'] as const;
  return [
    gained(metrics, between(mix(seed, 11), 0.86, 1.14)),
    swollen(metrics),
    noisy(seed, {
      pm10: { channel: 0x22, share: 0.05, amount: 0.25 },
      pm2_5: { channel: 0x21, share: 0.05, amount: 0.25 },
    }),
    fanStarting(seed, metrics, fanStartingMs),
    limited(metrics, 0, 999.9),
    // It counts small particles and guesses large ones: never fewer of all than of the small.
    changing(['pm10'], (pm10, { values }) => Math.max(values.pm2_5 ?? 0, pm10)),
    quantised({ pm10: 1, pm2_5: 1 }),
  ];
}

function bme280(seed: number): Stage[] {
  const shade = between(mix(seed, 13), -0.9, 0.9);
  const altitude = between(mix(seed, 14), -1.8, 1.8);
  return [
    selfHeated(between(mix(seed, 12), 0.6, 1.7)),
    changing(['temperature'], (value) => value + shade),
    changing(['pressure'], (value) => value + altitude),
    noisy(seed, {
      temperature: { channel: 0x24, amount: 0.08 },
      relative_humidity: { channel: 0x23, amount: 0.6 },
      pressure: { channel: 0x25, amount: 0.04 },
    }),
    limited(['relative_humidity'], 0, 100),
    quantised({ temperature: 2, relative_humidity: 2, pressure: 2 }),
  ];
}
