import { createAirNode } from './air.ts';
import { createLamp } from './light.ts';
import { createSoundMeter } from './noise.ts';
import { createReferenceStation } from './reference-station.ts';
import type { Sensor, Site } from './sensor.ts';
import { createBin } from './waste.ts';
import type { World } from './world.ts';

/** Every kind of physical thing that can be simulated. A new one is a file and a line here. */
const sensors = {
  'air-node': createAirNode,
  'reference-station': createReferenceStation,
  lamp: createLamp,
  bin: createBin,
  'sound-meter': createSoundMeter,
} as const satisfies Record<string, (site: Site, world: World) => Sensor>;

export type SensorName = keyof typeof sensors;

export const sensorNames = Object.keys(sensors) as SensorName[];

export function createSensor(name: SensorName, site: Site, world: World): Sensor {
  return sensors[name](site, world);
}
