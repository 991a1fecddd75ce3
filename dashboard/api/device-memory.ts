import type { Device } from '../../broker/contract/device.ts';
import { type DeviceKey, deviceKey } from '../../broker/contract/ids.ts';

interface Entry<Value> {
  value: Value | undefined;
  readAt: number;
  /** What of the device it was made with. */
  basis: string;
  /** Under way, for all who wait for it. */
  reading: Promise<void> | undefined;
}

interface MemoryOptions<Value> {
  clock: () => number;
  /** Devices of one read; reads of one memory come one after the other. */
  atOnce: number;
  /** Devices that are remembered; at the bound the one that was read longest ago is forgotten. */
  devicesMax: number;
  /** A value that is older is read anew, while the old one is still answered. */
  freshMs: number;
  /** A value that is older than this is not answered any more. */
  staleMs: number;
  /** What of a device's description the value depends on. */
  basis?: (device: Device) => string;
  /** The values of devices, in their order; with what is remembered of each. @throws StoreUnavailable */
  read(devices: readonly { device: Device; before: Value | undefined }[]): Promise<Value[]>;
}

/**
 * What was made of the store for each device, kept for a while: everybody asks for the same again and again. Who
 * finds nothing waits for the read; who finds something old gets it, and others something newer.
 */
export class DeviceMemory<Value> {
  readonly #options: MemoryOptions<Value>;
  readonly #entries = new Map<DeviceKey, Entry<Value>>();
  #last: Promise<void> = Promise.resolve();

  constructor(options: MemoryOptions<Value>) {
    this.#options = options;
  }

  /** The values of devices, in their order. @throws StoreUnavailable */
  async of(devices: readonly Device[]): Promise<Value[]> {
    const now = this.#options.clock();
    const entries = devices.map((device) => this.#entry(device));
    this.#read(devices.filter((_, index) => this.#isDue(entries[index], now)));
    for (const entry of entries) if (!this.#isUsable(entry, now)) await entry.reading;
    return entries.map(({ value }) => value as Value);
  }

  #entry(device: Device): Entry<Value> {
    const key = deviceKey(device.provider, device.id);
    const basis = this.#options.basis?.(device) ?? '';
    const known = this.#entries.get(key);
    if (known?.basis === basis) return known;
    const entry: Entry<Value> = { value: undefined, readAt: 0, basis, reading: undefined };
    this.#entries.set(key, entry);
    const [oldest] = this.#entries.keys();
    if (this.#entries.size > this.#options.devicesMax && oldest) this.#entries.delete(oldest);
    return entry;
  }

  #isDue(entry: Entry<Value> | undefined, now: number): boolean {
    if (!entry || entry.reading) return false;
    return entry.value === undefined || now - entry.readAt > this.#options.freshMs;
  }

  #isUsable({ value, readAt }: Entry<Value>, now: number): boolean {
    return value !== undefined && now - readAt <= this.#options.staleMs;
  }

  /** A failure fails what was to be read after it, too: the store is away. */
  #read(devices: readonly Device[]): void {
    const { atOnce } = this.#options;
    let before = this.#last;
    for (let begin = 0; begin < devices.length; begin += atOnce) {
      const some = devices.slice(begin, begin + atOnce);
      const entries = some.map((device) => this.#entry(device));
      const reading = before.then(() => this.#readSome(some, entries));
      for (const entry of entries) entry.reading = reading;
      const done = (): void => {
        for (const entry of entries) if (entry.reading === reading) entry.reading = undefined;
      };
      reading.then(done, done);
      before = reading;
    }
    this.#last = before.catch(() => {});
  }

  async #readSome(devices: readonly Device[], entries: readonly Entry<Value>[]): Promise<void> {
    const readAt = this.#options.clock();
    const asked = devices.map((device, index) => ({ device, before: entries[index]?.value }));
    const values = await this.#options.read(asked);
    for (const [index, entry] of entries.entries()) {
      entry.value = values[index];
      entry.readAt = readAt;
    }
  }
}
