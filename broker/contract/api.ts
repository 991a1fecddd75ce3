import { z } from 'zod';
import { roles } from './access.ts';
import { Device, DeviceDescription, DeviceStatus, Provider } from './device.ts';
import { DeviceKey, Id, ProviderId } from './ids.ts';
import { languages, MetricName } from './metrics.ts';
import { Rejection } from './rejection.ts';
import { Resolution, SeriesColumns } from './series.ts';
import { dayKinds } from './windows.ts';

/** What the HTTP API says, as seen by its clients: one source for the server, the dashboard and OpenAPI. */

/** `application/problem+json` (RFC 9457) with a stable `code`. */
export const Problem = z.object({
  type: z.string().default('about:blank'),
  title: z.string(),
  status: z.int(),
  code: z.string(),
  detail: z.string().optional(),
  /** Which field broke which rule, and what was got. */
  errors: z.array(z.object({ field: z.string(), message: z.string() })).optional(),
});
export type Problem = z.infer<typeof Problem>;

/** A device as listed: its description and how it stands now. */
export const DeviceView = Device.extend({
  key: DeviceKey,
  status: DeviceStatus,
  lastSeenAt: z.int().optional().describe('arrival of its last message, epoch ms UTC'),
  expectedIntervalMs: z.int(),
  metrics: z.array(MetricName).describe('metrics that it has values of'),
});
export type DeviceView = z.infer<typeof DeviceView>;

export const DeviceList = z.object({ devices: z.array(DeviceView), total: z.int() });
export type DeviceList = z.infer<typeof DeviceList>;

export const NewDevice = DeviceDescription.extend({ provider: ProviderId, id: Id });
export type NewDevice = z.input<typeof NewDevice>;

/** Answer to a registration: the only time that the token is shown. */
export const RegisteredDevice = DeviceView.extend({ token: z.string() });

export const NewProvider = z.object({ id: ProviderId, name: Provider.shape.name });
export const RegisteredProvider = z.object({
  id: ProviderId,
  name: z.string(),
  token: z.string(),
});
export const ProviderView = z.object({
  id: Id,
  name: z.string(),
  createdAt: z.int(),
  open: z.boolean(),
  devices: z.int(),
});
export type ProviderView = z.infer<typeof ProviderView>;

/** Newest value of every metric of every device, as columns of equal length. */
export const Latest = z.object({
  columns: z.object({
    device: z.array(DeviceKey),
    metric: z.array(MetricName),
    at: z.array(z.int()),
    value: z.array(z.number()),
    flag: z
      .array(z.int())
      .describe('QARTOD primary flag: 1 good, 2 not evaluated, 3 suspect, 4 bad'),
  }),
});
export type Latest = z.infer<typeof Latest>;

/** One series; `columns` are of raw when `resolution` is `raw`, else of a tier. */
export const Series = z.object({
  device: DeviceKey,
  metric: MetricName,
  unit: z.string(),
  resolution: Resolution,
  from: z.int(),
  to: z.int(),
  days: z.enum(dayKinds).optional().describe('what a day is; only with resolution `1d`'),
  columns: SeriesColumns,
});
export type Series = z.infer<typeof Series>;

/** Answer to a push: 2xx only after the message is on disk. */
export const PushResult = z.object({
  device: DeviceKey.optional(),
  accepted: z.int(),
  rejected: z.array(Rejection),
});

/** Who the caller is; `GET /api/v1/session`. */
export const Session = z.object({
  role: z.enum(roles),
  name: z.string().optional(),
  provider: Id.optional(),
});
export type Session = z.infer<typeof Session>;

export const SignIn = z.object({ token: z.string().min(8).max(200) });

/** What the dashboard needs to know of this installation; `GET /api/v1/site`. */
export const Site = z.object({
  timeZone: z.string(),
  publicRead: z.boolean(),
  demo: z.boolean().describe('simulated devices, said loudly on every page'),
  hasBaseMap: z.boolean().describe('`GET /api/v1/map` answers with GeoJSON'),
  mqtt: z
    .object({ port: z.int().optional(), tlsPort: z.int().optional() })
    .optional()
    .describe('doors of the broker, for ready commands; missing: it runs elsewhere'),
  mapTiles: z.object({ url: z.string(), attribution: z.string() }).optional(),
  publisher: z.string().optional().describe('who answers for the data'),
  licence: z.string().optional().describe('licence of the open data, as a URL'),
  contact: z
    .string()
    .optional()
    .describe('e-mail address or URL for what is wrong or not accessible'),
  metrics: z.array(
    z.object({
      name: MetricName,
      unit: z.string(),
      decimals: z.int(),
      min: z.number(),
      max: z.number(),
      kind: z.enum(['gauge', 'state', 'counter']),
      label: z.record(z.enum(languages), z.string()),
      derivedFrom: MetricName.optional().describe(
        'made here of this metric; devices do not send it',
      ),
    }),
  ),
});
export type Site = z.infer<typeof Site>;
