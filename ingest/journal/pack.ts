import type { DeviceKey } from '../../broker/contract/ids.ts';
import { type MetricName, metricNames } from '../../broker/contract/metrics.ts';
import { metricNamed } from '../domain/metric-numbers.ts';
import { frameMagic } from './frame.ts';
import { packedLayout, packedVersion } from './packed.ts';
import type { PlainMessages } from './plain-messages.ts';
import type { ReadingColumns } from './reading-columns.ts';

/** Bounded by `ingestLimits.packedRowsMax`: some 3 MB, far from what a frame holds. */
let room = Buffer.alloc(64 * 1024);
let view = new DataView(room.buffer, room.byteOffset, room.length);

/**
 * The messages as one record (see `packed.ts`), valid until the next call. Undefined when the magic of a frame would
 * occur in it by chance: nothing in a record may look like the beginning of one, so its entries must go one by one.
 */
export function pack(messages: PlainMessages): Buffer | undefined {
  const { received, derived, count } = messages;
  const rows = received.count + derived.count;
  const layout = packedLayout(rows, count);
  const names = new Names();
  makeRoom(layout.names, 0);
  for (let message = 0; message < count; message++) {
    view.setUint16(layout.device + 2 * message, names.device(messages.device(message)), true);
    view.setUint16(layout.receivedRows + 2 * message, messages.receivedRows(message), true);
    view.setUint16(layout.derivedRows + 2 * message, messages.derivedRows(message), true);
  }
  writeRows(received, 0, { layout, names });
  writeRows(derived, received.count, { layout, names });
  const text = names.text();
  const bytes = layout.names + text.length;
  makeRoom(bytes, layout.names);
  room.write(text, layout.names, 'latin1');
  view.setUint32(0, packedVersion, true);
  view.setUint32(4, rows, true);
  view.setFloat64(8, messages.receivedAt, true);
  view.setUint32(16, received.count, true);
  view.setUint32(20, count, true);
  view.setUint32(24, text.length, true);
  view.setUint32(28, 0, true);
  const record = room.subarray(0, bytes);
  return record.includes(frameMagic) ? undefined : record;
}

function makeRoom(bytes: number, bytesUsed: number): void {
  if (bytes <= room.length) return;
  const larger = Buffer.alloc(2 ** Math.ceil(Math.log2(bytes)));
  room.copy(larger, 0, 0, bytesUsed);
  room = larger;
  view = new DataView(room.buffer, room.byteOffset, room.length);
}

function writeRows(
  columns: ReadingColumns,
  from: number,
  { layout, names }: { layout: ReturnType<typeof packedLayout>; names: Names },
): void {
  const { at, value, reasons, metric, flag } = columns;
  for (let index = 0; index < columns.count; index++) {
    const row = from + index;
    view.setFloat64(layout.at + 8 * row, at[index] ?? 0, true);
    view.setFloat64(layout.value + 8 * row, value[index] ?? 0, true);
    view.setUint32(layout.reasons + 4 * row, reasons[index] ?? 0, true);
    view.setUint8(layout.metric + row, names.metric(metric[index] ?? 0));
    view.setUint8(layout.flag + row, flag[index] ?? 0);
  }
}

/** The names in a record and their places, in the order in which they first occur. */
class Names {
  readonly #devices: DeviceKey[] = [];
  readonly #metrics: MetricName[] = [];
  /** Only when there are several: mostly a record has one device. */
  #placeOf: Map<DeviceKey, number> | undefined;
  readonly #metricPlaces = new Int16Array(metricNames.length).fill(-1);

  device(key: DeviceKey): number {
    const last = this.#devices.length - 1;
    if (this.#devices[last] === key) return last;
    this.#placeOf ??= new Map(this.#devices.map((known, place) => [known, place]));
    let place = this.#placeOf.get(key);
    if (place === undefined) {
      place = this.#devices.push(key) - 1;
      this.#placeOf.set(key, place);
    }
    return place;
  }

  metric(number: number): number {
    let place = this.#metricPlaces[number] ?? -1;
    if (place < 0) {
      place = this.#metrics.push(metricNamed(number)) - 1;
      this.#metricPlaces[number] = place;
    }
    return place;
  }

  text(): string {
    return `${this.#devices.join(' ')}\n${this.#metrics.join(' ')}`;
  }
}
