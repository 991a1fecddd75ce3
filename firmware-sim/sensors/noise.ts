import { between, gauss, mix, smoothNoise } from '../random.ts';
import { bangsAt } from './fireworks.ts';
import type { Sensor, Site } from './sensor.ts';
import { clamp, roundTo } from './sensor.ts';
import type { World } from './world.ts';

/**
 * A sound level meter, LAeq in dB(A): traffic adds as energy to the quiet of the place, rain and wind
 * are heard too, single vehicles stand out, and once a year there are fireworks.
 */
export function createSoundMeter({ seed, traffic }: Site, world: World): Sensor {
  const quiet = between(mix(seed, 61), 34, 40);
  return (at) => {
    const weather = world.weather(at);
    const cars = 52 + 16 * traffic + 10 * Math.log10(world.traffic(at) + 0.003);
    const sky = 32 + 14 * weather.rain + 1.6 * weather.wind;
    const heard = [quiet, cars, sky, bangsAt(world, at)];
    const level = 10 * Math.log10(heard.reduce((sum, dB) => sum + 10 ** (dB / 10), 0));
    const passing = 2.2 * smoothNoise(seed ^ 0x62, at / 40_000);
    const noise = level + passing + 0.7 * gauss(seed ^ 0x63, Math.floor(at / 1000));
    return { noise: roundTo(clamp(noise, 30, 110), 1) };
  };
}
