import type { DeviceKind, measurementMethods, siteTypes } from '../../../broker/contract/device.ts';
import type { wasteStreams } from '../../../broker/contract/waste.ts';
import { kinds } from '../state/view.ts';
import type { FieldSpec } from './fields.ts';

const secondMs = 1_000;

const methods = [
  'reference',
  'equivalent',
  'indicative',
  'maker',
] as const satisfies readonly (typeof measurementMethods)[number][];
const sites = [
  'traffic',
  'background',
  'industrial',
] as const satisfies readonly (typeof siteTypes)[number][];
const streams = [
  'paper',
  'glass',
  'residual',
  'organic',
  'packaging',
  'textile',
  'metal',
  'other',
] as const satisfies readonly (typeof wasteStreams)[number][];

/** What every device has. */
export const generalFields: readonly FieldSpec[] = [
  { path: 'name', input: 'text' },
  { path: 'kind', input: 'choice', options: kinds, required: true },
  { path: 'location.lat', input: 'number' },
  { path: 'location.lon', input: 'number' },
  { path: 'district', input: 'text' },
  { path: 'group', input: 'text' },
  { path: 'model', input: 'text' },
  { path: 'intervalMs', input: 'number', scale: secondMs },
  { path: 'dialect', input: 'text' },
  { path: 'public', input: 'flag' },
];

const stationFields: readonly FieldSpec[] = [
  { path: 'station.method', input: 'choice', options: methods },
  { path: 'station.siteType', input: 'choice', options: sites },
  { path: 'station.samplingPoint', input: 'text' },
  { path: 'station.altitudeM', input: 'number' },
  { path: 'station.inletHeightM', input: 'number' },
  { path: 'station.kerbDistanceM', input: 'number' },
  { path: 'station.serial', input: 'text' },
  { path: 'station.firmware', input: 'text' },
  { path: 'station.licence', input: 'text' },
];

const lampFields: readonly FieldSpec[] = [
  { path: 'lamp.nominalPowerW', input: 'number' },
  { path: 'lamp.standbyPowerW', input: 'number' },
  { path: 'lamp.powerToleranceShare', input: 'number', scale: 0.01 },
  { path: 'lamp.warmUpMs', input: 'number', scale: secondMs },
  { path: 'lamp.powerFactorMin', input: 'number' },
  { path: 'lamp.switchingAngleDeg', input: 'number' },
];

const containerFields: readonly FieldSpec[] = [
  { path: 'container.stream', input: 'choice', options: streams },
  { path: 'container.capacityL', input: 'number' },
  { path: 'container.emptyMm', input: 'number' },
  { path: 'container.fullMm', input: 'number' },
  { path: 'container.echoAssumesC', input: 'number' },
  { path: 'container.collectAtPercent', input: 'number' },
  { path: 'container.urgentAtPercent', input: 'number' },
  { path: 'container.lateAfterDays', input: 'number' },
];

const expertFields: readonly FieldSpec[] = [
  { path: 'correction', input: 'json' },
  { path: 'quality', input: 'json' },
];

export const deviceParts = ['station', 'lamp', 'container', 'expert'] as const;
export type DevicePart = (typeof deviceParts)[number];

export const partFields: Readonly<Record<DevicePart, readonly FieldSpec[]>> = {
  station: stationFields,
  lamp: lampFields,
  container: containerFields,
  expert: expertFields,
};

export const deviceFields: readonly FieldSpec[] = [
  ...generalFields,
  ...deviceParts.flatMap((part) => partFields[part]),
];

/** The parts that mean something for a kind; the others are there, but closed. */
export function partsOf(kind: DeviceKind): readonly DevicePart[] {
  if (kind === 'light') return ['lamp'];
  if (kind === 'waste') return ['container'];
  return kind === 'other' ? [] : ['station'];
}
