import type { DeviceKey } from '../broker/contract/ids.ts';
import type { MetricName } from '../broker/contract/metrics.ts';
import type { ApiClient } from './api-client.ts';
import type { PlannedDevice } from './fleet.ts';
import type { Sample } from './sensors/sensor.ts';

/** What a look at the store said about acknowledged samples. */
export interface Verification {
  devices: number;
  /** Acknowledged samples that were looked for. */
  checked: number;
  /** Acknowledged and not there: a broken promise. */
  lost: number;
  /** There more than once. */
  duplicated: number;
  /** There with another value. */
  changed: number;
}

/** Remembers what was acknowledged, of a bounded choice of devices. */
export interface Ledger {
  note(device: PlannedDevice, sample: Sample): void;
  entries(): Iterable<LedgerEntry>;
}

export interface LedgerEntry {
  device: DeviceKey;
  metric: MetricName;
  /** Value by instant, in order of acknowledgement. */
  values: ReadonlyMap<number, number>;
}

/** Samples remembered of each device; later ones are not checked. */
const samplesMax = 20_000;

/** @param devicesMax devices to follow: the first that are heard of; 0 = none */
export function createLedger(devicesMax: number): Ledger {
  const entries = new Map<DeviceKey, { metric: MetricName; values: Map<number, number> }>();
  return {
    note: ({ key }, { at, values }) => {
      let entry = entries.get(key);
      if (!entry) {
        const metric = Object.keys(values)[0] as MetricName | undefined;
        if (metric === undefined || entries.size >= devicesMax) return;
        entry = { metric, values: new Map() };
        entries.set(key, entry);
      }
      const value = values[entry.metric];
      if (value !== undefined && entry.values.size < samplesMax) entry.values.set(at, value);
    },
    entries: function* () {
      for (const [device, entry] of entries) yield { device, ...entry };
    },
  };
}

/** Acknowledged is on disk, not yet in the store: look again for this long before calling it lost. */
const defaultPatienceMs = 10_000;
const lookAgainMs = 250;

/** Reads back every sample in the ledger; waits `patienceMs` in all for what is not there yet. @throws ApiFailure */
export async function verify(
  ledger: Ledger,
  api: Pick<ApiClient, 'raw'>,
  patienceMs = defaultPatienceMs,
): Promise<Verification> {
  const total: Verification = { devices: 0, checked: 0, lost: 0, duplicated: 0, changed: 0 };
  let patience = patienceMs;
  for (const entry of ledger.entries()) {
    let found = await compare(entry, api);
    while (found.lost > 0 && patience > 0) {
      patience -= lookAgainMs;
      await new Promise((resolve) => setTimeout(resolve, lookAgainMs));
      found = await compare(entry, api);
    }
    total.devices += 1;
    total.checked += entry.values.size;
    total.lost += found.lost;
    total.duplicated += found.duplicated;
    total.changed += found.changed;
  }
  return total;
}

async function compare({ device, metric, values }: LedgerEntry, api: Pick<ApiClient, 'raw'>) {
  const found = { lost: 0, duplicated: 0, changed: 0 };
  const instants = [...values.keys()].sort((a, b) => a - b);
  const [first] = instants;
  const last = instants.at(-1);
  if (first === undefined || last === undefined) return found;
  const stored = await api.raw(device, metric, { from: first, to: last + 1 });
  const seen = new Map<number, number>();
  stored.at.forEach((at, index) => {
    if (seen.has(at)) found.duplicated += 1;
    seen.set(at, stored.value[index] ?? Number.NaN);
  });
  for (const [at, value] of values) {
    if (!seen.has(at)) found.lost += 1;
    else if (seen.get(at) !== value) found.changed += 1;
  }
  return found;
}
