import { createHash } from 'node:crypto';
import type { z } from 'zod';
import type { DeviceKey } from '../../../broker/contract/ids.ts';
import type { ValuesFrame } from '../../../broker/contract/live.ts';
import type { Audience } from '../access.ts';
import type { LiveDevice, LiveState, Slot } from './live-state.ts';

type Values = z.infer<typeof ValuesFrame>;

/**
 * The epoch of an audience's streams. Audiences differ in what they may see, so an id of one does not
 * resume the stream of another: who signs in gets a snapshot.
 */
export function epochOf(state: LiveState, audience: Audience): string {
  return createHash('sha256').update(`${state.epoch} ${audience.id}`).digest('hex').slice(0, 12);
}

/** All that an audience may see. */
export function snapshot(state: LiveState, audience: Audience, now: number): Values {
  const frame = new FrameBuilder(now);
  for (const device of state.devices()) {
    if (!isVisible(device, audience)) continue;
    for (const slot of device.slots.values()) frame.add(slot);
    frame.status(device, state);
  }
  return frame.build(state, audience);
}

/** What changed for an audience since `seq`, or undefined when nothing did. */
export function delta(
  state: LiveState,
  audience: Audience,
  { since, now }: { since: number; now: number },
): Values | undefined {
  const frame = new FrameBuilder(now);
  for (const slot of state.slotsSince(since)) {
    if (!isVisible(slot.owner, audience)) continue;
    if (slot.addedSeq > since) frame.add(slot);
    else frame.value(slot);
  }
  for (const device of state.devicesSince(since)) {
    if (!isVisible(device, audience)) {
      if (wasVisible(device, audience, since)) frame.removed(device.key);
      continue;
    }
    if (device.describedSeq > since) frame.changed(device.key);
    if (device.statusSeq > since || device.describedSeq > since) frame.status(device, state);
  }
  return frame.isEmpty ? undefined : frame.build(state, audience);
}

function isVisible({ description, isDeleted }: LiveDevice, audience: Audience): boolean {
  return description !== undefined && !isDeleted && audience.sees(description);
}

/** Whether the audience could see the device after `since`, before it was deleted or hidden. */
function wasVisible(device: LiveDevice, audience: Audience, since: number): boolean {
  const { description, deletedSeq, hiddenSeq } = device;
  if (!description) return false;
  if (deletedSeq > since && audience.sees(description)) return true;
  return hiddenSeq > since && audience.sees({ ...description, public: true });
}

class FrameBuilder {
  readonly #now: number;
  readonly #added = { series: [] as number[], device: [] as DeviceKey[], metric: [] as string[] };
  readonly #values = {
    series: [] as number[],
    age: [] as number[],
    value: [] as number[],
    flag: [] as number[],
  };
  readonly #status = { device: [] as DeviceKey[], online: [] as boolean[], age: [] as number[] };
  readonly #devices = { changed: [] as DeviceKey[], removed: [] as DeviceKey[] };

  constructor(now: number) {
    this.#now = now;
  }

  add(slot: Slot): void {
    this.#added.series.push(slot.id);
    this.#added.device.push(slot.owner.key);
    this.#added.metric.push(slot.metric);
    this.value(slot);
  }

  value(slot: Slot): void {
    this.#values.series.push(slot.id);
    this.#values.age.push(this.#now - slot.at);
    this.#values.value.push(slot.value);
    this.#values.flag.push(slot.flag);
  }

  status({ key }: LiveDevice, state: LiveState): void {
    const reported = state.reportedStatus(key);
    if (!reported) return;
    this.#status.device.push(key);
    this.#status.online.push(reported.online);
    this.#status.age.push(this.#now - reported.at);
  }

  changed(key: DeviceKey): void {
    this.#devices.changed.push(key);
  }

  removed(key: DeviceKey): void {
    this.#devices.removed.push(key);
  }

  get isEmpty(): boolean {
    const { changed, removed } = this.#devices;
    const count = this.#values.series.length + this.#status.device.length;
    return count + changed.length + removed.length === 0;
  }

  build(state: LiveState, audience: Audience): Values {
    const { changed, removed } = this.#devices;
    return {
      epoch: epochOf(state, audience),
      seq: state.seq,
      now: this.#now,
      ...(this.#added.series.length > 0 ? { added: this.#added } : {}),
      values: this.#values,
      ...(this.#status.device.length > 0 ? { status: this.#status } : {}),
      ...(changed.length + removed.length > 0 ? { devices: this.#devices } : {}),
    };
  }
}
