import { stepsOf } from '../behaviour/plan.ts';
import { createSender } from '../behaviour/sender.ts';
import { createCity } from '../city.ts';
import type { PlannedDevice } from '../fleet.ts';
import type { Scenario } from '../scenario.ts';
import { supplyOf } from '../sensors/light.ts';
import type { Span } from '../sensors/trouble.ts';
import { createWorld } from '../sensors/world.ts';
import type { Part } from './shard.ts';

/** All that what a device does depends on, beside the device itself: plain data, the same in every thread. */
export interface RunPlan {
  seed: string;
  scenario: Scenario;
  /** Simulated time of the whole run. */
  span: Span;
  /** Readings that go into one message. */
  samplesPerMessage: number;
}

/**
 * What each device of a run will do. Pure: asked again, in another thread or afterwards, it gives the same steps and the
 * same values.
 */
export function partsOf(run: RunPlan): (plan: PlannedDevice) => Part {
  const { seed, scenario, span, samplesPerMessage } = run;
  const happenings = { events: scenario.events, startAt: span.fromAt };
  const world = createWorld(seed, createCity(seed).center, happenings);
  return (plan) => {
    const supply = supplyOf(plan.site, world);
    return {
      steps: stepsOf({ plan, supply, scenario, span, samplesPerMessage }),
      sender: createSender(plan, world, scenario, span.fromAt),
    };
  };
}
