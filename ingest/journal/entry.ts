import type { DeviceKey } from '../../broker/contract/ids.ts';
import type { MetricName } from '../../broker/contract/metrics.ts';
import { qualityFlags } from '../../broker/contract/quality.ts';
import type { JudgedReading, Reading } from '../../broker/contract/reading.ts';
import type { KeptMessage } from '../../broker/contract/rejection.ts';

/** What one message of one device came to, before its readings are judged. */
export interface InterpretedEntry {
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
  /** For whoever looks for a fault, not journalled: how it was understood, and readings whose time is the arrival. */
  dialect?: string;
  untimed?: number;
}

/** The unit that is journalled and acknowledged: nothing of it is decided again when it is read. */
export interface JournalEntry extends Omit<InterpretedEntry, 'readings'> {
  readings: readonly JudgedReading[];
  /** Corrected readings that were made of them; they were never received. */
  derived?: readonly JudgedReading[];
}

/** A reading on disk; not evaluated and no reasons are left out, as records had neither at first. */
type StoredReading = [
  metric: MetricName,
  at: number,
  value: number,
  flag?: number,
  reasons?: number,
];

/** The form on disk of what is not packed: JSON with short keys, readings as tuples. */
interface Stored {
  d?: DeviceKey;
  a: number;
  r?: StoredReading[];
  v?: StoredReading[];
  x?: JournalEntry['rejected'];
  o?: boolean;
  c?: string;
}

/** The entry as text: the journal writes it into place without a copy in between. */
export function encodeEntry(entry: JournalEntry): string {
  const stored: Stored = { a: entry.receivedAt };
  if (entry.device !== undefined) stored.d = entry.device;
  if (entry.readings.length > 0) stored.r = entry.readings.map(toStored);
  if (entry.derived) stored.v = entry.derived.map(toStored);
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
    readings: (stored.r ?? []).map(fromStored),
  };
  if (stored.v) entry.derived = stored.v.map(fromStored);
  if (stored.x) entry.rejected = stored.x;
  if (stored.o !== undefined) entry.online = stored.o;
  if (stored.c !== undefined) entry.commandAck = stored.c;
  return entry;
}

function toStored({ metric, at, value, flag, reasons }: JudgedReading): StoredReading {
  if (reasons !== 0) return [metric, at, value, flag, reasons];
  return flag === qualityFlags.notEvaluated ? [metric, at, value] : [metric, at, value, flag];
}

function fromStored([metric, at, value, flag, reasons]: StoredReading): JudgedReading {
  return { metric, at, value, flag: flag ?? qualityFlags.notEvaluated, reasons: reasons ?? 0 };
}
