import type { ReportedStatus } from '../../../broker/contract/device.ts';
import type { DeviceKey } from '../../../broker/contract/ids.ts';
import type { ValuesFrame } from '../../../broker/contract/live.ts';
import { qualityFlags } from '../../../broker/contract/quality.ts';

const { notEvaluated } = qualityFlags;

/** The newest value of one series. */
export interface Slot {
  readonly series: number;
  readonly device: DeviceKey;
  readonly metric: string;
  /** Event time, epoch ms UTC. */
  at: number;
  value: number;
  /** QARTOD primary flag, as judged at arrival. */
  flag: number;
}

/** What a frame changed. */
export interface Change {
  devices: ReadonlySet<DeviceKey>;
  /** Slots with a new value; the same objects stay in use. */
  slots: readonly Slot[];
  /** Devices whose description must be read again. */
  described: readonly DeviceKey[];
  removed: readonly DeviceKey[];
}

/** A frame spoke of a series that nobody introduced, or of another epoch: start over with a snapshot. */
export class OutOfStep extends Error {
  readonly code = 'live-out-of-step';
}

/**
 * The newest value of every series, as the live stream tells it. Plain maps on purpose: thousands of
 * values change a second and only what is on the screen may cost anything. Bounded by the number of
 * series that the server has.
 */
export class LiveTable {
  epoch = '';
  seq = 0;
  /** Server clock of the newest frame, epoch ms. */
  now = 0;
  #slots: (Slot | undefined)[] = [];
  readonly #byDevice = new Map<DeviceKey, Map<string, Slot>>();
  readonly #reported = new Map<DeviceKey, ReportedStatus>();
  readonly #seenAt = new Map<DeviceKey, number>();

  /** Replaces all that is known. */
  applySnapshot(frame: ValuesFrame): Change {
    this.#slots = [];
    this.#byDevice.clear();
    this.#reported.clear();
    this.epoch = frame.epoch;
    return this.#merge(frame, 'event');
  }

  /**
   * Merges what changed. `seenBy` tells where a device's last sign of life is taken from: its values'
   * own time after a pause of the stream, the frame's time while the stream runs.
   * @throws OutOfStep
   */
  applyDelta(frame: ValuesFrame, seenBy: 'event' | 'frame'): Change {
    if (frame.epoch !== this.epoch) throw new OutOfStep(`epoch ${frame.epoch}`);
    return this.#merge(frame, seenBy);
  }

  valueOf(device: DeviceKey, metric: string): Readonly<Slot> | undefined {
    return this.#byDevice.get(device)?.get(metric);
  }

  valuesOf(device: DeviceKey): readonly Readonly<Slot>[] {
    return [...(this.#byDevice.get(device)?.values() ?? [])];
  }

  reportedBy(device: DeviceKey): ReportedStatus | undefined {
    return this.#reported.get(device);
  }

  /** When the stream last brought something of a device, epoch ms of the server's clock. */
  seenAt(device: DeviceKey): number | undefined {
    return this.#seenAt.get(device);
  }

  /** All that is known as one frame, for another tab of this browser. */
  toSnapshot(): ValuesFrame {
    const slots = this.#slots.filter((slot) => slot !== undefined);
    const reported = [...this.#reported];
    const series = slots.map((slot) => slot.series);
    return {
      epoch: this.epoch,
      seq: this.seq,
      now: this.now,
      added: {
        series,
        device: slots.map((slot) => slot.device),
        metric: slots.map((slot) => slot.metric),
      },
      values: {
        series,
        age: slots.map((slot) => this.now - slot.at),
        value: slots.map((slot) => slot.value),
        flag: slots.map((slot) => slot.flag),
      },
      status: {
        device: reported.map(([device]) => device),
        online: reported.map(([, status]) => status.online),
        age: reported.map(([, status]) => this.now - status.at),
      },
    };
  }

  #merge(frame: ValuesFrame, seenBy: 'event' | 'frame'): Change {
    const devices = new Set<DeviceKey>();
    this.#introduce(frame);
    const slots = this.#setValues(frame, seenBy, devices);
    this.#setStatus(frame, devices);
    this.seq = frame.seq;
    this.now = frame.now;
    const described = frame.devices?.changed ?? [];
    return { devices, slots, described, removed: frame.devices?.removed ?? [] };
  }

  #introduce({ added }: ValuesFrame): void {
    for (const [index, series] of (added?.series ?? []).entries()) {
      const device = added?.device[index];
      const metric = added?.metric[index];
      if (device === undefined || metric === undefined) throw new OutOfStep('ragged columns');
      const slot: Slot = { series, device, metric, at: 0, value: Number.NaN, flag: notEvaluated };
      this.#slots[series] = slot;
      const ofDevice = this.#byDevice.get(device);
      if (ofDevice) ofDevice.set(metric, slot);
      else this.#byDevice.set(device, new Map([[metric, slot]]));
    }
  }

  #setValues(frame: ValuesFrame, seenBy: 'event' | 'frame', devices: Set<DeviceKey>): Slot[] {
    const { series, age, value, flag } = frame.values;
    const changed: Slot[] = [];
    for (let index = 0; index < series.length; index++) {
      const slot = this.#slots[series[index] ?? -1];
      if (!slot) throw new OutOfStep(`series ${series[index]}`);
      slot.at = frame.now - (age[index] ?? 0);
      slot.value = value[index] ?? Number.NaN;
      slot.flag = flag[index] ?? notEvaluated;
      changed.push(slot);
      devices.add(slot.device);
      // A clock that runs ahead must not make its device look alive for longer.
      const seenAt = seenBy === 'frame' ? frame.now : Math.min(slot.at, frame.now);
      const before = this.#seenAt.get(slot.device);
      if (before === undefined || seenAt > before) this.#seenAt.set(slot.device, seenAt);
    }
    return changed;
  }

  #setStatus({ status, now }: ValuesFrame, devices: Set<DeviceKey>): void {
    for (const [index, device] of (status?.device ?? []).entries()) {
      const online = status?.online[index] ?? true;
      this.#reported.set(device, { online, at: now - (status?.age[index] ?? 0) });
      devices.add(device);
    }
  }
}
