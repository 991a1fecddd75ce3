import { z } from 'zod';
import { Correction, CorrectionPeriod, correctionPeriodsMax } from './correction.ts';
import { Id, ProviderId } from './ids.ts';
import { Lamp } from './lighting.ts';
import { QualityOverrides } from './quality-rules.ts';
import { deviceStatuses } from './standing.ts';
import { Container } from './waste.ts';

export const deviceKinds = ['air', 'light', 'waste', 'noise', 'weather', 'other'] as const;
export const DeviceKind = z.enum(deviceKinds);
export type DeviceKind = z.infer<typeof DeviceKind>;

export const Location = z.object({
  lat: z.number().min(-90).max(90),
  lon: z.number().min(-180).max(180),
});
export type Location = z.infer<typeof Location>;

const text = z.string().trim().min(1).max(200);

/** What a provider is: who answers for the devices. */
export const Provider = z.object({
  id: ProviderId,
  name: text,
  createdAt: z.int(),
  /** Came with its first device under `ENROLMENT=open`: anyone on the network may publish for it. */
  open: z.boolean().default(false),
});
export type Provider = z.infer<typeof Provider>;

/** How far its values may count: only the first two are for compliance (Directive (EU) 2024/2881, Annex V). */
export const measurementMethods = ['reference', 'equivalent', 'indicative', 'maker'] as const;
export type MeasurementMethod = (typeof measurementMethods)[number];

export const siteTypes = ['traffic', 'background', 'industrial'] as const;

/** What an environment office must be able to say about a series, beside its values. */
export const Station = z.object({
  method: z.enum(measurementMethods).default('maker'),
  siteType: z.enum(siteTypes).optional(),
  samplingPoint: text.optional().describe('id in the reporting network, such as DEBW118'),
  altitudeM: z.number().min(-500).max(9_000).optional(),
  inletHeightM: z.number().min(0).max(500).optional(),
  kerbDistanceM: z.number().min(0).max(100_000).optional(),
  serial: text.optional(),
  firmware: text.optional(),
  licence: text.optional().describe('of its data, when another than that of the installation'),
});
export type Station = z.infer<typeof Station>;

/** What may be said about a device by its owner; all else is derived or kept by the platform. */
export const DeviceDescription = z.object({
  kind: DeviceKind.default('other'),
  name: text.optional(),
  location: Location.optional(),
  public: z.boolean().default(false).describe('may be read without signing in'),
  model: text.optional(),
  intervalMs: z
    .int()
    .min(1_000)
    .max(31 * 86_400_000)
    .optional()
    .describe('expected time between messages'),
  dialect: z.string().max(64).optional().describe('what it speaks, when not told apart by shape'),
  district: text.optional(),
  group: Id.optional().describe(
    "what it hangs on within its provider: a lamp's cabinet, a gateway, a tour",
  ),
  lamp: Lamp.optional(),
  container: Container.optional(),
  station: Station.optional(),
  quality: QualityOverrides.optional(),
  correction: Correction.optional().describe('of particle values for humidity; default: none'),
});
export type DeviceDescription = z.infer<typeof DeviceDescription>;

export const Device = DeviceDescription.extend({
  provider: Id,
  id: Id,
  createdAt: z.int(),
  estimatedIntervalMs: z
    .int()
    .optional()
    .describe('median time between its messages; what counts while no interval is registered'),
  corrections: z
    .array(CorrectionPeriod)
    .max(correctionPeriodsMax)
    .optional()
    .describe('what `correction` was, by arrival; kept by the platform'),
});
export type Device = z.infer<typeof Device>;

/** What the device last said of itself on its `status` topic. */
export const ReportedStatus = z.object({
  online: z.boolean(),
  at: z.int().describe('arrival, epoch ms UTC'),
});
export type ReportedStatus = z.infer<typeof ReportedStatus>;

export const DeviceStatus = z.enum(deviceStatuses);

/** Expected time between messages where none is registered, by kind (an airRohr sends every 145 s). */
const usualIntervalMs: Readonly<Record<DeviceKind, number>> = {
  air: 150_000,
  light: 300_000,
  waste: 3_600_000,
  noise: 60_000,
  weather: 300_000,
  other: 300_000,
};

/** Time between messages that a device is expected to keep. */
export function expectedIntervalMs(
  device: Pick<Device, 'kind' | 'intervalMs' | 'estimatedIntervalMs'>,
): number {
  return device.intervalMs ?? device.estimatedIntervalMs ?? usualIntervalMs[device.kind];
}
