import { z } from 'zod';
import { DeviceKey } from './ids.ts';

export const wasteStreams = [
  'paper',
  'glass',
  'residual',
  'organic',
  'packaging',
  'textile',
  'metal',
  'other',
] as const;
export const WasteStream = z.enum(wasteStreams);
export type WasteStream = z.infer<typeof WasteStream>;

/** What a container is, as its owner says. */
export const Container = z.object({
  stream: WasteStream.default('other'),
  capacityL: z.number().min(1).max(100_000).optional(),
  emptyMm: z.number().min(10).max(20_000).optional().describe('echo when empty'),
  fullMm: z.number().min(0).max(20_000).optional().describe('echo when full'),
  echoAssumesC: z
    .number()
    .min(-40)
    .max(60)
    .optional()
    .describe(
      'air temperature that its sensor takes for granted; then distances are corrected by the measured one',
    ),
  collectAtPercent: z
    .number()
    .min(1)
    .max(100)
    .optional()
    .describe('due for collection; default 80'),
  urgentAtPercent: z.number().min(1).max(100).optional().describe('default 90'),
  lateAfterDays: z
    .number()
    .min(1)
    .max(365)
    .optional()
    .describe('since its last emptying; default: organic 14, others none'),
});
export type Container = z.infer<typeof Container>;

/** How a container stands, worst first; the rules are in `ingest/domain/waste`. */
export const containerStates = [
  'fire',
  'dropped',
  'overflow',
  'urgent',
  'due',
  'late',
  'no-data',
  'ok',
] as const;
export const ContainerState = z.enum(containerStates);
export type ContainerState = z.infer<typeof ContainerState>;

/** What happened to a container. */
export const containerEvents = [
  'emptied',
  'partly-emptied',
  'overflow',
  'fire',
  'dropped',
] as const;
export const ContainerEvent = z.object({
  at: z.int().describe('epoch ms UTC'),
  event: z.enum(containerEvents),
  fromPercent: z.number().optional(),
  toPercent: z.number().optional(),
  temperatureC: z.number().optional(),
});
export type ContainerEvent = z.infer<typeof ContainerEvent>;

/** Hours until a level is reached: the middle estimate and the interval that half of the slopes lie in. */
export const FillForecast = z.object({
  hours: z.number().describe('0: it is there already; 720: in 30 days or later'),
  earliestHours: z.number(),
  latestHours: z.number().nullable().describe('null: perhaps not at all within 30 days'),
});
export type FillForecast = z.infer<typeof FillForecast>;

export const ContainerRow = z.object({
  device: DeviceKey,
  stream: WasteStream,
  state: ContainerState,
  fillPercent: z.number().nullable(),
  fillAt: z.int().nullable(),
  isFillSuspect: z.boolean().describe("its echo came from within the sensor's blind zone"),
  ratePercentPerDay: z.number().nullable().describe('null: too few values since it was emptied'),
  toCollect: FillForecast.nullable(),
  toFull: FillForecast.nullable(),
  collectAtPercent: z.number(),
  urgentAtPercent: z.number(),
  capacityL: z.number().nullable(),
  temperatureC: z.number().nullable(),
  isTilted: z.boolean().nullable(),
  emptiedAt: z.int().nullable().describe('last emptying that was seen, by its sensor or its crew'),
  newestEvent: ContainerEvent.nullable().describe(
    'since the platform was started; earlier ones are in its history',
  ),
  isLate: z.boolean(),
  isPending: z.boolean().describe('its history is still being read: rate and forecasts come later'),
});
export type ContainerRow = z.infer<typeof ContainerRow>;

const pendingText =
  'containers whose history is still being read: their rate, forecasts and last emptying come later';

/** `GET /api/v1/waste` */
export const Waste = z.object({
  now: z.int(),
  containers: z.array(ContainerRow),
  leftOut: z.int().describe('containers beyond the bound: they are in no figure here'),
  pending: z.int().describe(pendingText),
  streams: z.array(
    z.object({
      stream: WasteStream,
      containers: z.int(),
      due: z.int().describe('at or above their collection level'),
      overflow: z.int(),
      noData: z.int(),
      volumeL: z.number().nullable().describe('waste in those of known capacity'),
    }),
  ),
});
export type Waste = z.infer<typeof Waste>;

/** What a crew found; `POST /api/v1/waste/collections`. */
export const collectionResults = ['emptied', 'blocked', 'not-found'] as const;
export const CollectionReport = z.strictObject({
  device: DeviceKey,
  result: z.enum(collectionResults),
  note: z.string().trim().max(500).optional(),
});
export type CollectionReport = z.infer<typeof CollectionReport>;

/** A report as it is kept. */
export const KeptCollection = CollectionReport.extend({
  at: z.int().describe('when it was reported, epoch ms UTC'),
  by: z.string(),
});
export type KeptCollection = z.infer<typeof KeptCollection>;

const place = { lat: z.number(), lon: z.number() };

/** A container on the way of a crew. */
export const CollectionStop = ContainerRow.extend({
  name: z.string().optional(),
  district: z.string().optional(),
  location: z.object(place).optional(),
  reported: KeptCollection.nullable().describe(
    'what a crew found last, within 30 days; for those who may report themselves',
  ),
});
export type CollectionStop = z.infer<typeof CollectionStop>;

/** `GET /api/v1/waste/collection` */
export const Collection = z.object({
  now: z.int(),
  horizonHours: z.number(),
  leftOut: z.int(),
  pending: z.int().describe(pendingText),
  streams: z.array(
    z.object({
      stream: WasteStream,
      stops: z.array(CollectionStop).describe('in the order that they should be driven to'),
      noData: z.array(CollectionStop).describe('nobody knows whether they need it'),
    }),
  ),
});
export type Collection = z.infer<typeof Collection>;

/** `GET /api/v1/devices/<provider>/<device>/waste` */
export const ContainerHistory = z.object({
  device: DeviceKey,
  from: z.int(),
  to: z.int(),
  events: z.array(ContainerEvent).describe('oldest first; the newest 500'),
  basis: z
    .enum(['raw', '1h'])
    .describe('made of each value, or (where those are too many) of hours'),
  ratePercentPerDay: z.number().nullable(),
  line: z
    .object({ from: z.int(), fromPercent: z.number(), to: z.int(), toPercent: z.number() })
    .nullable()
    .describe('fitted to the filling since the last emptying, and on to full or for 30 days'),
  reports: z.array(KeptCollection).describe('of crews, newest first; for those who may report'),
});
export type ContainerHistory = z.infer<typeof ContainerHistory>;

/** What crews found, on disk; bounded, the oldest go. */
export interface Collections {
  /** Resolves when it is on disk. @throws with code `not-kept` */
  add(report: KeptCollection): Promise<void>;
  /** Of one container, newest first. */
  of(device: DeviceKey): readonly KeptCollection[];
}
