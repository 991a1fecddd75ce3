import { z } from 'zod';
import type { DeviceView } from '../../broker/contract/api.ts';
import {
  type Device,
  DeviceKind,
  DeviceStatus,
  expectedIntervalMs,
} from '../../broker/contract/device.ts';
import { type DeviceKey, deviceKey, Id } from '../../broker/contract/ids.ts';
import { deviceStatus } from '../../broker/contract/standing.ts';
import type { Audience } from './access.ts';
import type { Context } from './context.ts';
import { apiLimits } from './limits.ts';
import { lastSeenAt } from './live/live-state.ts';

/** A device as the API shows it: its description and how it stands. */
export function viewOf({ state, deps }: Context, device: Device): DeviceView {
  const key = deviceKey(device.provider, device.id);
  const live = state.device(key);
  const seenAt = lastSeenAt(live);
  const seen = { lastSeenAt: seenAt, reported: state.reportedStatus(key) };
  return {
    ...device,
    key,
    status: deviceStatus(expectedIntervalMs(device), seen, deps.clock()),
    ...(seenAt === undefined ? {} : { lastSeenAt: seenAt }),
    expectedIntervalMs: expectedIntervalMs(device),
    metrics: live ? [...live.slots.keys()] : [],
  };
}

/** The device, if it exists and the audience may see it; there is no telling the two apart. */
export function findVisible(
  { deps }: Context,
  audience: Audience,
  key: DeviceKey,
): Device | undefined {
  const device = deps.registry.device(key);
  return device && audience.sees(device) ? device : undefined;
}

/** Visible devices of a kind, in the order of their keys. */
export function visibleOfKind(
  { deps }: Context,
  audience: Pick<Audience, 'sees'>,
  kind: DeviceKind,
): Device[] {
  return [...deps.registry.devices()]
    .filter((device) => device.kind === kind && audience.sees(device))
    .map((device): [DeviceKey, Device] => [deviceKey(device.provider, device.id), device])
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([, device]) => device);
}

const BoundingBox = z
  .string()
  .max(200)
  .describe('minLon,minLat,maxLon,maxLat in degrees')
  .transform((text, context) => {
    const numbers = text.split(',').map((part) => (part.trim() === '' ? Number.NaN : Number(part)));
    const [minLon, minLat, maxLon, maxLat] = numbers;
    const isBox =
      numbers.length === 4 &&
      inOrder(minLon, maxLon, 180) &&
      inOrder(minLat, maxLat, 90) &&
      minLon !== undefined &&
      minLat !== undefined &&
      maxLon !== undefined &&
      maxLat !== undefined;
    if (isBox) return { minLon, minLat, maxLon, maxLat };
    context.addIssue({
      code: 'custom',
      message: 'must be minLon,minLat,maxLon,maxLat in degrees, the smaller first',
    });
    return z.NEVER;
  });

function inOrder(min: number | undefined, max: number | undefined, bound: number): boolean {
  return min !== undefined && max !== undefined && -bound <= min && min <= max && max <= bound;
}

/** Which devices are asked for. */
export const DeviceFilter = z.object({
  kind: DeviceKind.optional(),
  provider: Id.optional(),
  status: DeviceStatus.optional(),
  bbox: BoundingBox.optional(),
  q: z
    .string()
    .max(apiLimits.searchCharsMax)
    .optional()
    .describe('part of the key, name, model or district; case does not matter'),
});
export type DeviceFilter = z.output<typeof DeviceFilter>;

/** Visible devices that a filter asks for, in the order of their keys. */
export function listDevices(
  context: Context,
  audience: Audience,
  filter: DeviceFilter,
): DeviceView[] {
  const found: DeviceView[] = [];
  const needle = filter.q?.toLowerCase();
  for (const device of context.deps.registry.devices()) {
    if (!audience.sees(device) || !matches(device, filter, needle)) continue;
    const view = viewOf(context, device);
    if (filter.status === undefined || view.status === filter.status) found.push(view);
  }
  return found.sort((a, b) => (a.key < b.key ? -1 : 1));
}

/** Whether a filter asks for a device, its status aside. `needle`: the search text in lower case. */
export function matches(device: Device, filter: DeviceFilter, needle: string | undefined): boolean {
  if (filter.kind !== undefined && device.kind !== filter.kind) return false;
  if (filter.provider !== undefined && device.provider !== filter.provider) return false;
  if (filter.bbox) {
    const { location } = device;
    const { minLon, minLat, maxLon, maxLat } = filter.bbox;
    if (!location || location.lon < minLon || location.lon > maxLon) return false;
    if (location.lat < minLat || location.lat > maxLat) return false;
  }
  if (needle === undefined) return true;
  const { provider, id, name = '', model = '', district = '' } = device;
  return `${provider}/${id}\n${name}\n${model}\n${district}`.toLowerCase().includes(needle);
}

/** Devices as GeoJSON (RFC 7946); one whose place is not known has a null geometry. */
export const DeviceFeatures = z.object({
  type: z.literal('FeatureCollection'),
  total: z.int().describe('matching devices, on all pages'),
  features: z.array(
    z.object({
      type: z.literal('Feature'),
      id: z.string(),
      geometry: z
        .object({ type: z.literal('Point'), coordinates: z.tuple([z.number(), z.number()]) })
        .nullable(),
      properties: z.record(z.string(), z.unknown()),
    }),
  ),
});
export type DeviceFeatures = z.infer<typeof DeviceFeatures>;

/** Devices as a GeoJSON feature collection: longitude first. */
export function toFeatures(devices: readonly DeviceView[], total: number): DeviceFeatures {
  const features = devices.map(({ location, ...properties }) => ({
    type: 'Feature' as const,
    id: properties.key,
    geometry: location
      ? {
          type: 'Point' as const,
          coordinates: [location.lon, location.lat] satisfies [number, number] as [number, number],
        }
      : null,
    properties,
  }));
  return { type: 'FeatureCollection', total, features };
}
