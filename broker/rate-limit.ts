import type { Connection } from './connections.ts';
import { parseTopic } from './contract/topics.ts';

/** Messages per second; 0 = no limit. */
export interface RateConfig {
  perDevice: number;
  perProvider: number;
}

/**
 * Token buckets per device and per provider. A message is never refused: it may take a bucket below
 * zero, and until the bucket has filled up again the connection is not read.
 */
export interface RateLimits {
  /** Counts one message of a connection against its provider and the device it is about. */
  charge(connection: Connection, topic: string): void;
  /** Which limit the connection has to wait for now. */
  exceededBy(connection: Connection): 'device-rate' | 'provider-rate' | undefined;
}

/** A bucket holds what its rate brings in this time: what may come at once after a silence. */
const burstS = 10;
/** Buckets per limit. At the bound those that are full are forgotten; if none is, all are. */
const bucketsMax = 100_000;

/** Undefined when nothing is limited, so that nothing is counted either. */
export function createRateLimits(config: RateConfig, clock: () => number): RateLimits | undefined {
  if (config.perDevice <= 0 && config.perProvider <= 0) return undefined;
  const devices = createBuckets(config.perDevice, clock);
  const providers = createBuckets(config.perProvider, clock);
  /** The device that a connection spoke for last: a provider's connection may speak for many. */
  const lastDevice = new WeakMap<Connection, string>();

  const deviceOf = (connection: Connection) =>
    lastDevice.get(connection) ??
    (connection.account?.kind === 'device' ? connection.account.device : undefined);

  return {
    charge(connection, topic) {
      providers.take(connection.shareKey);
      const device = parseTopic(topic)?.device;
      if (device === undefined) return;
      lastDevice.set(connection, device);
      devices.take(device);
    },
    exceededBy(connection) {
      const device = deviceOf(connection);
      if (device !== undefined && devices.isEmpty(device)) return 'device-rate';
      return providers.isEmpty(connection.shareKey) ? 'provider-rate' : undefined;
    },
  };
}

function createBuckets(perS: number, clock: () => number) {
  const burst = Math.max(1, perS * burstS);
  const buckets = new Map<string, { tokens: number; at: number }>();

  function fill(bucket: { tokens: number; at: number }): number {
    const now = clock();
    // A clock that was set back brings nothing, and takes nothing away.
    bucket.tokens = Math.min(burst, bucket.tokens + (Math.max(0, now - bucket.at) * perS) / 1_000);
    bucket.at = now;
    return bucket.tokens;
  }

  function makeRoom(): void {
    for (const [key, bucket] of buckets) if (fill(bucket) >= burst) buckets.delete(key);
    if (buckets.size >= bucketsMax) buckets.clear();
  }

  return {
    take(key: string): void {
      if (perS <= 0) return;
      const bucket = buckets.get(key);
      if (bucket) {
        fill(bucket);
        bucket.tokens -= 1;
        return;
      }
      if (buckets.size >= bucketsMax) makeRoom();
      buckets.set(key, { tokens: burst - 1, at: clock() });
    },
    isEmpty(key: string): boolean {
      const bucket = buckets.get(key);
      return bucket !== undefined && fill(bucket) < 0;
    },
  };
}
