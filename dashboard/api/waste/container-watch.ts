import { type Device, expectedIntervalMs } from '../../../broker/contract/device.ts';
import { type DeviceKey, deviceKey } from '../../../broker/contract/ids.ts';
import type { ContainerEvent } from '../../../broker/contract/waste.ts';
import type { ContainerContext } from '../../../ingest/domain/waste/container-facts.ts';
import {
  type ContainerMemory,
  followContainer,
} from '../../../ingest/domain/waste/container-memory.ts';
import type { Context } from '../context.ts';
import type { LiveDevice } from '../live/live-state.ts';
import { watchKind } from '../watch-kind.ts';

/** Follows every container by its messages: levels with hysteresis, rises of temperature, time on its side. */
export class ContainerWatch {
  readonly #context: Context;
  readonly #memories = new Map<DeviceKey, ContainerMemory>();
  /** The newest event of each container since this process began. */
  readonly #events = new Map<DeviceKey, ContainerEvent>();

  constructor(context: Context) {
    this.#context = context;
  }

  /** Begins to listen; gives the way to stop. */
  start(): () => void {
    return watchKind(this.#context, 'waste', {
      onReadings: (device, live, at) => this.#follow(device, live.slots, at),
      onGone: (key) => {
        this.#memories.delete(key);
        this.#events.delete(key);
      },
    });
  }

  /** How a container stands now. What is only looked at is not remembered: its next message may be of a moment ago. */
  now(device: Device, at: number): ContainerMemory {
    const key = deviceKey(device.provider, device.id);
    const slots: LiveDevice['slots'] = this.#context.state.device(key)?.slots ?? new Map();
    return followContainer(this.#memories.get(key), slots, contextOf(device, at)).memory;
  }

  /** What happened to it last, as far as this process has seen it. */
  newestEvent(key: DeviceKey): ContainerEvent | undefined {
    return this.#events.get(key);
  }

  #follow(device: Device, slots: LiveDevice['slots'], at: number): void {
    const key = deviceKey(device.provider, device.id);
    const context = contextOf(device, at);
    const { memory, events } = followContainer(this.#memories.get(key), slots, context);
    this.#memories.set(key, memory);
    const newest = events.at(-1);
    if (newest) this.#events.set(key, newest);
  }
}

export function contextOf(device: Device, at: number): ContainerContext {
  return { at, intervalMs: expectedIntervalMs(device), container: device.container };
}
