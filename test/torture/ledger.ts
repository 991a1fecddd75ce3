import type { DeviceKey } from '../../broker/contract/ids.ts';
import { mix, seedOf } from '../../firmware-sim/random.ts';

/** What one device sent, and what was acknowledged of it. A key is an event time, one per millisecond. */
export class DeviceLedger {
  readonly device: DeviceKey;
  readonly startAt: number;
  readonly acked = new Set<number>();
  readonly #seed: number;
  #nextAt: number;

  constructor(device: DeviceKey, startAt: number, seed: number) {
    this.device = device;
    this.startAt = startAt;
    this.#nextAt = startAt;
    this.#seed = mix(seed, seedOf(device));
  }

  /** Event time after the last one that was sent. */
  get endAt(): number {
    return this.#nextAt;
  }

  /** A key that was never sent before. */
  next(): number {
    return this.#nextAt++;
  }

  /** Whether this key was ever sent. */
  sent(at: number): boolean {
    return at >= this.startAt && at < this.#nextAt;
  }

  /** The value that belongs to a key: the same whenever it is sent again. */
  valueOf(at: number): number {
    return (mix(this.#seed, at - this.startAt) % 10_000) / 10;
  }
}
