import { randomBytes } from 'node:crypto';
import { Counter, Gauge } from 'prom-client';
import type { Device, ReportedStatus } from '../../../broker/contract/device.ts';
import { type DeviceKey, deviceKey } from '../../../broker/contract/ids.ts';
import type { LiveReadings } from '../../../broker/contract/live.ts';
import type { MetricName } from '../../../broker/contract/metrics.ts';
import { qualityFlags } from '../../../broker/contract/quality.ts';
import type { JudgedReading } from '../../../broker/contract/reading.ts';
import type { RegistryChange } from '../../../broker/contract/registry.ts';
import type { ApiDeps } from '../context.ts';
import { apiLimits } from '../limits.ts';
import { RecencyList, type Recent } from './recency-list.ts';

/** The newest reading of one series: numbers that are written in place, see {@link LiveDevice.seenAt}. */
export interface Slot extends Recent<Slot> {
  /** Small, never used again within an epoch. */
  readonly id: number;
  readonly owner: LiveDevice;
  readonly metric: MetricName;
  /** Event time, epoch ms UTC. */
  at: number;
  value: number;
  /** QARTOD primary flag as judged at arrival. */
  flag: number;
  /** When streams must be told of the series (again): it is new, or others may see its device now. */
  addedSeq: number;
}

/** A device as streams know it. */
export interface LiveDevice extends Recent<LiveDevice> {
  readonly key: DeviceKey;
  /** Its description; the last one where it is deleted; undefined where readings came before it. */
  description: Device | undefined;
  isDeleted: boolean;
  readonly slots: Map<MetricName, Slot>;
  /**
   * Arrival of its last message, epoch ms UTC; after a start, the event time of its newest reading; see
   * {@link lastSeenAt}. Never undefined: a field of numbers alone is written in place, another one costs an object
   * that outlives its message.
   */
  seenAt: number;
  describedSeq: number;
  statusSeq: number;
  deletedSeq: number;
  /** When it stopped to be public, by its description or by being deleted. */
  hiddenSeq: number;
}

type StateDeps = Pick<ApiDeps, 'registry' | 'store' | 'feed' | 'clock' | 'metrics' | 'log'>;

/** Before the first message. */
const never = Number.NEGATIVE_INFINITY;

/** When the device was last heard of, see {@link LiveDevice.seenAt}. */
export function lastSeenAt(device: LiveDevice | undefined): number | undefined {
  return device && device.seenAt > never ? device.seenAt : undefined;
}

/**
 * The newest state of everything, in memory: what `latest`, the lists of devices and the live streams
 * show. It holds one subscription to the feed and one to the registry, however many people look on.
 *
 * Each change raises `seq` and marks what changed with it; what changed since any earlier point can
 * therefore be told without keeping a history.
 */
export class LiveState {
  /** Names this run: ids and seq mean nothing in another one. */
  readonly epoch = randomBytes(6).toString('hex');
  readonly #deps: StateDeps;
  readonly #devices = new Map<DeviceKey, LiveDevice>();
  readonly #slotOrder = new RecencyList<Slot>();
  readonly #deviceOrder = new RecencyList<LiveDevice>();
  /** Deleted devices, longest-deleted first. */
  readonly #tombstones = new Map<DeviceKey, LiveDevice>();
  readonly #leftOut: Counter;
  readonly #unsubscribe: (() => void)[] = [];
  #seq = 0;
  #slotCount = 0;
  #nextSlotId = 0;
  #resumableFrom = 0;
  #describedSeq = 0;
  #arrivals: number[] = [];

  constructor(deps: StateDeps) {
    this.#deps = deps;
    const registers = [deps.metrics];
    new Gauge({
      name: 'live_series',
      help: 'Series in the live state',
      registers,
      collect: measure(() => this.#slotCount),
    });
    this.#leftOut = new Counter({
      name: 'live_readings_left_out_total',
      help: 'Readings of new series that the full live state did not take',
      registers,
    });
  }

  /** Listens, then fills up from the store. @throws StoreUnavailable */
  async start(): Promise<void> {
    const { registry, feed, store, clock } = this.#deps;
    this.#unsubscribe.push(
      feed.onReadings((batch) => this.#take(batch)),
      registry.onChange((change) => this.#onChange(change)),
    );
    this.#seq += 1;
    for (const device of registry.devices()) {
      this.#device(deviceKey(device.provider, device.id)).description ??= device;
    }
    const now = clock();
    for (const { device: key, ...reading } of await store.latest()) {
      // The store keeps the history of deleted devices.
      if (!registry.device(key)) continue;
      const device = this.#device(key);
      this.#put(device, reading);
      device.seenAt = Math.max(device.seenAt, Math.min(reading.at, now));
    }
  }

  stop(): void {
    for (const unsubscribe of this.#unsubscribe.splice(0)) unsubscribe();
  }

  /** Rises with every change. */
  get seq(): number {
    return this.#seq;
  }

  /** Streams cannot resume from before this: what was deleted then is forgotten. */
  get resumableFrom(): number {
    return this.#resumableFrom;
  }

  /** When a device was last described or deleted: who may see what has not changed since. */
  get describedSeq(): number {
    return this.#describedSeq;
  }

  /** Arrivals of messages since the last call, the first of them; for measuring how soon they are on screens. */
  takeArrivals(): readonly number[] {
    const arrivals = this.#arrivals;
    if (arrivals.length > 0) this.#arrivals = [];
    return arrivals;
  }

  device(key: DeviceKey): LiveDevice | undefined {
    return this.#devices.get(key);
  }

  devices(): Iterable<LiveDevice> {
    return this.#devices.values();
  }

  slotsSince(seq: number): Iterable<Slot> {
    return this.#slotOrder.since(seq);
  }

  /** Devices that were described, deleted, hidden, or reported a status after `seq`. */
  devicesSince(seq: number): Iterable<LiveDevice> {
    return this.#deviceOrder.since(seq);
  }

  reportedStatus(key: DeviceKey): ReportedStatus | undefined {
    return this.#deps.registry.reportedStatus(key);
  }

  #take(batch: readonly LiveReadings[]): void {
    this.#seq += 1;
    // All of them first: memory is asked for many at a time, where each by itself would be waited for.
    const devices = batch.map(({ device }) => this.#device(device));
    for (const [index, { receivedAt, readings }] of batch.entries()) {
      const device = devices[index] as LiveDevice;
      // A straggler of a device that was deleted meanwhile.
      if (device.isDeleted) continue;
      if (this.#arrivals.length < apiLimits.liveArrivalsMax) this.#arrivals.push(receivedAt);
      device.seenAt = Math.max(device.seenAt, receivedAt);
      for (const reading of readings) this.#put(device, reading);
    }
  }

  #put(device: LiveDevice, { metric, at, value, flag }: JudgedReading): void {
    const slot = device.slots.get(metric) ?? this.#addSlot(device, metric);
    // What is older than what is shown is history; of the same instant, the last value stands.
    if (!slot || at < slot.at) return;
    slot.at = at;
    slot.value = value;
    slot.flag = flag;
    this.#slotOrder.touch(slot, this.#seq);
  }

  #addSlot(owner: LiveDevice, metric: MetricName): Slot | undefined {
    if (this.#slotCount >= apiLimits.liveSlotsMax) {
      this.#leftOut.inc();
      return undefined;
    }
    const seqs = { changedSeq: this.#seq, addedSeq: this.#seq };
    const links = { older: undefined, newer: undefined };
    const id = this.#nextSlotId++;
    const slot: Slot = {
      id,
      owner,
      metric,
      at: Number.NEGATIVE_INFINITY,
      value: Number.NaN,
      flag: qualityFlags.notEvaluated,
      ...seqs,
      ...links,
    };
    owner.slots.set(metric, slot);
    this.#slotCount += 1;
    return slot;
  }

  #device(key: DeviceKey): LiveDevice {
    const known = this.#devices.get(key) ?? this.#tombstones.get(key);
    if (known) return known;
    const device: LiveDevice = {
      key,
      description: undefined,
      isDeleted: false,
      slots: new Map(),
      seenAt: never,
      describedSeq: 0,
      statusSeq: 0,
      deletedSeq: 0,
      hiddenSeq: 0,
      changedSeq: 0,
      older: undefined,
      newer: undefined,
    };
    this.#devices.set(key, device);
    return device;
  }

  #onChange(change: RegistryChange): void {
    if (change.kind !== 'device' && change.kind !== 'status') return;
    this.#seq += 1;
    const device = this.#device(change.key);
    if (change.kind === 'device') this.#describedSeq = this.#seq;
    if (change.kind === 'status') {
      if (device.isDeleted) return;
      device.statusSeq = this.#seq;
      // An `offline` is mostly the broker's word, by the device's will: not a sign of life.
      if (change.status.online) {
        device.seenAt = Math.max(device.seenAt, change.status.at);
      }
    } else if (change.device) this.#describe(device, change.device);
    else this.#delete(device);
    this.#deviceOrder.touch(device, this.#seq);
  }

  #describe(device: LiveDevice, description: Device): void {
    const before = device.isDeleted ? undefined : device.description;
    device.description = description;
    device.describedSeq = this.#seq;
    if (device.isDeleted) {
      device.isDeleted = false;
      this.#tombstones.delete(device.key);
      this.#devices.set(device.key, device);
    }
    if (before?.public === description.public) return;
    if (before?.public) device.hiddenSeq = this.#seq;
    // Some streams may see the series for the first time now.
    for (const slot of device.slots.values()) {
      slot.addedSeq = this.#seq;
      this.#slotOrder.touch(slot, this.#seq);
    }
  }

  #delete(device: LiveDevice): void {
    if (device.isDeleted) return;
    device.isDeleted = true;
    device.deletedSeq = this.#seq;
    if (device.description?.public) device.hiddenSeq = this.#seq;
    device.seenAt = never;
    for (const slot of device.slots.values()) this.#slotOrder.remove(slot);
    this.#slotCount -= device.slots.size;
    device.slots.clear();
    this.#devices.delete(device.key);
    this.#tombstones.set(device.key, device);
    if (this.#tombstones.size > apiLimits.liveTombstonesMax) this.#forgetOldestTombstone();
  }

  #forgetOldestTombstone(): void {
    for (const [key, device] of this.#tombstones) {
      this.#resumableFrom = device.deletedSeq;
      this.#deviceOrder.remove(device);
      this.#tombstones.delete(key);
      return;
    }
  }
}

/** A gauge that is read when it is asked for. */
function measure(read: () => number): (this: Gauge) => void {
  return function collect(this: Gauge) {
    this.set(read());
  };
}
