import { readingsTopic } from '../broker/contract/topics.ts';
import type { Encoder } from './encode/encoder.ts';
import type { PlannedDevice } from './fleet.ts';
import type { Link } from './link.ts';
import { unit } from './random.ts';
import type { Sample, Sensor } from './sensors/sensor.ts';

export interface DeviceParts {
  plan: PlannedDevice;
  sensor: Sensor;
  encoder: Encoder;
  link: Link;
}

export interface DeviceDeps {
  clock: () => number;
  /** Called when the broker has answered for a sample. */
  onAck?: ((device: PlannedDevice, sample: Sample) => void) | undefined;
}

/** A device that runs: measures, encodes, publishes, sleeps. */
export interface SimulatedDevice {
  /** Starts to publish, first after `delayMs`. */
  start(delayMs: number): void;
  stop(): void;
}

/** Share of the interval by which a message may come early or late. */
const jitterShare = 0.04;

/** Publishes about every `intervalMs`; what the clock jumps over is left out, not made up for. */
export function createDevice(parts: DeviceParts, { clock, onAck }: DeviceDeps): SimulatedDevice {
  const { plan, sensor, encoder, link } = parts;
  const topic = readingsTopic(plan.key);
  let timer: NodeJS.Timeout | undefined;
  let firstAt = 0;
  let turn = 0;

  const measure = () => {
    const at = clock();
    const sample: Sample = { at, values: sensor(at) };
    link.publish(topic, encoder.encode(sample, plan), onAck && (() => onAck(plan, sample)));
    sleep(at);
  };
  const sleep = (now: number) => {
    turn = Math.max(turn + 1, Math.floor((now - firstAt) / plan.intervalMs));
    const jitter = (2 * unit(plan.site.seed, turn) - 1) * jitterShare;
    const dueAt = firstAt + (turn + jitter) * plan.intervalMs;
    timer = setTimeout(measure, Math.max(minSleepMs, dueAt - now));
  };

  return {
    start: (delayMs) => {
      firstAt = clock() + delayMs;
      timer = setTimeout(measure, delayMs);
    },
    stop: () => clearTimeout(timer),
  };
}

/** However the clock jumps, a device does not spin. */
const minSleepMs = 100;
