import { isUtf8 } from 'node:buffer';
import type { InboundMessage } from '../../broker/bus/bus.ts';
import {
  diagnosticsLimits,
  type MessageTrace,
  type MessageTraces,
} from '../../broker/contract/diagnostics.ts';
import type { DeviceKey } from '../../broker/contract/ids.ts';
import { readingsTopic } from '../../broker/contract/topics.ts';
import { native } from '../decode/native.ts';
import { metricNamed } from '../domain/metric-numbers.ts';
import type { JournalEntry } from '../journal/entry.ts';
import type { Fate, PlainMessages } from '../journal/plain-messages.ts';
import { ReadingColumns } from '../journal/reading-columns.ts';
import { type Aside, type DeviceTraces, type Room, TraceMemory } from './trace-memory.ts';

/** Remembers the last messages of each device for whoever looks for a fault. */
export interface Tracer extends MessageTraces {
  /** Notes a message, and where it will stand whether it is kept. */
  note(message: InboundMessage, entry: JournalEntry, fate: Fate): void;
  /** The same for the last one of the messages, which is native, of its device's topic of readings; it lies in `source`. */
  notePlain(traced: Traced, messages: PlainMessages, source: PlainSource): void;
  /** What is held at the moment, as it counts against the bound. */
  readonly bytes: number;
}

/** A device whose messages are noted. */
export interface Traced {
  readonly device: DeviceKey;
  /** Where its messages are noted, once they are: to look it up costs more than to note them. */
  traces: DeviceTraces | undefined;
}

/** Where a message lies that was read, and how many of its readings have their time from its arrival. */
export interface PlainSource {
  readonly bytes: Uint8Array;
  readonly start: number;
  readonly end: number;
  readonly untimed: number;
}

/** Offsets in a slot: arrival (f64), then lengths and counts (u32). The payload follows, then the readings. */
const receivedAtOffset = 0;
const payloadBytesOffset = 8;
const payloadKeptOffset = 12;
const readingCountOffset = 16;
const readingsListedOffset = 20;
const untimedOffset = 24;
const headBytes = 28;
/** A reading: at and value (f64), reasons (u32), number of the metric, flag (u8). */
const readingBytes = 22;
/** Up to here a copy in a loop is faster than a view to copy from. */
const loopBytesMax = 128;

/** A message as it goes into a slot: where it lies, and the rows of its readings. */
interface Noted {
  receivedAt: number;
  source: PlainSource;
  columns: ReadingColumns;
  firstRow: number;
  rows: number;
}

/** A tracer within `bytesMax`; at the bound the oldest messages go. */
export function createTracer(bytesMax: number = diagnosticsLimits.bytesMax): Tracer {
  const memory = new TraceMemory(bytesMax);
  return {
    note(message, entry, fate) {
      const { device } = entry;
      // What is handed in once more, or comes from a file, says nothing of the device now.
      if (device === undefined || message.replayOf !== undefined || message.imported) return;
      const slot = memory.begin(device).slot(0);
      write(memory, slot, notedOf(message, entry));
      memory.end(slot, fate, asideOf(message, entry));
    },
    notePlain(traced, messages, source) {
      const traces = memory.begin(traced.device, traced.traces);
      traced.traces = traces;
      const slot = traces.slot(0);
      const last = messages.count - 1;
      write(memory, slot, {
        receivedAt: messages.receivedAt,
        source,
        columns: messages.received,
        firstRow: messages.firstRow(last),
        rows: messages.receivedRows(last),
      });
      memory.end(slot, messages.fate);
    },
    of(device) {
      const traces = memory.find(device);
      if (!traces) return [];
      return Array.from({ length: traces.count }, (_, age) =>
        toTrace(memory, device, traces.slot(age)),
      );
    },
    get bytes() {
      return memory.bytes;
    },
  };
}

/** The listed readings of an entry, on their way into its slot. */
const listed = new ReadingColumns(diagnosticsLimits.readingsMax);

function notedOf(message: InboundMessage, { readings, untimed = 0 }: JournalEntry): Noted {
  const { payload: bytes, receivedAt } = message;
  listed.count = 0;
  for (const reading of readings.slice(0, diagnosticsLimits.readingsMax)) listed.push(reading);
  const source = { bytes, start: 0, end: bytes.length, untimed };
  return { receivedAt, source, columns: listed, firstRow: 0, rows: readings.length };
}

/** What is remembered of a message that is not plain, beside its bytes. */
function asideOf({ topic }: InboundMessage, entry: JournalEntry): Aside {
  const rejections = entry.rejected?.rejections;
  return {
    topic,
    dialect: entry.dialect ?? entry.rejected?.dialect,
    rejections: rejections && JSON.stringify(rejections.slice(0, diagnosticsLimits.rejectionsMax)),
    rejectionCount: rejections?.length ?? 0,
    online: entry.online,
  };
}

function write(memory: TraceMemory, slot: number, noted: Noted): void {
  const { source, columns, firstRow, rows } = noted;
  const length = source.end - source.start;
  const kept = Math.min(length, diagnosticsLimits.payloadBytesMax);
  const rowsListed = Math.min(rows, diagnosticsLimits.readingsMax);
  const { view, at } = memory.slot(slot);
  view.setFloat64(at + receivedAtOffset, noted.receivedAt, true);
  view.setUint32(at + payloadBytesOffset, length, true);
  view.setUint32(at + payloadKeptOffset, kept, true);
  view.setUint32(at + readingCountOffset, rows, true);
  view.setUint32(at + readingsListedOffset, rowsListed, true);
  view.setUint32(at + untimedOffset, source.untimed, true);
  const room = memory.makeRoom(slot, headBytes, kept + rowsListed * readingBytes);
  copyPayload(room, source, kept);
  writeReadings(room.view, room.at + kept, { columns, firstRow, rows: rowsListed });
}

function copyPayload({ bytes, at }: Room, { bytes: from, start }: PlainSource, kept: number): void {
  if (kept > loopBytesMax) bytes.set(from.subarray(start, start + kept), at);
  else for (let index = 0; index < kept; index++) bytes[at + index] = from[start + index] ?? 0;
}

function writeReadings(
  view: DataView,
  start: number,
  { columns, firstRow, rows }: Pick<Noted, 'columns' | 'firstRow' | 'rows'>,
): void {
  const { at, value, reasons, metric, flag } = columns;
  let to = start;
  for (let row = firstRow; row < firstRow + rows; row++, to += readingBytes) {
    view.setFloat64(to, at[row] ?? 0, true);
    view.setFloat64(to + 8, value[row] ?? 0, true);
    view.setUint32(to + 16, reasons[row] ?? 0, true);
    view.setUint8(to + 20, metric[row] ?? 0);
    view.setUint8(to + 21, flag[row] ?? 0);
  }
}

function readingsAt(view: DataView, start: number, count: number): MessageTrace['accepted'] {
  return Array.from({ length: count }, (_, index) => {
    const from = start + index * readingBytes;
    return {
      at: view.getFloat64(from, true),
      value: view.getFloat64(from + 8, true),
      reasons: view.getUint32(from + 16, true),
      metric: metricNamed(view.getUint8(from + 20)),
      flag: view.getUint8(from + 21),
    };
  });
}

function toTrace(memory: TraceMemory, device: DeviceKey, slot: number): MessageTrace {
  const { view, at } = memory.slot(slot);
  const count = (offset: number) => view.getUint32(at + offset, true);
  const kept = count(payloadKeptOffset);
  const head = {
    receivedAt: view.getFloat64(at + receivedAtOffset, true),
    acceptedCount: count(readingCountOffset),
    untimedCount: count(untimedOffset),
  };
  const [payloadBytes, rowsListed] = [count(payloadBytesOffset), count(readingsListedOffset)];
  const aside = memory.aside(slot);
  const { dialect = native.dialect, topic = readingsTopic(device) } = aside ?? {};
  const { isKept } = memory.fate(slot);
  const content = memory.content(slot, headBytes);
  return {
    ...head,
    topic,
    ...(aside && aside.dialect === undefined ? {} : { dialect }),
    payload: payloadOf(content.bytes.subarray(content.at, content.at + kept), payloadBytes),
    accepted: readingsAt(content.view, content.at + kept, rowsListed),
    rejections: aside?.rejections === undefined ? [] : JSON.parse(aside.rejections),
    rejectedCount: aside?.rejectionCount ?? 0,
    ...(aside?.online === undefined ? {} : { online: aside.online }),
    ...(isKept === undefined ? {} : { kept: isKept }),
  };
}

/** Text where the bytes are text; where they were cut within a character, its first bytes are left out. */
function payloadOf(kept: Buffer, payloadBytes: number): MessageTrace['payload'] {
  const cut = payloadBytes > kept.length;
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
