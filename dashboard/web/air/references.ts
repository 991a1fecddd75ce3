import type { DeviceView } from '../../../broker/contract/api.ts';
import type { Location } from '../../../broker/contract/device.ts';
import type { MetricName } from '../../../broker/contract/metrics.ts';
import { pollutantsOf } from './schemes.ts';

/** A station that a device may be compared with. */
export interface Reference {
  device: DeviceView;
  /** Undefined where either has no place. */
  distanceM: number | undefined;
  /** What both measure. */
  shared: MetricName[];
}

/** Further away another air is measured. */
export const nearbyMax = 20;

/** True for what may itself be compared with: only such methods are for compliance. */
export function isReference({ station }: Pick<DeviceView, 'station'>): boolean {
  return station?.method === 'reference' || station?.method === 'equivalent';
}

/** Reference stations that share a pollutant with a device, nearest first, at most {@link nearbyMax}. */
export function referencesFor(device: DeviceView, all: Iterable<DeviceView>): Reference[] {
  const own = pollutantsOf(device);
  const found: Reference[] = [];
  for (const candidate of all) {
    if (candidate.key === device.key || !isReference(candidate)) continue;
    const shared = pollutantsOf(candidate).filter((metric) => own.includes(metric));
    if (shared.length === 0) continue;
    found.push({ device: candidate, shared, distanceM: distance(device, candidate) });
  }
  const order = ({ distanceM }: Reference): number => distanceM ?? Number.POSITIVE_INFINITY;
  return found.sort((a, b) => order(a) - order(b) || compareKeys(a, b)).slice(0, nearbyMax);
}

function compareKeys(a: Reference, b: Reference): number {
  return a.device.key < b.device.key ? -1 : 1;
}

interface Placed {
  location?: Location | undefined;
}

function distance({ location: a }: Placed, { location: b }: Placed): number | undefined {
  return a && b && distanceM(a, b);
}

/** Great-circle distance on a sphere, haversine. */
export function distanceM(a: Location, b: Location): number {
  const rad = Math.PI / 180;
  const lat = Math.sin(((b.lat - a.lat) * rad) / 2);
  const lon = Math.sin(((b.lon - a.lon) * rad) / 2);
  const half = lat * lat + Math.cos(a.lat * rad) * Math.cos(b.lat * rad) * lon * lon;
  return 2 * earthRadiusM * Math.asin(Math.min(1, Math.sqrt(half)));
}

const earthRadiusM = 6_371_000;
