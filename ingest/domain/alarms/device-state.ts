import { z } from 'zod';
import type { AlarmRule } from '../../../broker/contract/alarm-rules.ts';
import { type Device, expectedIntervalMs } from '../../../broker/contract/device.ts';
import type { MetricName } from '../../../broker/contract/metrics.ts';
import { lampMetrics } from '../light/lamp-facts.ts';
import { followLamp, type LampMemory } from '../light/lamp-memory.ts';
import { SunMemory } from '../light/sun-memory.ts';
import { type ContainerMemory, followContainer } from '../waste/container-memory.ts';
import type { Sample, Verdict } from './condition.ts';
import { container } from './conditions/container.ts';
import { lamp } from './conditions/lamp.ts';

/** The newest values of a lamp or a container, and what its own rules remember of it. */
export interface DeviceState {
  values: Map<MetricName, Sample>;
  memory: DeviceStateMemory | undefined;
  sun: SunMemory;
}

export function newDeviceState(memory?: DeviceStateMemory): DeviceState {
  return { values: new Map(), memory, sun: new SunMemory() };
}

/** Plain data, kept on disk. What is in it is the business of `light` and `waste`. */
export const DeviceStateMemory = z.union([
  z.object({ lamp: z.custom<LampMemory>((value) => typeof value === 'object' && value !== null) }),
  z.object({
    container: z.custom<ContainerMemory>((value) => typeof value === 'object' && value !== null),
  }),
]);
export type DeviceStateMemory = z.infer<typeof DeviceStateMemory>;

const containerMetrics: readonly MetricName[] = ['fill_level', 'distance', 'temperature', 'tilt'];

/** Whether a rule is judged by how a lamp or a container stands. */
export function isAboutState({ condition }: Pick<AlarmRule, 'condition'>): boolean {
  return condition.type === 'lamp' || condition.type === 'container';
}

/** The metrics that such a rule looks at. */
export function stateMetricsOf({ condition }: Pick<AlarmRule, 'condition'>): readonly MetricName[] {
  if (condition.type === 'lamp') return lampMetrics;
  return condition.type === 'container' ? containerMetrics : [];
}

/** Takes the newest values of a message in; older ones than are known change nothing. */
export function takeValues(
  { values }: DeviceState,
  readings: readonly (Sample & { metric: MetricName })[],
): void {
  for (const { metric, at, value, flag } of readings) {
    const known = values.get(metric);
    if (!known) values.set(metric, { at, value, flag });
    else if (at >= known.at) {
      known.at = at;
      known.value = value;
      known.flag = flag;
    }
  }
}

/** How the device stands at an instant of event time; undefined where it is neither lamp nor container. */
export function followDevice(
  { values, memory, sun }: DeviceState,
  device: Device,
  at: number,
): DeviceStateMemory | undefined {
  const intervalMs = expectedIntervalMs(device);
  if (device.kind === 'light') {
    const { location, lamp } = device;
    const sunDeg = location ? sun.sideOf(at, location, lamp) : null;
    const before = memory && 'lamp' in memory ? memory.lamp : undefined;
    return { lamp: followLamp(before, values, { at, intervalMs, lamp, sunDeg }) };
  }
  if (device.kind === 'waste') {
    const before = memory && 'container' in memory ? memory.container : undefined;
    const context = { at, intervalMs, container: device.container };
    return { container: followContainer(before, values, context).memory };
  }
  return undefined;
}

/** How a device stands, in a word: all that rules look at. */
export function standingOf(memory: DeviceStateMemory): string {
  return 'lamp' in memory ? memory.lamp.state : memory.container.state;
}

/** What a rule says of a device that stands so; undefined where it is about others. */
export function stateVerdict(
  { condition }: AlarmRule,
  memory: DeviceStateMemory,
): Verdict | undefined {
  if (condition.type === 'lamp' && 'lamp' in memory) return lamp(condition, memory.lamp.state);
  if (condition.type === 'container' && 'container' in memory)
    return container(condition, memory.container.state);
  return undefined;
}
