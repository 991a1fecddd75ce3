import type { Device } from '../../broker/contract/device.ts';
import { type DeviceKey, deviceKey } from '../../broker/contract/ids.ts';
import type { MetricName } from '../../broker/contract/metrics.ts';
import { isIndicative } from '../domain/air/air-index.ts';
import { distanceM } from '../domain/quality/neighbours.ts';
import type { Beside } from './make-reports.ts';
import { pollutantsOf } from './read-hours.ts';

/** How far from a reference a device may stand to be compared with it; air differs from street to street. */
export const besideMMax = 500;
/** Devices that are compared with one reference, the nearest ones. */
const perReferenceMax = 50;

/** Makers' devices within reach of a reference, each with its nearest one, for each pollutant that both measure. */
export function devicesBeside(
  devices: readonly Device[],
  metricsOf: (key: DeviceKey) => Iterable<MetricName>,
  metresMax = besideMMax,
): Beside[] {
  const air = devices.filter(({ kind, location }) => kind === 'air' && location !== undefined);
  const references = air.filter(({ station }) => !isIndicative(station?.method));
  const nearest = air
    .filter(({ station }) => isIndicative(station?.method))
    .flatMap((device) => {
      const found = nearestOf(device, references, metresMax);
      return found ? [{ device, ...found }] : [];
    })
    .sort((a, b) => a.metres - b.metres);
  const counts = new Map<Device, number>();
  return nearest.flatMap(({ device, reference, metres }) => {
    const count = counts.get(reference) ?? 0;
    if (count >= perReferenceMax) return [];
    counts.set(reference, count + 1);
    return pairsOf(device, reference, metres, metricsOf);
  });
}

function nearestOf(
  { location }: Device,
  references: readonly Device[],
  metresMax: number,
): { reference: Device; metres: number } | undefined {
  let nearest: { reference: Device; metres: number } | undefined;
  for (const reference of references) {
    if (!location || !reference.location) continue;
    const metres = distanceM(location, reference.location);
    if (metres <= Math.min(metresMax, nearest?.metres ?? metresMax))
      nearest = { reference, metres };
  }
  return nearest;
}

function pairsOf(
  device: Device,
  reference: Device,
  metres: number,
  metricsOf: (key: DeviceKey) => Iterable<MetricName>,
): Beside[] {
  const key = deviceKey(device.provider, device.id);
  const other = deviceKey(reference.provider, reference.id);
  const measured = new Set(pollutantsOf(metricsOf(other)));
  return pollutantsOf(metricsOf(key))
    .filter((metric) => measured.has(metric))
    .map((metric) => ({
      device: key,
      reference: other,
      distanceM: Math.round(metres * 10) / 10,
      metric,
    }));
}
