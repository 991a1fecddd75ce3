import type { DeviceKey } from '../../broker/contract/ids.ts';
import type { MetricName } from '../../broker/contract/metrics.ts';
import type { Reading } from '../../broker/contract/reading.ts';
import type { RejectedMessage } from '../../broker/contract/rejection.ts';

/** What one message of one device came to: the unit that is journalled and acknowledged. */
export interface JournalEntry {
  device: DeviceKey | undefined;
  /** Arrival, epoch ms UTC. */
  receivedAt: number;
  readings: readonly Reading[];
  /** Present when anything of the message was rejected. */
  rejected?: Pick<RejectedMessage, 'topic' | 'dialect' | 'rejections' | 'payload'>;
  /** What the device said of itself. */
  online?: boolean;
  /** A command's acknowledgement as sent. */
  commandAck?: string;
}

/** The form on disk: JSON with short keys, readings as triples. */
interface Stored {
  d?: DeviceKey;
  a: number;
  r?: [metric: MetricName, at: number, value: number][];
  x?: JournalEntry['rejected'];
  o?: boolean;
  c?: string;
}

export function encodeEntry(entry: JournalEntry): Buffer {
  const stored: Stored = { a: entry.receivedAt };
  if (entry.device !== undefined) stored.d = entry.device;
  if (entry.readings.length > 0) {
    stored.r = entry.readings.map(({ metric, at, value }) => [metric, at, value]);
  }
  if (entry.rejected) stored.x = entry.rejected;
  if (entry.online !== undefined) stored.o = entry.online;
  if (entry.commandAck !== undefined) stored.c = entry.commandAck;
  return Buffer.from(JSON.stringify(stored));
}

/** Reads what {@link encodeEntry} wrote; the frame's checksum has vouched for the bytes. */
export function decodeEntry(payload: Buffer): JournalEntry {
  const stored = JSON.parse(payload.toString('utf8')) as Stored;
  const entry: JournalEntry = {
    device: stored.d,
    receivedAt: stored.a,
    readings: (stored.r ?? []).map(([metric, at, value]) => ({ metric, at, value })),
  };
  if (stored.x) entry.rejected = stored.x;
  if (stored.o !== undefined) entry.online = stored.o;
  if (stored.c !== undefined) entry.commandAck = stored.c;
  return entry;
}
