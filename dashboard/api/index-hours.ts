import type { IndexScheme, StationIndex } from '../../broker/contract/air.ts';
import type { Device } from '../../broker/contract/device.ts';
import { deviceKey } from '../../broker/contract/ids.ts';
import type { TierColumns } from '../../broker/contract/series.ts';
import { airIndex, type PollutantHours, schemeOf } from '../../ingest/domain/air/air-index.ts';
import type { RecentHours } from '../../ingest/domain/air/index-scheme.ts';
import { hourMs, isValidHour } from '../../ingest/domain/air/year-hours.ts';
import { readRollupsOfMany } from '../../ingest/store/read-of-many.ts';
import type { Context } from './context.ts';

/** The hour that an index is of. */
export interface IndexHour {
  scheme: IndexScheme;
  /** Its start, epoch ms UTC. */
  at: number;
  /** It still runs. */
  partial: boolean;
  /** How much of it is over; of that, three quarters must be covered. */
  elapsedMs: number;
}

/**
 * The indices of devices, in their order, from as many hourly means as the scheme looks back. All their series are
 * one read: the caller bounds how many devices. @throws StoreUnavailable
 */
export async function readStationIndices(
  { deps, state }: Pick<Context, 'deps' | 'state'>,
  devices: readonly Device[],
  hour: IndexHour,
): Promise<StationIndex[]> {
  const { hours: back, pollutants } = schemeOf(hour.scheme);
  const series = devices.flatMap((one) => {
    const device = deviceKey(one.provider, one.id);
    const measured = state.device(device)?.slots;
    return pollutants
      .filter((pollutant) => measured?.has(pollutant))
      .map((metric) => ({ device, metric }));
  });
  const span = { from: hour.at - (back - 1) * hourMs, to: hour.at + hourMs };
  const rows = await readRollupsOfMany(deps.store, '1h', {
    series,
    ...span,
    rowsMax: series.length * back,
  });
  const hoursOf = new Map<string, PollutantHours>();
  for (const [index, { device, metric }] of series.entries()) {
    const hours = hoursOf.get(device) ?? {};
    hours[metric] = newestFirst(rows[index], hour, back);
    hoursOf.set(device, hours);
  }
  return devices.map((device) => {
    const key = deviceKey(device.provider, device.id);
    return stationIndex(device, hour.scheme, hoursOf.get(key) ?? {});
  });
}

function stationIndex(device: Device, scheme: IndexScheme, hours: PollutantHours): StationIndex {
  const { name, location, station } = device;
  return {
    device: deviceKey(device.provider, device.id),
    ...(name === undefined ? {} : { name }),
    ...(location ? { location } : {}),
    method: station?.method ?? 'maker',
    index: airIndex(scheme, hours, { station }),
  };
}

function newestFirst(
  rows: TierColumns | undefined,
  { at, elapsedMs }: IndexHour,
  back: number,
): RecentHours {
  const hours: (number | null)[] = new Array(back).fill(null);
  for (const [index, start] of (rows?.at ?? []).entries()) {
    const age = (at - start) / hourMs;
    // Of the running hour only what is over can be covered.
    const share = age === 0 ? elapsedMs / hourMs : 1;
    const mean = rows?.mean[index];
    if (share > 0 && isValidHour(mean, (rows?.coverage[index] ?? 0) / share)) hours[age] = mean;
  }
  return hours;
}
