import { type CommandAck, CommandMessage, CommandRequest } from '../broker/contract/commands.ts';
import type { PlannedDevice } from './fleet.ts';
import type { LampOverride } from './sensors/light.ts';
import { createSteeredLamp } from './sensors/light.ts';
import { createSensor } from './sensors/registry.ts';
import type { Sensor } from './sensors/sensor.ts';
import type { World } from './sensors/world.ts';

/** A device that measures, and does what it is told. */
export interface Controller {
  /** What it measures; of a lamp, as it was told last. */
  sensor: Sensor;
  /** Takes a message of its command topic. Undefined: nothing is answered (it is too old, or no command). */
  take(payload: string, at: number): Obedience | undefined;
}

export interface Obedience {
  ack: CommandAck;
  /** What it measures is another now: worth a reading at once. */
  hasChanged: boolean;
}

/** What was done is remembered for so many commands, so that none is done twice. */
const doneMax = 100;

/** A lamp obeys; anything else answers a ping and says that it cannot do more. */
export function createController(plan: PlannedDevice, world: World): Controller {
  const { sensor, steer } = plan.sensor === 'lamp' ? steeredLamp(plan, world) : fixed(plan, world);
  const done = new Map<string, CommandAck>();

  return {
    sensor,
    take: (payload, at) => {
      const message = parse(payload);
      if (!message) return undefined;
      const before = done.get(message.id);
      if (before) return { ack: before, hasChanged: false };
      if (message.expiresAt <= at) return undefined;
      const { command, args } = message;
      const request = CommandRequest.safeParse({ command, args }).data;
      const fault = request ? steer(request, at) : `${command} is not understood`;
      const { id } = message;
      const ack = fault === undefined ? { id, ok: true } : { id, ok: false, message: fault };
      done.set(id, ack);
      if (done.size > doneMax) done.delete(done.keys().next().value ?? '');
      return { ack, hasChanged: fault === undefined && request?.command !== 'ping' };
    },
  };
}

/** Does what is asked, or says why not. */
type Steer = (request: CommandRequest, at: number) => string | undefined;

function fixed(plan: PlannedDevice, world: World): { sensor: Sensor; steer: Steer } {
  return {
    sensor: createSensor(plan.sensor, plan.site, world),
    steer: ({ command }) =>
      command === 'ping' ? undefined : `${plan.model} has nothing to ${command}`,
  };
}

function steeredLamp({ site }: PlannedDevice, world: World): { sensor: Sensor; steer: Steer } {
  const lamp = createSteeredLamp(site, world);
  let override: LampOverride | undefined;
  return {
    sensor: (at) => lamp.read(at, override),
    steer: (request, at) => {
      if (request.command === 'ping') return undefined;
      const dim = dimOf(request);
      if (dim !== undefined && dim > 0 && lamp.isBroken(at)) return 'the lamp has failed';
      override = lamp.told(override, dim, at);
      return undefined;
    },
  };
}

/** Share of full light; undefined: as the calendar says. */
function dimOf(request: CommandRequest): number | undefined {
  if (request.command === 'dim') return request.args.level / 100;
  if (request.command === 'switch') return request.args.on ? 1 : 0;
  return undefined;
}

function parse(payload: string): CommandMessage | undefined {
  try {
    return CommandMessage.safeParse(JSON.parse(payload)).data;
  } catch {
    return undefined;
  }
}
