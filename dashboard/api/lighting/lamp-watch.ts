import { type Device, expectedIntervalMs } from '../../../broker/contract/device.ts';
import { type DeviceKey, deviceKey } from '../../../broker/contract/ids.ts';
import type { LampContext } from '../../../ingest/domain/light/lamp-facts.ts';
import {
  followLamp,
  type LampMemory,
  recallLamp,
} from '../../../ingest/domain/light/lamp-memory.ts';
import { sunElevation } from '../../../ingest/domain/light/sun.ts';
import type { Context } from '../context.ts';
import type { LiveDevice } from '../live/live-state.ts';
import { watchKind } from '../watch-kind.ts';

/** Follows every lamp by its messages, so that a state is confirmed and has its beginning. In memory only. */
export class LampWatch {
  readonly #context: Context;
  readonly #memories = new Map<DeviceKey, LampMemory>();

  constructor(context: Context) {
    this.#context = context;
  }

  /** Begins to listen; gives the way to stop. */
  start(): () => void {
    return watchKind(this.#context, 'light', {
      onReadings: (device, live, at) => {
        const before = this.#memories.get(live.key);
        const context = contextOf(device, at);
        const memory = before
          ? followLamp(before, live.slots, context)
          : recallLamp(live.slots, context);
        this.#memories.set(live.key, memory);
      },
      onGone: (key) => this.#memories.delete(key),
    });
  }

  /** How a lamp stands now. What is only looked at is not remembered: its next message may be of a moment ago. */
  now(device: Device, at: number): LampMemory {
    const key = deviceKey(device.provider, device.id);
    const slots: LiveDevice['slots'] = this.#context.state.device(key)?.slots ?? new Map();
    const before = this.#memories.get(key);
    const context = contextOf(device, at);
    if (before) return followLamp(before, slots, context);
    const memory = recallLamp(slots, context);
    // The first look is where memory begins, for lamps that have not said anything since the start.
    const newestAt = newestOf(slots);
    if (newestAt !== undefined) this.#memories.set(key, { ...memory, at: newestAt });
    return memory;
  }
}

function newestOf(slots: LiveDevice['slots']): number | undefined {
  const instants = [...slots.values()].map(({ at }) => at);
  return instants.length > 0 ? Math.max(...instants) : undefined;
}

export function contextOf(device: Device, at: number): LampContext {
  const { lamp, location } = device;
  return {
    at,
    intervalMs: expectedIntervalMs(device),
    lamp,
    sunDeg: location ? sunElevation(at, location) : null,
  };
}
