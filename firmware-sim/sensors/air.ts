import { between, gauss, mix, smoothNoise } from '../random.ts';
import { dayMs, hourMs } from './calendar.ts';
import { smokeAt } from './fireworks.ts';
import type { Sensor, Site } from './sensor.ts';
import { clamp, roundTo } from './sensor.ts';
import { smogAt } from './smog.ts';
import type { World } from './world.ts';

/** Particles in the air at a site, µg/m³: what a perfect instrument would read. */
export function particlesAt(
  site: Site,
  world: World,
  at: number,
  weather = world.weather(at),
): { pm2_5: number; pm10: number } {
  const { seed, traffic, air = seed } = site;
  const regional = 6.5 * Math.exp(0.5 * smoothNoise(regionSeed, at / (2.3 * dayMs)));
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
  const gain = between(mix(seed, 11), 0.86, 1.14);
  const selfHeating = between(mix(seed, 12), 0.6, 1.7);
  const shade = between(mix(seed, 13), -0.9, 0.9);
  const altitude = between(mix(seed, 14), -1.8, 1.8);
  return (at) => {
    const weather = world.weather(at);
    const tick = Math.floor(at / 1000);
    const { pm2_5, pm10 } = particlesAt(site, world, at, weather);
    const swelling = gain * humidityGrowth(weather.relativeHumidity);
    const noisy = (value: number, channel: number) =>
      clamp(
        value * (1 + 0.05 * gauss(seed ^ channel, tick)) + 0.25 * gauss(seed ^ channel, ~tick),
        0,
        999.9,
      );
    const small = noisy(pm2_5 * swelling, 0x21);
    const temperature = weather.temperature + selfHeating + shade;
    const humidity = weather.relativeHumidity - 4.2 * selfHeating + 0.6 * gauss(seed ^ 0x23, tick);
    return {
      pm10: roundTo(Math.max(small, noisy(pm10 * swelling, 0x22)), 1),
      pm2_5: roundTo(small, 1),
      temperature: roundTo(temperature + 0.08 * gauss(seed ^ 0x24, tick), 2),
      relative_humidity: roundTo(clamp(humidity, 0, 100), 2),
      pressure: roundTo(weather.pressure + altitude + 0.04 * gauss(seed ^ 0x25, tick), 2),
    };
  };
}

/** Droplets count as dust: from about 70 % on, doubled in fog. */
function humidityGrowth(relativeHumidity: number): number {
  const activity = Math.min(relativeHumidity, 95) / 100;
  return Math.min(2.4, 1 + 0.11 / (1 / activity - 1));
}
