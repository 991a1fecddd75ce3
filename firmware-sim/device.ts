import { commandsTopic, readingsTopic } from '../broker/contract/topics.ts';
import type { Encoder } from './encode/encoder.ts';
import type { PlannedDevice } from './fleet.ts';
import type { Link } from './link.ts';
import type { Controller } from './obey.ts';
import { unit } from './random.ts';
import type { Supply } from './sensors/cabinet.ts';
import type { Sample } from './sensors/sensor.ts';

export interface DeviceParts {
  plan: PlannedDevice;
  controller: Controller;
  encoder: Encoder;
  link: Link;
  /** Its mains, which may be gone; without: it has a battery or never loses them. */
  supply?: Supply | undefined;
}

export interface DeviceDeps {
  clock: () => number;
  /** Called when the broker has answered for a sample. */
  onAck?: ((device: PlannedDevice, sample: Sample) => void) | undefined;
}

/** A device that runs: measures, encodes, publishes, sleeps, and does what it is told. */
export interface SimulatedDevice {
  /** Starts to publish, first after `delayMs`. */
  start(delayMs: number): void;
  /** Takes a message of its command topic; answers it, and shows by a reading at once what has changed. */
  take(payload: string): void;
  stop(): void;
}

/** Share of the interval by which a message may come early or late. */
const jitterShare = 0.04;

/**
 * Publishes about every `intervalMs`; what the clock jumps over is left out, not made up for. When its mains go
 * it sends a last reading and falls silent until they are back.
 */
export function createDevice(parts: DeviceParts, { clock, onAck }: DeviceDeps): SimulatedDevice {
  const { plan, controller, encoder, link, supply } = parts;
  const topic = readingsTopic(plan.key);
  let timer: NodeJS.Timeout | undefined;
  let firstAt = 0;
  let turn = 0;
  let lastAt = 0;
  let isDark = false;

  const publish = (now: number) => {
    // Two readings of one instant would be one to the store.
    lastAt = Math.max(now, lastAt + 1);
    const sample: Sample = { at: lastAt, values: controller.sensor(lastAt) };
    link.publish(topic, encoder.encode(sample, plan), onAck && (() => onAck(plan, sample)));
  };
  const measure = () => {
    const at = clock();
    const hadPower = !isDark;
    isDark = supply?.isOut(at) ?? false;
    if (isDark && hadPower) link.lose();
    if (!isDark && !hadPower) link.regain();
    if (!isDark || hadPower) publish(at);
    sleep(at);
  };
  const sleep = (now: number) => {
    turn = Math.max(turn + 1, Math.floor((now - firstAt) / plan.intervalMs));
    const jitter = (2 * unit(plan.site.seed, turn) - 1) * jitterShare;
    const dueAt = Math.min(
      firstAt + (turn + jitter) * plan.intervalMs,
      supply?.nextChangeAt(now) ?? Number.POSITIVE_INFINITY,
    );
    timer = setTimeout(measure, Math.max(minSleepMs, dueAt - now));
  };

  return {
    start: (delayMs) => {
      firstAt = clock() + delayMs;
      timer = setTimeout(measure, delayMs);
    },
    take: (payload) => {
      const now = clock();
      if (isDark) return;
      const obedience = controller.take(payload, now);
      if (!obedience) return;
      link.answer(`${commandsTopic(plan.key)}/ack`, JSON.stringify(obedience.ack));
      if (obedience.hasChanged) publish(now);
    },
    stop: () => clearTimeout(timer),
  };
}

/** However the clock jumps, a device does not spin. */
const minSleepMs = 100;
