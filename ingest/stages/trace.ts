import { isUtf8 } from 'node:buffer';
import type { InboundMessage } from '../../broker/bus/bus.ts';
import {
  diagnosticsLimits,
  type MessageTrace,
  type MessageTraces,
} from '../../broker/contract/diagnostics.ts';
import type { DeviceKey } from '../../broker/contract/ids.ts';
import type { JudgedReading } from '../../broker/contract/reading.ts';
import { native } from '../decode/native.ts';
import { metricNamed, metricNumber } from '../domain/metric-numbers.ts';
import type { JournalEntry } from '../journal/entry.ts';
import type { Fate, PlainMessages } from '../journal/plain-messages.ts';
import type { ReadingColumns } from '../journal/reading-columns.ts';

/** Remembers the last messages of each device for whoever looks for a fault. */
export interface Tracer extends MessageTraces {
  /** Notes a message, and where it will stand whether it is kept. */
  note(message: InboundMessage, entry: JournalEntry, fate: Fate): void;
  /** The same for the last one of the messages, which is native; it lies in `source`. */
  notePlain(traced: Traced, messages: PlainMessages, source: PlainSource): void;
  /** What is held at the moment, as it counts against the bound. */
  readonly bytes: number;
}

/** A device whose messages are noted. */
export interface Traced {
  readonly device: DeviceKey;
  /** Of its readings. */
  readonly topic: string;
  /** Where its messages are noted, once they are: to look it up costs more than to note them. */
  traces: Places | undefined;
}

/** Where a message lies that was read, and how many of its readings have their time from its arrival. */
export interface PlainSource {
  readonly bytes: Uint8Array;
  readonly start: number;
  readonly end: number;
  readonly untimed: number;
}

/** Place of one message; used again for later ones, so that a steady device costs a copy and no memory. */
interface Place {
  receivedAt: number;
  topic: string;
  /**
   * A buffer of our own with the first bytes of the payload, and behind them the readings: never a hold on the
   * socket's, nor on objects that would outlive their message.
   */
  bytes: Buffer;
  bytesUsed: number;
  payloadBytes: number;
  dialect: string | undefined;
  untimed: number;
  readingsListed: number;
  readingCount: number;
  /** As JSON: flat text of its own, where details may be slices that hold a whole payload. */
  rejections: string | undefined;
  rejectionCount: number;
  online: boolean | undefined;
  fate: Fate;
  /** What it counts against the bound. */
  size: number;
}

/** The places of one device, the newest at `last`; linked in the order of devices' last messages. */
export interface Places {
  readonly device: DeviceKey;
  /** No longer among those that are found. */
  isForgotten: boolean;
  places: Place[];
  last: number;
  older: Places | undefined;
  newer: Places | undefined;
}

/** Objects, keys and links beside buffer and texts: rounded up from heap snapshots. */
const overheadBytes = 400;
/** A reading in the buffer: at and value (f64), reasons (u32), number of the metric, flag (u8). */
const readingBytes = 22;
const bufferBytesMin = 128;
/** Up to here a copy in a loop is faster than a view to copy from. */
const loopBytesMax = 128;
const empty = Buffer.alloc(0);
const unknown: Fate = { isKept: undefined };

/** The readings of one message, as they are on their way into its place. */
const scratch = Buffer.alloc(readingBytes * diagnosticsLimits.readingsMax);
const scratchView = new DataView(scratch.buffer, scratch.byteOffset, scratch.length);

/** A tracer within `bytesMax`; at the bound those devices are forgotten that were silent for longest. */
export function createTracer(bytesMax: number = diagnosticsLimits.bytesMax): Tracer {
  const byDevice = new Map<DeviceKey, Places>();
  let newest: Places | undefined;
  let oldest: Places | undefined;
  let bytes = 0;

  function toFront(places: Places): void {
    if (places === newest) return;
    if (places.newer) places.newer.older = places.older;
    if (places.older) places.older.newer = places.newer;
    else if (oldest === places) oldest = places.newer;
    places.older = newest;
    places.newer = undefined;
    if (newest) newest.newer = places;
    newest = places;
    oldest ??= places;
  }

  function forgetOldest(): void {
    while (bytes > bytesMax && oldest && oldest !== newest) {
      const forgotten = oldest;
      byDevice.delete(forgotten.device);
      for (const { size } of forgotten.places) bytes -= size;
      oldest = forgotten.newer;
      if (oldest) oldest.older = undefined;
      // Who still has it holds on to nothing.
      forgotten.isForgotten = true;
      forgotten.places = [];
      forgotten.newer = undefined;
    }
  }

  function placesOf(device: DeviceKey): Places {
    let places = byDevice.get(device);
    if (!places) {
      places = {
        device,
        isForgotten: false,
        places: [],
        last: -1,
        older: undefined,
        newer: undefined,
      };
      byDevice.set(device, places);
    }
    return places;
  }

  /** The place of the device's next message, no longer counted. */
  function begin(places: Places): Place {
    toFront(places);
    const place = nextPlace(places);
    bytes -= place.size;
    return place;
  }

  function end(place: Place): void {
    const texts = place.topic.length + (place.rejections?.length ?? 0);
    place.size = overheadBytes + place.bytes.length + texts;
    bytes += place.size;
    if (bytes > bytesMax) forgetOldest();
  }

  return {
    note(message, entry, fate) {
      const { device } = entry;
      // What is handed in once more, or comes from a file, says nothing of the device now.
      if (device === undefined || message.replayOf !== undefined || message.imported) return;
      const place = begin(placesOf(device));
      place.fate = fate;
      fill(place, message, entry);
      end(place);
    },
    notePlain(traced, messages, source) {
      let places = traced.traces;
      if (!places || places.isForgotten) {
        places = placesOf(traced.device);
        traced.traces = places;
      }
      const place = begin(places);
      place.topic = traced.topic;
      fillPlain(place, messages, source);
      end(place);
    },
    of(device) {
      const { places = [], last = 0 } = byDevice.get(device) ?? {};
      const inOrder = [...places.slice(last + 1), ...places.slice(0, last + 1)];
      return inOrder.reverse().map(toTrace);
    },
    get bytes() {
      return bytes;
    },
  };
}

function nextPlace(places: Places): Place {
  places.last = (places.last + 1) % diagnosticsLimits.messagesPerDeviceMax;
  const known = places.places[places.last];
  if (known) return known;
  const place: Place = {
    receivedAt: 0,
    topic: '',
    bytes: empty,
    bytesUsed: 0,
    payloadBytes: 0,
    dialect: undefined,
    untimed: 0,
    readingsListed: 0,
    readingCount: 0,
    rejections: undefined,
    rejectionCount: 0,
    online: undefined,
    fate: unknown,
    size: 0,
  };
  places.places.push(place);
  return place;
}

function fill(place: Place, message: InboundMessage, entry: JournalEntry): void {
  const { readings } = entry;
  const rejections = entry.rejected?.rejections;
  const { readingsMax, rejectionsMax } = diagnosticsLimits;
  place.receivedAt = message.receivedAt;
  place.topic = message.topic;
  place.readingsListed = Math.min(readings.length, readingsMax);
  copyPayload(place, message.payload, 0, message.payload.length);
  copyReadings(place, readings);
  place.dialect = entry.dialect ?? entry.rejected?.dialect;
  place.untimed = entry.untimed ?? 0;
  place.readingCount = readings.length;
  place.rejections = rejections && JSON.stringify(rejections.slice(0, rejectionsMax));
  place.rejectionCount = rejections?.length ?? 0;
  place.online = entry.online;
}

/** The same for the last of plain messages, straight from its columns. */
function fillPlain(place: Place, messages: PlainMessages, source: PlainSource): void {
  const last = messages.count - 1;
  const rows = messages.receivedRows(last);
  place.fate = messages.fate;
  place.receivedAt = messages.receivedAt;
  place.readingsListed = Math.min(rows, diagnosticsLimits.readingsMax);
  copyPayload(place, source.bytes, source.start, source.end);
  copyRows(place, messages.received, messages.firstRow(last));
  place.dialect = native.dialect;
  place.untimed = source.untimed;
  place.readingCount = rows;
  place.rejections = undefined;
  place.rejectionCount = 0;
  place.online = undefined;
}

function copyPayload(place: Place, from: Uint8Array, start: number, stop: number): void {
  const length = stop - start;
  const end = Math.min(length, diagnosticsLimits.payloadBytesMax);
  const wanted = end + place.readingsListed * readingBytes;
  if (place.bytes.length < wanted) {
    let size = bufferBytesMin;
    while (size < wanted) size *= 2;
    // Not of the pool: a slab of it would be held by its last small piece.
    place.bytes = Buffer.allocUnsafeSlow(size);
  }
  const { bytes } = place;
  if (end > loopBytesMax) bytes.set(from.subarray(start, start + end));
  else for (let index = 0; index < end; index++) bytes[index] = from[start + index] ?? 0;
  place.bytesUsed = end;
  place.payloadBytes = length;
}

function copyReadings(place: Place, readings: readonly JudgedReading[]): void {
  const { bytes, bytesUsed, readingsListed } = place;
  let to = bytesUsed;
  for (const { metric, at, value, flag, reasons } of readings) {
    if (to === bytesUsed + readingsListed * readingBytes) return;
    to = bytes.writeDoubleLE(at, to);
    to = bytes.writeDoubleLE(value, to);
    to = bytes.writeUInt32LE(reasons, to);
    to = bytes.writeUInt8(metricNumber(metric), to);
    to = bytes.writeUInt8(flag, to);
  }
}

function copyRows(place: Place, columns: ReadingColumns, firstRow: number): void {
  const { bytes, bytesUsed, readingsListed } = place;
  let to = 0;
  for (let row = firstRow; row < firstRow + readingsListed; row++, to += readingBytes)
    writeReading(columns, row, to);
  for (let index = 0; index < to; index++) bytes[bytesUsed + index] = scratch[index] ?? 0;
}

function writeReading(
  { at, value, reasons, metric, flag }: ReadingColumns,
  row: number,
  to: number,
) {
  scratchView.setFloat64(to, at[row] ?? 0, true);
  scratchView.setFloat64(to + 8, value[row] ?? 0, true);
  scratchView.setUint32(to + 16, reasons[row] ?? 0, true);
  scratchView.setUint8(to + 20, metric[row] ?? 0);
  scratchView.setUint8(to + 21, flag[row] ?? 0);
}

function readingsOf({ bytes, bytesUsed, readingsListed }: Place): MessageTrace['accepted'] {
  return Array.from({ length: readingsListed }, (_, index) => {
    const from = bytesUsed + index * readingBytes;
    return {
      metric: metricNamed(bytes.readUInt8(from + 20)),
      at: bytes.readDoubleLE(from),
      value: bytes.readDoubleLE(from + 8),
      flag: bytes.readUInt8(from + 21),
      reasons: bytes.readUInt32LE(from + 16),
    };
  });
}

function toTrace(place: Place): MessageTrace {
  const { receivedAt, topic, dialect, online } = place;
  const { isKept } = place.fate;
  return {
    receivedAt,
    topic,
    ...(dialect === undefined ? {} : { dialect }),
    payload: payloadOf(place),
    accepted: readingsOf(place),
    acceptedCount: place.readingCount,
    untimedCount: place.untimed,
    rejections: place.rejections === undefined ? [] : JSON.parse(place.rejections),
    rejectedCount: place.rejectionCount,
    ...(online === undefined ? {} : { online }),
    ...(isKept === undefined ? {} : { kept: isKept }),
  };
}

/** Text where the bytes are text; where they were cut within a character, its first bytes are left out. */
function payloadOf({ bytes, bytesUsed, payloadBytes }: Place): MessageTrace['payload'] {
  const kept = bytes.subarray(0, bytesUsed);
  const cut = payloadBytes > bytesUsed;
  const whole = cut ? kept.subarray(0, wholeCharacters(kept)) : kept;
  const common = { bytes: payloadBytes, cut };
  if (isUtf8(whole)) return { encoding: 'text', data: whole.toString('utf8'), ...common };
  return { encoding: 'base64', data: kept.toString('base64'), ...common };
}

/** Length without a last character whose end is missing (RFC 3629: at most four bytes). */
function wholeCharacters(buffer: Buffer): number {
  for (let back = 1; back <= 4 && back <= buffer.length; back += 1) {
    const byte = buffer[buffer.length - back] ?? 0;
    if (byte < 0x80) return buffer.length - back + 1;
    if (byte < 0xc0) continue;
    const needed = byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : 2;
    return needed === back ? buffer.length : buffer.length - back;
  }
  return buffer.length;
}
