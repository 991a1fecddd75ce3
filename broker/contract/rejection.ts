import { z } from 'zod';
import { DeviceKey } from './ids.ts';

/** Why a reading, or a message as a whole, was not stored. Closed: counters and screens list exactly these. */
export const rejectReasons = [
  'malformed-payload',
  'unknown-format',
  'empty-message',
  'too-many-readings',
  'unknown-metric',
  'unknown-unit',
  'not-a-number',
  'out-of-range',
  'invalid-timestamp',
  'future-timestamp',
  'expired-timestamp',
  'unknown-device',
  'store-refused',
] as const;

export const RejectReason = z.enum(rejectReasons);
export type RejectReason = z.infer<typeof RejectReason>;

/** Why the broker turned a connection, a publish or a subscribe away at the door. Closed, as above. */
export const refusalReasons = [
  'bad-credentials',
  'unsupported-protocol',
  'invalid-connect',
  'forbidden-publish',
  'forbidden-subscribe',
  'forbidden-will',
  'invalid-topic',
  'packet-too-large',
  'malformed-packet',
  'too-many-clients',
  'too-many-subscriptions',
  'queue-full',
  'overloaded',
] as const;

export const RefusalReason = z.enum(refusalReasons);
export type RefusalReason = z.infer<typeof RefusalReason>;

/** One rejected reading or message: which field, which rule, what was got. */
export const Rejection = z.object({
  reason: RejectReason,
  field: z.string().max(128).optional().describe('the metric or part of the message it is about'),
  detail: z.string().max(512).describe('the rule and what was got, for a person to read'),
});
export type Rejection = z.infer<typeof Rejection>;

/** A message of which at least one reading was rejected, kept with its raw bytes for inspection. */
export const RejectedMessage = z.object({
  id: z.string(),
  at: z.int().describe('arrival, epoch ms UTC'),
  device: DeviceKey.optional(),
  topic: z.string(),
  dialect: z.string().optional(),
  rejections: z.array(Rejection),
  payload: z.string().describe('the raw bytes, base64'),
});
export type RejectedMessage = z.infer<typeof RejectedMessage>;

/** Rejected messages, kept for inspection; bounded, the oldest go first. */
export interface RejectionLog {
  /** Idempotent by id. Resolves when durable. */
  append(messages: readonly RejectedMessage[]): Promise<void>;
  /** Newest first. `before` is an id to page on from. */
  list(filter: RejectionFilter): RejectedMessage[];
}

export interface RejectionFilter {
  device?: DeviceKey | undefined;
  provider?: string | undefined;
  reason?: RejectReason | undefined;
  before?: string | undefined;
  limit: number;
}
