import { readingsTopic } from '../broker/contract/topics.ts';
import { encoderOf } from './encode/registry.ts';
import type { PlannedDevice } from './fleet.ts';
import { createLink } from './library-link.ts';
import type { Link } from './link.ts';
import { unit } from './random.ts';
import type { SignIn } from './run-fleet.ts';
import { createSensor } from './sensors/registry.ts';
import type { Sample, Sensor } from './sensors/sensor.ts';
import type { World } from './sensors/world.ts';
import type { Tally } from './tally.ts';

export interface HistoryConfig {
  mqttUrl: string;
  signIn: SignIn;
  /** Half-open `[fromAt, toAt)`, epoch ms. */
  fromAt: number;
  toAt: number;
  /** Time between samples at the most; a device that is expected oftener gets more, so that no gap shows. */
  stepMs: number;
  /** A gentle pace: what runs beside it stays live. */
  messagesPerSecondMax: number;
}

/** A message on its way into the past. */
export interface HistoryMessage {
  topic: string;
  payload: string;
}

/** Samples of one message at the usual step, about 12 KB; a device that sends oftener has more. */
export const samplesPerMessageMax = 100;
/** Messages without an answer; the next one waits. */
const inFlightMax = 8;

/**
 * Sends what the devices would have sent since `fromAt`, through the real path: one connection for each
 * provider, many samples a message, newest first so that the end of a chart is there first. Instants lie on
 * a fixed grid: sending the same span again changes nothing in the store.
 *
 * @returns when all is acknowledged, or `signal` aborted
 * @throws LinkRefused
 */
export async function sendHistory(
  devices: readonly PlannedDevice[],
  config: HistoryConfig,
  deps: { tally: Tally; world: World; signal: AbortSignal },
): Promise<void> {
  const links = new Map<string, Link>();
  try {
    for (const provider of new Set(devices.map((device) => device.provider))) {
      const link = createLink(
        {
          url: config.mqttUrl,
          clientId: `sim-history-${provider}`,
          seed: 0,
          devices: [],
          ...config.signIn(provider),
        },
        deps.tally,
      );
      links.set(provider, link);
      await link.start();
    }
    await sendAll(devices, links, config, deps);
  } finally {
    await Promise.all([...links.values()].map((link) => link.stop()));
  }
}

async function sendAll(
  devices: readonly PlannedDevice[],
  links: ReadonlyMap<string, Link>,
  config: HistoryConfig,
  { world, signal }: { world: World; signal: AbortSignal },
): Promise<void> {
  const runs = devices.map((device) => ({
    device,
    link: links.get(device.provider),
    sensor: createSensor(device.sensor, device.site, world),
  }));
  const messageMs = config.stepMs * samplesPerMessageMax;
  for (let toAt = config.toAt; toAt > config.fromAt; toAt -= messageMs) {
    const span = { fromAt: Math.max(config.fromAt, toAt - messageMs), toAt };
    for (const { device, sensor, link } of runs) {
      const stepMs = Math.min(config.stepMs, historyStepMs(device));
      const message = historyMessage(device, sensor, { ...span, stepMs });
      if (!message || !link) continue;
      while (!signal.aborted && (!link.connected || link.inFlight >= inFlightMax)) await pause(20);
      if (signal.aborted) return;
      link.publish(message.topic, message.payload);
      await pause(1000 / config.messagesPerSecondMax);
    }
  }
  for (const { link } of runs) while (!signal.aborted && link && link.inFlight > 0) await pause(20);
}

/**
 * As often as no gap shows; for air as often as devices send, since an hour of which less than three quarters is
 * covered does not count for indices and limits.
 */
export function historyStepMs({ kind, expectedIntervalMs }: PlannedDevice): number {
  return kind === 'air' ? expectedIntervalMs : 2 * expectedIntervalMs;
}

/** The samples of a device in `[fromAt, toAt)`; undefined when none falls into it, or its format has no time. */
export function historyMessage(
  device: PlannedDevice,
  sensor: Sensor,
  span: { fromAt: number; toAt: number; stepMs: number },
): HistoryMessage | undefined {
  const samples: Sample[] = [];
  const phaseMs = Math.floor(unit(device.site.seed, 81) * span.stepMs);
  const first = Math.ceil((span.fromAt - phaseMs) / span.stepMs);
  for (let at = first * span.stepMs + phaseMs; at < span.toAt; at += span.stepMs) {
    samples.push({ at, values: sensor(at) });
  }
  const payload = encoderOf(device.encoding).encodeBatch?.(samples, device);
  if (samples.length === 0 || payload === undefined) return undefined;
  return { topic: readingsTopic(device.key), payload };
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, ms);
  });
}
