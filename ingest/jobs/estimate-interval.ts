import type { Device } from '../../broker/contract/device.ts';
import { type DeviceKey, deviceKey } from '../../broker/contract/ids.ts';
import type { Registry } from '../../broker/contract/registry.ts';
import { differsFrom, estimateInterval } from '../domain/interval.ts';
import { ingestLimits } from '../limits.ts';
import { QueryTooLarge, type Store, type StoredReading } from '../store/store.ts';
import type { Job } from './scheduler.ts';

const hourMs = 3_600_000;
const dayMs = 24 * hourMs;

export interface EstimateDeps {
  store: Pick<Store, 'latest' | 'raw'>;
  registry: Pick<Registry, 'device' | 'devices' | 'putDevice'>;
  clock: () => number;
}

/**
 * Estimates the nominal interval of devices for which none is registered, from the last 24 h of the metric that
 * they sent last. New devices at the next run, others once a day, a part of them each hour.
 */
export function estimateIntervalJob({ store, registry, clock }: EstimateDeps): Job {
  return {
    name: 'estimate-interval',
    what: 'estimates how often devices send for which that is not registered',
    cron: '7 * * * *',
    async run({ report, signal }) {
      const now = clock();
      const figures = { looked: 0, changed: 0 };
      const newest = newestOf(await store.latest());
      for (const device of [...registry.devices()].filter((one) => isDue(one, now))) {
        signal.throwIfAborted();
        const key = deviceKey(device.provider, device.id);
        const last = newest.get(key);
        if (!last || last.at < now - dayMs) continue;
        figures.looked++;
        const estimate = await estimateOf(last, { store, now });
        if (await keep(key, estimate)) figures.changed++;
        report(figures);
      }
    },
  };

  /** The device is read again: its owner may have changed it meanwhile. */
  async function keep(key: DeviceKey, estimate: number | undefined): Promise<boolean> {
    const device = registry.device(key);
    if (!device || device.intervalMs !== undefined || estimate === undefined) return false;
    if (!differsFrom(device.estimatedIntervalMs, estimate)) return false;
    await registry.putDevice({ ...device, estimatedIntervalMs: estimate });
    return true;
  }
}

function newestOf(readings: readonly StoredReading[]): ReadonlyMap<DeviceKey, StoredReading> {
  const newest = new Map<DeviceKey, StoredReading>();
  for (const reading of readings) {
    const known = newest.get(reading.device);
    if (!known || reading.at > known.at) newest.set(reading.device, reading);
  }
  return newest;
}

function isDue({ provider, id, intervalMs, estimatedIntervalMs }: Device, now: number): boolean {
  if (intervalMs !== undefined) return false;
  if (estimatedIntervalMs === undefined) return true;
  const hour = Math.floor(now / hourMs) % 24;
  const turn = [...`${provider}/${id}`].reduce((sum, char) => sum + (char.codePointAt(0) ?? 0), 0);
  return turn % 24 === hour;
}

/** A device that sends too much for one look is looked at over a shorter time. */
async function estimateOf(
  { device, metric }: StoredReading,
  { store, now }: { store: Pick<Store, 'raw'>; now: number },
): Promise<number | undefined> {
  for (const spanMs of [dayMs, hourMs]) {
    const span = { from: now - spanMs, to: now, rowsMax: ingestLimits.estimateRowsMax };
    try {
      const { at } = await store.raw({ device, metric, ...span });
      return estimateInterval(at);
    } catch (error) {
      if (!(error instanceof QueryTooLarge)) throw error;
    }
  }
  return estimateFloorMs;
}

/** What sends more than the bound in an hour sends about each second, which is as fine as intervals are. */
const estimateFloorMs = 1_000;
