import { type Device, expectedIntervalMs } from '../../../broker/contract/device.ts';
import { type DeviceKey, deviceKey } from '../../../broker/contract/ids.ts';
import type { LampContext } from '../../../ingest/domain/light/lamp-facts.ts';
import {
  followLamp,
  type LampMemory,
  recallLamp,
} from '../../../ingest/domain/light/lamp-memory.ts';
import { sunElevation } from '../../../ingest/domain/light/sun.ts';
import { SunMemory } from '../../../ingest/domain/light/sun-memory.ts';
import type { Context } from '../context.ts';
import type { LiveDevice } from '../live/live-state.ts';
import { watchKind } from '../watch-kind.ts';

interface Followed {
  memory: LampMemory;
  sun: SunMemory;
}

/** Follows every lamp by its messages, so that a state is confirmed and has its beginning. In memory only. */
export class LampWatch {
  readonly #context: Context;
  readonly #lamps = new Map<DeviceKey, Followed>();

  constructor(context: Context) {
    this.#context = context;
  }

  /** Begins to listen; gives the way to stop. */
  start(): () => void {
    return watchKind(this.#context, 'light', {
      onReadings: (device, live, at) => {
        const known = this.#lamps.get(live.key);
        if (known)
          known.memory = followLamp(known.memory, live.slots, contextOf(device, at, known.sun));
        else this.#remember(live.key, recallLamp(live.slots, contextOf(device, at)));
      },
      onGone: (key) => this.#lamps.delete(key),
    });
  }

  /** How a lamp stands now. What is only looked at is not remembered: its next message may be of a moment ago. */
  now(device: Device, at: number): LampMemory {
    const key = deviceKey(device.provider, device.id);
    const slots: LiveDevice['slots'] = this.#context.state.device(key)?.slots ?? new Map();
    const known = this.#lamps.get(key);
    const context = contextOf(device, at, known?.sun);
    if (known) return followLamp(known.memory, slots, context);
    const memory = recallLamp(slots, context);
    // The first look is where memory begins, for lamps that have not said anything since the start.
    const newestAt = newestOf(slots);
    if (newestAt !== undefined) this.#remember(key, { ...memory, at: newestAt });
    return memory;
  }

  #remember(key: DeviceKey, memory: LampMemory): void {
    this.#lamps.set(key, { memory, sun: new SunMemory() });
  }
}

function newestOf(slots: LiveDevice['slots']): number | undefined {
  const instants = [...slots.values()].map(({ at }) => at);
  return instants.length > 0 ? Math.max(...instants) : undefined;
}

/** `sun`: what is remembered of it where the lamp is; without it, the elevation is as exact as it gets. */
export function contextOf(device: Device, at: number, sun?: SunMemory): LampContext {
  const sunDeg = sunDegOf(device, at, sun);
  return { at, intervalMs: expectedIntervalMs(device), lamp: device.lamp, sunDeg };
}

function sunDegOf(
  { location, lamp }: Device,
  at: number,
  sun: SunMemory | undefined,
): number | null {
  if (!location) return null;
  return sun ? sun.sideOf(at, location, lamp) : sunElevation(at, location);
}
