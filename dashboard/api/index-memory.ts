import type { StationIndex } from '../../broker/contract/air.ts';
import type { Device } from '../../broker/contract/device.ts';
import { type DeviceKey, deviceKey } from '../../broker/contract/ids.ts';
import { hourMs } from '../../ingest/domain/air/year-hours.ts';
import { closedAfterMs } from '../../ingest/store/store.ts';
import type { Context } from './context.ts';
import { type IndexHour, readStationIndices } from './index-hours.ts';

/** Devices whose hours are one read: 12,000 rows, which the store answers in a few tens of milliseconds. */
const devicesAtOnce = 100;
/** How long an index is taken for true: readings of the hour may still come in, later only corrections. */
const freshMs = 60_000;
const closedFreshMs = 600_000;
/** Schemes and hours that are remembered; at the bound the oldest is forgotten. */
const hoursMax = 8;

interface Remembered {
  /** Shared by all who ask while it is being read. */
  station: Promise<StationIndex>;
  /** The description that it was made with. */
  device: Device;
  readAt: number;
}

/** Indices of whole hours, kept for a while: a city asks for the same hour again and again. */
export class IndexMemory {
  readonly #context: Context;
  readonly #hours = new Map<string, Map<DeviceKey, Remembered>>();

  constructor(context: Context) {
    this.#context = context;
  }

  /** The indices of devices, in their order. @throws StoreUnavailable */
  async of(devices: readonly Device[], hour: IndexHour): Promise<StationIndex[]> {
    const known = hour.partial ? new Map<DeviceKey, Remembered>() : this.#known(hour);
    const now = this.#context.deps.clock();
    const isClosed = now >= hour.at + hourMs + closedAfterMs['1h'];
    const oldest = now - (isClosed ? closedFreshMs : freshMs);
    const stations: StationIndex[] = [];
    for (let begin = 0; begin < devices.length; begin += devicesAtOnce) {
      const some = devices.slice(begin, begin + devicesAtOnce);
      const missing = some.filter((device) => {
        const kept = known.get(deviceKey(device.provider, device.id));
        return !kept || kept.readAt <= oldest || kept.device !== device;
      });
      this.#read(missing, hour, known);
      const read = some.map(({ provider, id }) => known.get(deviceKey(provider, id))?.station);
      stations.push(...(await Promise.all(read)).filter((station) => station !== undefined));
    }
    return stations;
  }

  #read(devices: readonly Device[], hour: IndexHour, known: Map<DeviceKey, Remembered>): void {
    if (devices.length === 0) return;
    const readAt = this.#context.deps.clock();
    const stations = readStationIndices(this.#context, devices, hour);
    for (const [index, device] of devices.entries()) {
      const key = deviceKey(device.provider, device.id);
      const station = stations.then((all) => all[index] as StationIndex);
      const remembered = { station, device, readAt };
      known.set(key, remembered);
      // What failed is asked for again; whoever waits for it hears of the failure.
      station.catch(() => {
        if (known.get(key) === remembered) known.delete(key);
      });
    }
  }

  #known({ scheme, at }: IndexHour): Map<DeviceKey, Remembered> {
    const name = `${scheme} ${at}`;
    const known = this.#hours.get(name) ?? new Map<DeviceKey, Remembered>();
    this.#hours.delete(name);
    this.#hours.set(name, known);
    const [oldest] = this.#hours.keys();
    if (this.#hours.size > hoursMax && oldest !== undefined) this.#hours.delete(oldest);
    return known;
  }
}
