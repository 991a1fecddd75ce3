import type { DeviceKey } from '../../broker/contract/ids.ts';
import type { MetricName } from '../../broker/contract/metrics.ts';
import type { Reading } from '../../broker/contract/reading.ts';
import type { KeptMessage } from '../../broker/contract/rejection.ts';

/** What one message of one device came to: the unit that is journalled and acknowledged. */
export interface JournalEntry {
  device: DeviceKey | undefined;
  /** Arrival, epoch ms UTC. */
  receivedAt: number;
  readings: readonly Reading[];
  /** Present when anything of the message was rejected. */
  rejected?: Pick<KeptMessage, 'topic' | 'dialect' | 'rejections' | 'payload' | 'sender'> & {
    /** Id under which the message is kept already. */
    replayOf?: string;
  };
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

/** The entry as text: the journal writes it into place without a copy in between. */
export function encodeEntry(entry: JournalEntry): string {
  const stored: Stored = { a: entry.receivedAt };
  if (entry.device !== undefined) stored.d = entry.device;
  if (entry.readings.length > 0) {
    stored.r = entry.readings.map(({ metric, at, value }) => [metric, at, value]);
  }
  if (entry.rejected) stored.x = entry.rejected;
  if (entry.online !== undefined) stored.o = entry.online;
  if (entry.commandAck !== undefined) stored.c = entry.commandAck;
  return JSON.stringify(stored);
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
