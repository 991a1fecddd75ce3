import type { Device } from '../../broker/contract/device.ts';
import { type DeviceKey, deviceKey } from '../../broker/contract/ids.ts';
import { apiLimits } from './limits.ts';
import type { ReadQueue } from './read-queue.ts';

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
  /** Where its reads wait for their turn. */
  queue: ReadQueue;
  /** Devices of one read. */
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

/** What is known of devices, while the rest is being read. */
export interface Look<Value> {
  /** Resolves when all are known. @throws StoreUnavailable */
  readonly whole: Promise<void>;
  /** The values that are known by now, in the order of the devices; undefined: still to be read. */
  values(): (Value | undefined)[];
}

/**
 * What was made of the store for each device, kept for a while: everybody asks for the same again and again. What is
 * not known is read in the background; what is old is answered, and read anew for those who ask later.
 */
export class DeviceMemory<Value> {
  readonly #options: MemoryOptions<Value>;
  readonly #entries = new Map<DeviceKey, Entry<Value>>();

  constructor(options: MemoryOptions<Value>) {
    this.#options = options;
  }

  /** Begins to read what is not known of devices. */
  look(devices: readonly Device[]): Look<Value> {
    const now = this.#options.clock();
    const entries = devices.map((device) => this.#entry(device));
    this.#read(devices.filter((_, index) => this.#isDue(entries[index], now)));
    const missing = entries.filter((entry) => !this.#isUsable(entry, now));
    const whole = Promise.all(new Set(missing.map(({ reading }) => reading))).then(() => {});
    // Who does not wait for it is told by `values`.
    whole.catch(() => {});
    const values = () =>
      entries.map((entry) => (this.#isUsable(entry, now) ? entry.value : undefined));
    return { whole, values };
  }

  /** The value of one device, before all reads that wait. @throws StoreUnavailable */
  async one(device: Device): Promise<Value> {
    const entry = this.#entry(device);
    if (!this.#isUsable(entry, this.#options.clock())) {
      await this.#options.queue.add(() => this.#readSome([device], [entry]), { isFirst: true });
    }
    return entry.value as Value;
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

  #read(devices: readonly Device[]): void {
    const { atOnce, queue } = this.#options;
    for (let begin = 0; begin < devices.length; begin += atOnce) {
      const some = devices.slice(begin, begin + atOnce);
      const entries = some.map((device) => this.#entry(device));
      const reading = queue.add(() => this.#readSome(some, entries));
      for (const entry of entries) entry.reading = reading;
      const done = (): void => {
        for (const entry of entries) if (entry.reading === reading) entry.reading = undefined;
      };
      reading.then(done, done);
    }
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

/** Waits for what is being read, but not for long: a person looks at what is there, and sees the rest when it is. @throws StoreUnavailable */
export async function whatIsThere<Value>(
  looks: readonly Look<Value>[],
  waitMs: number = apiLimits.historyWaitMsMax,
): Promise<(Value | undefined)[][]> {
  let timer: NodeJS.Timeout | undefined;
  const patience = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, waitMs);
  });
  const whole = Promise.all(looks.map((look) => look.whole));
  await Promise.race([whole, patience]).finally(() => clearTimeout(timer));
  return looks.map((look) => look.values());
}
