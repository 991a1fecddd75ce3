import type { Logger } from 'pino';
import type { DeviceKey } from '../broker/contract/ids.ts';
import { concurrently } from './concurrently.ts';
import type { SimulatedDevice } from './device.ts';
import { createDevice } from './device.ts';
import { encoderOf } from './encode/registry.ts';
import type { PlannedDevice } from './fleet.ts';
import { createLink } from './library-link.ts';
import type { Link } from './link.ts';
import { createController } from './obey.ts';
import { unit } from './random.ts';
import { supplyOf } from './sensors/light.ts';
import type { Sample } from './sensors/sensor.ts';
import type { World } from './sensors/world.ts';
import type { Tally } from './tally.ts';

/** How a device of a provider signs in; undefined = without. */
export type SignIn = (provider: string) => { username: string; password: string } | undefined;

export interface FleetConfig {
  mqttUrl: string;
  /** 1: each device has its own connection and last will. More: fewer connections, no wills. */
  devicesPerConnection: number;
  signIn: SignIn;
}

export interface FleetDeps {
  clock: () => number;
  log: Logger;
  tally: Tally;
  world: World;
  onAck?: (device: PlannedDevice, sample: Sample) => void;
}

/** A fleet that is connected and publishes. */
export interface Fleet {
  /** Connects all, some at a time; each begins to publish as soon as it is connected. @throws LinkRefused */
  start(): Promise<void>;
  /** Connections that stand now. */
  connected(): number;
  readonly connections: number;
  stop(): Promise<void>;
}

/** Connections that are opened or closed at the same time. */
const connectingMax = 24;
/** A device publishes first within this time, so that a new screen fills soon; larger fleets take 1 ms a device. */
const firstWithinMs = 8_000;

export function createFleet(
  devices: readonly PlannedDevice[],
  config: FleetConfig,
  deps: FleetDeps,
): Fleet {
  const groups = groupsOf(devices, config.devicesPerConnection);
  const running: { link: Link; members: ReadonlyMap<DeviceKey, SimulatedDevice> }[] = [];
  const spreadMs = Math.max(firstWithinMs, devices.length);
  let stopped = false;

  const run = async (group: readonly PlannedDevice[]) => {
    const [first] = group;
    if (!first || stopped) return;
    const members = new Map<DeviceKey, SimulatedDevice>();
    const link = createLink(
      {
        url: config.mqttUrl,
        clientId: `sim-${first.provider}-${first.id}`,
        seed: first.site.seed,
        devices: group.map(({ key }) => key),
        onCommand: (device, payload) => members.get(device)?.take(payload),
        ...config.signIn(first.provider),
      },
      deps.tally,
    );
    running.push({ link, members });
    await link.start();
    for (const plan of stopped ? [] : group) {
      const controller = createController(plan, deps.world);
      const encoder = encoderOf(plan.encoding);
      const supply = supplyOf(plan.site, deps.world);
      const device = createDevice({ plan, controller, encoder, link, supply }, deps);
      members.set(plan.key, device);
      device.start(unit(plan.site.seed, 71) * Math.min(plan.intervalMs, spreadMs));
    }
  };

  return {
    connections: groups.length,
    connected: () => running.reduce((sum, { link }) => sum + (link.connected ? 1 : 0), 0),
    start: async () => {
      await concurrently(groups, connectingMax, run);
      deps.log.info({ connections: groups.length, devices: devices.length }, 'fleet is connected');
    },
    stop: async () => {
      stopped = true;
      for (const { members } of running) for (const member of members.values()) member.stop();
      await concurrently(running, connectingMax, ({ link }) => link.stop());
    },
  };
}

/** Devices that share a connection share its account, so they are of one provider. */
export function groupsOf(devices: readonly PlannedDevice[], size: number): PlannedDevice[][] {
  const open = new Map<string, PlannedDevice[]>();
  const groups: PlannedDevice[][] = [];
  for (const device of devices) {
    let group = open.get(device.provider);
    if (!group || group.length >= size) {
      group = [];
      open.set(device.provider, group);
      groups.push(group);
    }
    group.push(device);
  }
  return groups;
}
