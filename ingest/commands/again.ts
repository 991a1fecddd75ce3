import type { DeviceKey } from '../../broker/contract/ids.ts';

/** When commands of a device are published once more: at signs of life, and not too often. */
export interface Again {
  /** The device gave a sign of life; what waits for it is due `gapMs` after it was last published. */
  sign(device: DeviceKey, gapMs: number): void;
  /** Its commands were published now. */
  published(device: DeviceKey): void;
  /** Nothing waits for it any more. */
  forget(device: DeviceKey): void;
  /** Devices whose turn it is, at most so many; each one once. */
  take(max: number): DeviceKey[];
}

/** Bounded by its caller: it is told only of devices for which something waits. */
export function createAgain(clock: () => number): Again {
  const publishedAt = new Map<DeviceKey, number>();
  const dueAt = new Map<DeviceKey, number>();

  return {
    sign(device, gapMs) {
      const at = Math.max(clock(), (publishedAt.get(device) ?? 0) + gapMs);
      dueAt.set(device, Math.min(at, dueAt.get(device) ?? at));
    },
    published(device) {
      publishedAt.set(device, clock());
      dueAt.delete(device);
    },
    forget(device) {
      publishedAt.delete(device);
      dueAt.delete(device);
    },
    take(max) {
      const now = clock();
      const due: DeviceKey[] = [];
      for (const [device, at] of dueAt) {
        if (due.length >= max) break;
        if (at <= now) due.push(device);
      }
      for (const device of due) dueAt.delete(device);
      return due;
    },
  };
}
