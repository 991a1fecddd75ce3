import { z } from 'zod';
import { DeviceKey } from './ids.ts';
import { MetricName } from './metrics.ts';
import { JudgedReading } from './reading.ts';
import { RefusalReason, RejectedMessage, Rejection } from './rejection.ts';

/** What a maker asks first: what came of the last messages of a device, and what was turned away at the door. */

/** Bounds of what is kept for it, all in memory; how much more there was is said beside each. */
export const diagnosticsLimits = {
  /** Messages of one device; the oldest goes. */
  messagesPerDeviceMax: 3,
  /** Bytes of one payload; the rest is cut. */
  payloadBytesMax: 2_048,
  /** Accepted and rejected readings of one message that are listed; all are counted. */
  readingsMax: 50,
  rejectionsMax: 20,
  /** Memory for the messages of all devices; the oldest go. */
  bytesMax: 32 * 1024 * 1024,
  /** Refusals of one provider or device; the same again is counted up. The oldest goes. */
  refusalsPerSubjectMax: 8,
  /** Providers and devices whose refusals are kept; the one without a new one for longest is forgotten. */
  refusalSubjectsMax: 5_000,
} as const;

/** A message as it came, and how it was understood. */
export const MessageTrace = z.object({
  receivedAt: z.int().describe('arrival, epoch ms UTC'),
  topic: z.string().describe('MQTT topic, or the path of an HTTP push'),
  dialect: z.string().optional(),
  payload: z.object({
    encoding: z.enum(['text', 'base64']),
    data: z.string(),
    bytes: z.int().describe('of the whole payload'),
    cut: z.boolean().describe('`data` is only its beginning'),
  }),
  accepted: z.array(JudgedReading.extend({ metric: MetricName })),
  acceptedCount: z.int(),
  untimedCount: z.int().describe('of the accepted: sent without a time, so that arrival counted'),
  rejections: z.array(Rejection),
  rejectedCount: z.int(),
  online: z.boolean().optional().describe('what a status message said'),
  kept: z
    .boolean()
    .optional()
    .describe('on disk; false: the journal did not take it; missing: under way'),
});
export type MessageTrace = z.infer<typeof MessageTrace>;

/** Last messages of devices, as long as they are remembered. */
export interface MessageTraces {
  /** Newest first. */
  of(device: DeviceKey): MessageTrace[];
}

/** One or more alike connections, publishes or subscribes that were turned away. Never holds a token. */
export const Refusal = z.object({
  reason: RefusalReason,
  user: z.string().optional().describe('name that was tried; only one that exists'),
  topic: z.string().max(200).optional(),
  clientId: z.string().max(128).optional(),
  address: z.string().describe('where it came from; behind a proxy, the proxy'),
  firstAt: z.int().describe('epoch ms UTC'),
  lastAt: z.int(),
  count: z.int(),
});
export type Refusal = z.infer<typeof Refusal>;

/** What was turned away at the door, by the provider or device that it concerns. */
export interface RefusalTrail {
  /** Newest first. */
  of(subject: string): Refusal[];
}

/** Parts that this process cannot know, because another one does that work. */
export const diagnosticsGaps = ['messages-elsewhere', 'refusals-elsewhere'] as const;

/** `GET /api/v1/devices/<provider>/<device>/diagnostics` */
export const DeviceDiagnostics = z.object({
  device: DeviceKey,
  now: z.int().describe("the server's clock, epoch ms UTC"),
  registered: z.boolean(),
  unknown: z.array(z.enum(diagnosticsGaps)).describe('what is not told here, and not empty either'),
  messages: z.array(MessageTrace).describe('newest first; since the start of the process'),
  rejections: z.array(RejectedMessage).describe('kept rejected messages, newest first'),
  refusals: z.array(Refusal).describe('at the MQTT door: of the device, then of its provider'),
  expectedIntervalMs: z.int().optional(),
  intervalFrom: z.enum(['registered', 'estimated', 'kind']).optional(),
  lastSeenAt: z.int().optional(),
  nextDueAt: z.int().optional(),
  reported: z.object({ online: z.boolean(), at: z.int() }).optional(),
  signal: z
    .object({
      rssi: z.object({ value: z.number(), at: z.int() }).optional(),
      snr: z.object({ value: z.number(), at: z.int() }).optional(),
    })
    .describe('dBm and dB, as the device sent them'),
  clock: z
    .object({
      behindMs: z.int().describe('arrival minus event time; negative: its clock is ahead'),
      messages: z.int().describe('messages with a time of their own that this is the least of'),
    })
    .optional()
    .describe('missing: no remembered message has a time of its own'),
});
export type DeviceDiagnostics = z.infer<typeof DeviceDiagnostics>;
