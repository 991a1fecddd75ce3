import { diagnosticsLimits } from '../../broker/contract/diagnostics.ts';
import type { DeviceKey } from '../../broker/contract/ids.ts';
import type { Fate } from '../journal/plain-messages.ts';

const { messagesPerDeviceMax } = diagnosticsLimits;

/** A message of four readings fits; what does not has a buffer of its own. */
const slotBytes = 320;
const slotsPerBlock = 4_096;
/** Beside it in the columns, and of a device: rounded up from heap snapshots. */
const slotOverheadBytes = 40;
const deviceBytes = 250;
const asideBytes = 150;
const none = -1;
const unknown: Fate = { isKept: undefined };

/** What only some messages have. */
export interface Aside {
  topic: string;
  dialect: string | undefined;
  /** As JSON: flat text of its own, where details may be slices that hold a whole payload. */
  rejections: string | undefined;
  rejectionCount: number;
  online: boolean | undefined;
}

/** Bytes that may be written, or read, from `at` on. Used again by the next call. */
export interface Room {
  bytes: Buffer;
  view: DataView;
  at: number;
}

/** The slots of a device's last messages: a ring, in which `count` of them up to `newest` are its own. */
export class DeviceTraces {
  readonly device: DeviceKey;
  count = 0;
  newest = 0;
  readonly slots: number[] = Array.from({ length: messagesPerDeviceMax }, () => none);

  constructor(device: DeviceKey) {
    this.device = device;
  }

  /** The slot of a message: 0 is the newest. */
  slot(age: number): number {
    return this.slots[(this.newest - age + messagesPerDeviceMax) % messagesPerDeviceMax] ?? none;
  }
}

/**
 * Where messages are remembered: slots of equal length in a few large blocks, so that a message costs a copy, and no
 * object that outlives it. At the bound the oldest message of all goes; a device has never more than its share.
 */
export class TraceMemory {
  readonly #bytesMax: number;
  readonly #byDevice = new Map<DeviceKey, DeviceTraces>();
  readonly #blocks: { bytes: Buffer; view: DataView }[] = [];
  #slotsMade = 0;
  readonly #freeSlots: number[] = [];
  /** By slot. */
  readonly #owners: DeviceTraces[] = [];
  readonly #fates: Fate[] = [];
  readonly #asides: (Aside | undefined)[] = [];
  readonly #ownBuffers: (Buffer | undefined)[] = [];
  #older = new Int32Array(0);
  #newer = new Int32Array(0);
  /** Of all, in the order of messages. */
  #oldest = none;
  #newest = none;
  #bytes = 0;
  readonly #room: Room = { bytes: Buffer.alloc(0), view: new DataView(new ArrayBuffer(0)), at: 0 };

  constructor(bytesMax: number) {
    this.#bytesMax = bytesMax;
  }

  /** What is held at the moment, as it counts against the bound. */
  get bytes(): number {
    return this.#bytes;
  }

  find(device: DeviceKey): DeviceTraces | undefined {
    return this.#byDevice.get(device);
  }

  /**
   * Makes room for a further message of a device, whose newest it is then. To be ended by {@link end}. `known`: what
   * was answered the last time, which saves a look-up as long as it is remembered.
   */
  begin(device: DeviceKey, known?: DeviceTraces): DeviceTraces {
    const traces = known && known.count > 0 ? known : this.#tracesOf(device);
    const isFull = traces.count === messagesPerDeviceMax;
    const slot = isFull ? traces.slot(traces.count - 1) : this.#takeSlot(traces);
    if (isFull) {
      this.#unlink(slot);
      this.#clear(slot);
    } else traces.count += 1;
    traces.newest = (traces.newest + 1) % messagesPerDeviceMax;
    traces.slots[traces.newest] = slot;
    this.#linkAsNewest(slot);
    return traces;
  }

  /** Says what becomes of a message and what is beside it, and holds the bound. */
  end(slot: number, fate: Fate, aside?: Aside): void {
    this.#fates[slot] = fate;
    if (aside) {
      this.#asides[slot] = aside;
      this.#bytes += bytesOf(aside);
    }
    while (this.#bytes > this.#bytesMax && this.#oldest !== this.#newest) this.#forgetOldest();
  }

  /** The slot's own bytes. */
  slot(slot: number): Room {
    const block = this.#blocks[Math.trunc(slot / slotsPerBlock)];
    if (!block) throw new Error(`there is no slot ${slot}`);
    const room = this.#room;
    room.bytes = block.bytes;
    room.view = block.view;
    room.at = (slot % slotsPerBlock) * slotBytes;
    return room;
  }

  /** Room for the content of a message behind its head: in the slot, or in a buffer of its own. */
  makeRoom(slot: number, headBytes: number, contentBytes: number): Room {
    if (headBytes + contentBytes > slotBytes) {
      this.#ownBuffers[slot] = Buffer.allocUnsafeSlow(contentBytes);
      this.#bytes += contentBytes;
    }
    return this.content(slot, headBytes);
  }

  content(slot: number, headBytes: number): Room {
    const room = this.slot(slot);
    room.at += headBytes;
    const own = this.#ownBuffers[slot];
    if (!own) return room;
    room.bytes = own;
    room.view = new DataView(own.buffer, own.byteOffset, own.length);
    room.at = 0;
    return room;
  }

  fate(slot: number): Fate {
    return this.#fates[slot] ?? unknown;
  }

  aside(slot: number): Aside | undefined {
    return this.#asides[slot];
  }

  #tracesOf(device: DeviceKey): DeviceTraces {
    const found = this.#byDevice.get(device);
    if (found) return found;
    const traces = new DeviceTraces(device);
    this.#byDevice.set(device, traces);
    this.#bytes += deviceBytes;
    return traces;
  }

  #takeSlot(owner: DeviceTraces): number {
    const slot = this.#freeSlots.pop() ?? this.#makeSlot();
    this.#owners[slot] = owner;
    this.#bytes += slotBytes + slotOverheadBytes;
    return slot;
  }

  #makeSlot(): number {
    const slot = this.#slotsMade++;
    if (slot % slotsPerBlock > 0) return slot;
    const bytes = Buffer.allocUnsafeSlow(slotsPerBlock * slotBytes);
    this.#blocks.push({ bytes, view: new DataView(bytes.buffer, 0, bytes.length) });
    this.#older = grown(this.#older);
    this.#newer = grown(this.#newer);
    return slot;
  }

  #forgetOldest(): void {
    const slot = this.#oldest;
    const owner = this.#owners[slot];
    this.#unlink(slot);
    this.#clear(slot);
    this.#fates[slot] = unknown;
    this.#freeSlots.push(slot);
    this.#bytes -= slotBytes + slotOverheadBytes;
    if (!owner) return;
    // The oldest of all is the oldest of its device.
    owner.count -= 1;
    if (owner.count > 0) return;
    this.#byDevice.delete(owner.device);
    this.#bytes -= deviceBytes;
  }

  /** Lets go of what is beside the slot. */
  #clear(slot: number): void {
    const [aside, own] = [this.#asides[slot], this.#ownBuffers[slot]];
    if (aside) this.#bytes -= bytesOf(aside);
    if (own) this.#bytes -= own.length;
    this.#asides[slot] = undefined;
    this.#ownBuffers[slot] = undefined;
  }

  #linkAsNewest(slot: number): void {
    this.#older[slot] = this.#newest;
    this.#newer[slot] = none;
    if (this.#newest !== none) this.#newer[this.#newest] = slot;
    this.#newest = slot;
    if (this.#oldest === none) this.#oldest = slot;
  }

  #unlink(slot: number): void {
    const [older, newer] = [this.#older[slot] ?? none, this.#newer[slot] ?? none];
    if (older === none) this.#oldest = newer;
    else this.#newer[older] = newer;
    if (newer === none) this.#newest = older;
    else this.#older[newer] = older;
  }
}

function bytesOf({ topic, rejections = '' }: Aside): number {
  return asideBytes + topic.length + rejections.length;
}

function grown(links: Int32Array): Int32Array<ArrayBuffer> {
  const longer = new Int32Array(links.length + slotsPerBlock);
  longer.set(links);
  return longer;
}
