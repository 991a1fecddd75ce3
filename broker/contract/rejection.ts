import { z } from 'zod';
import type { Account } from './access.ts';
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
  'too-many-attempts',
  'unsupported-protocol',
  'invalid-connect',
  'forbidden-publish',
  'forbidden-subscribe',
  'forbidden-will',
  'invalid-topic',
  'packet-too-large',
  'malformed-packet',
  'too-many-clients',
  'too-slow',
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

/** Rejected messages are forgotten at this age, in ms: 30 days. */
export const rejectionsKeptMs = 30 * 86_400_000;

/** That a rejected message was handed to ingest once more, and what came of it. */
export const Replay = z.object({
  at: z.int().describe('epoch ms UTC'),
  by: z.string().max(200).describe('role and name of who did it'),
  accepted: z.int(),
  rejected: z.int().describe('0: nothing of the message is open any more'),
});
export type Replay = z.infer<typeof Replay>;

/** A message of which at least one reading was rejected, kept with its raw bytes for inspection. */
export const RejectedMessage = z.object({
  id: z.string(),
  at: z.int().describe('arrival, epoch ms UTC'),
  device: DeviceKey.optional(),
  topic: z.string(),
  dialect: z.string().optional(),
  rejections: z.array(Rejection),
  payload: z.string().describe('the raw bytes, base64'),
  replayed: Replay.optional().describe('the last time that it was handed in again'),
});
export type RejectedMessage = z.infer<typeof RejectedMessage>;

/** What a replay needs beside what is shown: who sent the message, and with which headers. */
export interface Sender {
  account?: Account;
  /** The dialect that the way in named, not the one that was told by the shape. */
  dialect?: string;
  headers?: Readonly<Record<string, string>>;
}

/** A rejected message as it is kept. */
export type KeptMessage = RejectedMessage & { sender?: Sender };

/** Rejected messages, kept for inspection; bounded by count, bytes and age: the oldest go first. */
export interface RejectionLog {
  /** Idempotent by id. Resolves when durable. */
  append(messages: readonly KeptMessage[]): Promise<void>;
  /** Newest first. `before` is an id to page on from. */
  list(filter: RejectionFilter): KeptMessage[];
  get(id: string): KeptMessage | undefined;
  /** Notes a replay; a message that is not there any more is left alone. Resolves when durable. */
  markReplayed(id: string, replay: Replay): Promise<void>;
  /** Removes what arrived before an instant (epoch ms). Gives the number of messages. */
  forgetBefore(at: number): Promise<number>;
}

export interface RejectionFilter {
  device?: DeviceKey | undefined;
  /** The provider of the device, or of the account that sent it where no device could be told. */
  provider?: string | undefined;
  reason?: RejectReason | undefined;
  /** Arrival, epoch ms: `from` included, `to` excluded. */
  from?: number | undefined;
  to?: number | undefined;
  /** Only those of which something is (true) or nothing is (false) still refused. */
  open?: boolean | undefined;
  before?: string | undefined;
  limit: number;
}
