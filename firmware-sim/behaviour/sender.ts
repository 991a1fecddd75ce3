import { encoderOf } from '../encode/registry.ts';
import type { PlannedDevice } from '../fleet.ts';
import type { Scenario } from '../scenario.ts';
import { withFaults } from '../sensors/fault-stages.ts';
import { createSensor } from '../sensors/registry.ts';
import type { World } from '../sensors/world.ts';
import type { SenderParts } from './message.ts';

/** A device's sensors with their faults in a scenario that began at `startAt`, and its encoder: what `messageOf` needs. */
export function createSender(
  plan: PlannedDevice,
  world: World,
  { faults }: Pick<Scenario, 'faults'>,
  startAt: number,
): SenderParts {
  const { sensor, site, encoding } = plan;
  const read = withFaults(createSensor(sensor, site, world), { sensor, site, faults, startAt });
  return { plan, read, encoder: encoderOf(encoding) };
}
