import { gauss, smoothNoise } from '../random.ts';
import { particlesAt } from './air.ts';
import { dayMs, hourMs } from './calendar.ts';
import type { Sensor, Site } from './sensor.ts';
import { clamp, roundTo } from './sensor.ts';
import { smogAt } from './smog.ts';
import type { World } from './world.ts';

/**
 * A reference station of the environment office: dried, calibrated particles, nitrogen dioxide from
 * traffic, ozone from sunlight and eaten by fresh exhaust.
 */
export function createReferenceStation(site: Site, world: World): Sensor {
  const { seed, traffic } = site;
  return (at) => {
    const weather = world.weather(at);
    const tick = Math.floor(at / 1000);
    const smog = smogAt(site, world, at);
    const { pm2_5, pm10 } = particlesAt(site, world, at, weather);
    const exhaust = (5 + 30 * world.traffic(at) * (0.35 + traffic)) * weather.stagnation;
    const vehicles = exhaust * (1 + 0.12 * smoothNoise(seed ^ 0x31, at / hourMs));
    const no2 = vehicles + 110 * smog + 0.4 * gauss(seed, tick);
    return {
      pm10: roundTo(pm10 * (1 + 0.015 * gauss(seed ^ 0x32, tick)), 1),
      pm2_5: roundTo(pm2_5 * (1 + 0.015 * gauss(seed ^ 0x33, tick)), 1),
      no2: roundTo(Math.max(0, no2), 1),
      o3: roundTo(Math.max(0, ozone(world, at) - 0.55 * no2 + 0.5 * gauss(seed ^ 0x34, tick)), 1),
      temperature: roundTo(weather.temperature + 0.03 * gauss(seed ^ 0x35, tick), 1),
      relative_humidity: roundTo(weather.relativeHumidity, 1),
      pressure: roundTo(weather.pressure, 1),
    };
  };
}

/** Light makes ozone; the air remembers some two hours of it, which is why the peak is in the afternoon. */
function ozone(world: World, at: number): number {
  const light = [0, 1, 2, 3, 4].reduce((sum, hoursAgo) => {
    return sum + Math.max(0, Math.sin((world.sun(at - hoursAgo * hourMs) * Math.PI) / 180)) / 5;
  }, 0);
  const regional = 52 + 14 * smoothNoise(0x03, at / (3.1 * dayMs));
  const heat = clamp((world.weather(at).temperature - 8) / 18, 0, 1.4);
  return regional + 72 * light * heat;
}
