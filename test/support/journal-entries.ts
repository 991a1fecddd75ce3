import type { DeviceKey } from '../../broker/contract/ids.ts';
import type { MetricName } from '../../broker/contract/metrics.ts';
import type { JudgedReading } from '../../broker/contract/reading.ts';
import { decodeEntry, type JournalEntry } from '../../ingest/journal/entry.ts';
import { isPacked, packedLayout } from '../../ingest/journal/packed.ts';

/** The entries of a record, packed or JSON. @throws when it is neither */
export function decodeEntries(payload: Buffer): JournalEntry[] {
  return isPacked(payload) ? packedEntries(readPacked(payload)) : [decodeEntry(payload)];
}

/** A packed record as objects can be made of it: a second way to read it, by which tests judge the product's. */
export interface PackedReadings {
  /** Arrival of all of them, epoch ms UTC. */
  receivedAt: number;
  rows: number;
  /** Rows from 0 to here were received, the others are derived. */
  received: number;
  /** How many messages they came in. */
  messages: number;
  devices: readonly DeviceKey[];
  metrics: readonly MetricName[];
  /** By row: place in `devices`, place in `metrics`. */
  device: Uint16Array;
  metric: Uint8Array;
  at: Float64Array;
  value: Float64Array;
  flag: Uint8Array;
  reasons: Uint32Array;
  /** By message: place in `devices`, number of its rows. */
  messageDevice: Uint16Array;
  receivedRows: Uint16Array;
  derivedRows: Uint16Array;
}

/** Reads a packed record. @throws when it is none: the frame's checksum has vouched for the bytes, not for their sense */
export function readPacked(payload: Buffer): PackedReadings {
  // Of its own: views need aligned columns, and must not hold on to all that was read with it.
  const bytes = new Uint8Array(payload);
  const { buffer } = bytes;
  const head = new DataView(buffer);
  const rows = head.getUint32(4, true);
  const received = head.getUint32(16, true);
  const messages = head.getUint32(20, true);
  const layout = packedLayout(rows, messages);
  const isWhole = layout.names + head.getUint32(24, true) === bytes.length;
  if (!isPacked(bytes) || !isWhole || received > rows) throw new Error('no packed record');
  const [devices = '', metrics = ''] = payload.toString('latin1', layout.names).split('\n');
  const packed: PackedReadings = {
    receivedAt: head.getFloat64(8, true),
    rows,
    received,
    messages,
    devices: devices.split(' ') as DeviceKey[],
    metrics: metrics.split(' ') as MetricName[],
    device: new Uint16Array(rows),
    metric: bytes.subarray(layout.metric, layout.flag),
    at: new Float64Array(buffer, layout.at, rows),
    value: new Float64Array(buffer, layout.value, rows),
    flag: bytes.subarray(layout.flag, layout.names),
    reasons: new Uint32Array(buffer, layout.reasons, rows),
    messageDevice: new Uint16Array(buffer, layout.device, messages),
    receivedRows: new Uint16Array(buffer, layout.receivedRows, messages),
    derivedRows: new Uint16Array(buffer, layout.derivedRows, messages),
  };
  fillDevices(packed);
  return packed;
}

/** Gives each row the device of its message, and sees that all places are places. */
function fillDevices(packed: PackedReadings): void {
  const { device, messageDevice, receivedRows, derivedRows, received, rows } = packed;
  let row = 0;
  let derivedRow = received;
  let isSound = true;
  for (let message = 0; message < packed.messages; message++) {
    const place = messageDevice[message] ?? 0;
    if (place >= packed.devices.length) isSound = false;
    const end = row + (receivedRows[message] ?? 0);
    const derivedEnd = derivedRow + (derivedRows[message] ?? 0);
    device.fill(place, row, end);
    device.fill(place, derivedRow, derivedEnd);
    row = end;
    derivedRow = derivedEnd;
  }
  for (let index = 0; index < rows; index++)
    if ((packed.metric[index] ?? 0) >= packed.metrics.length) isSound = false;
  if (!isSound || row !== received || derivedRow !== rows)
    throw new Error('a packed record that contradicts itself');
}

/** The messages of a packed record, an entry for each. */
function packedEntries(packed: PackedReadings): JournalEntry[] {
  const entries: JournalEntry[] = [];
  let row = 0;
  let derivedRow = packed.received;
  for (let message = 0; message < packed.messages; message++) {
    const readings = readingsOf(packed, row, packed.receivedRows[message] ?? 0);
    const derived = readingsOf(packed, derivedRow, packed.derivedRows[message] ?? 0);
    row += readings.length;
    derivedRow += derived.length;
    const device = packed.devices[packed.messageDevice[message] ?? 0];
    const entry: JournalEntry = { device, receivedAt: packed.receivedAt, readings };
    if (derived.length > 0) entry.derived = derived;
    entries.push(entry);
  }
  return entries;
}

function readingsOf(packed: PackedReadings, from: number, count: number): JudgedReading[] {
  const readings: JudgedReading[] = [];
  for (let row = from; row < from + count; row++) {
    const metric = packed.metrics[packed.metric[row] ?? 0];
    if (metric === undefined) throw new Error('a packed record that contradicts itself');
    readings.push({
      metric,
      at: packed.at[row] ?? 0,
      value: packed.value[row] ?? 0,
      flag: packed.flag[row] ?? 0,
      reasons: packed.reasons[row] ?? 0,
    });
  }
  return readings;
}
