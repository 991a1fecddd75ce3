import { z } from 'zod';
import { DeviceKey } from './ids.ts';
import { JudgedReading } from './reading.ts';

/** The canonical form of accepted readings: payload of `city/v1/live/<provider>/<device>`. */
export const LiveReadings = z.object({
  device: DeviceKey,
  receivedAt: z.int().describe('arrival, epoch ms UTC'),
  readings: z.array(JudgedReading),
});
export type LiveReadings = z.infer<typeof LiveReadings>;

/**
 * Frames of `GET /api/v1/live` (server-sent events), documented for third parties.
 *
 * A series (device, metric) has a small integer `series` that is valid within an `epoch`; `snapshot`
 * and `delta` introduce new ones in `added`. Values come as columns. `age` is milliseconds before the
 * frame's `now`, so the event time is `now - age`. The id of an event is `<epoch>-<seq>`: sent back as
 * `Last-Event-ID` it resumes with one merged delta, or with a snapshot when the epoch is gone.
 */
export const HelloFrame = z.object({
  version: z.literal(1),
  epoch: z.string(),
  seq: z.int(),
  now: z.int(),
  tickMs: z.int().describe('time between two deltas at the most, while values change'),
  heartbeatMs: z.int(),
  build: z.string().describe('changes when the dashboard was rebuilt'),
});
export type HelloFrame = z.infer<typeof HelloFrame>;

const SeriesColumns = z.object({
  series: z.array(z.int()),
  device: z.array(DeviceKey),
  metric: z.array(z.string()),
});
const ValueColumns = z.object({
  series: z.array(z.int()),
  age: z
    .array(z.int())
    .describe('event time as ms before `now`; negative for a clock that is ahead'),
  value: z.array(z.number()),
  flag: z.array(z.int()).describe('QARTOD primary flag, as judged at arrival'),
});
const StatusColumns = z.object({
  device: z.array(DeviceKey),
  online: z.array(z.boolean()),
  age: z.array(z.int()),
});

/** `snapshot` has all, `delta` only what changed since the last frame of this stream. */
export const ValuesFrame = z.object({
  epoch: z.string(),
  seq: z.int(),
  now: z.int().describe('the server clock, epoch ms UTC'),
  added: SeriesColumns.optional(),
  values: ValueColumns,
  status: StatusColumns.optional().describe('what devices reported of themselves'),
  devices: z
    .object({ changed: z.array(DeviceKey), removed: z.array(DeviceKey) })
    .optional()
    .describe('devices whose description changed: read them again'),
});
export type ValuesFrame = z.infer<typeof ValuesFrame>;

export const HeartbeatFrame = z.object({ now: z.int(), seq: z.int() });
export type HeartbeatFrame = z.infer<typeof HeartbeatFrame>;

/** What a device answered to a command, as it was sent: nobody has looked at it yet. */
export interface LiveCommandAck {
  /** By the topic: a device speaks for itself only. */
  device: DeviceKey;
  receivedAt: number;
  payload: string;
}

/** Where this process hears what devices say: of ingest in the same process, or over MQTT. */
export interface LiveFeed {
  /** Called with what was journalled, in that order. Must not block. Returns the way to stop listening. */
  onReadings(listener: (batch: readonly LiveReadings[]) => void): () => void;
  /** The same for answers to commands. */
  onCommandAck(listener: (ack: LiveCommandAck) => void): () => void;
}
