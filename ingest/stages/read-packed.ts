import type { DeviceKey } from '../../broker/contract/ids.ts';
import { type MetricName, metricNames } from '../../broker/contract/metrics.ts';
import { packedLayout } from '../journal/packed.ts';
import { ingestLimits } from '../limits.ts';
import type { ReadingBatch } from '../store/reading-batch.ts';
import type { SeriesTable } from '../store/series-table.ts';
import type { RecordsRead } from './read-records.ts';

/** The one text of each name: two that are the same text are compared faster than two that are alike. */
const catalogued: ReadonlyMap<string, MetricName> = new Map(
  metricNames.map((name) => [name, name]),
);
/** Characters from one that counts in a hash to the next: names of devices differ in the last ones. */
const hashedEvery = 3;

/** The names of a record, with the numbers of the series that are made of them. */
interface Names {
  devices: readonly DeviceKey[];
  metrics: readonly MetricName[];
  /** Of each device, the numbers of its series. */
  ofDevices: readonly number[][];
  /** By place of device times number of metrics plus place of metric; -1 where none was asked for. */
  numbers: Int32Array;
}

/** A packed record as it lies in what was read of the journal. */
interface Record {
  view: DataView;
  layout: ReturnType<typeof packedLayout>;
  names: Names;
  receivedAt: number;
}

/** Rows of a record for one of the batches, and where their messages say how many each has. */
interface Rows {
  from: number;
  to: number;
  countsAt: number;
}

/**
 * Reads packed records into columns: a reading costs no object, and names that came before cost one look-up for all of
 * them.
 */
export class PackedReader {
  readonly #table: SeriesTable;
  readonly #known = new Map<string, Names>();
  /** Hashes of names that came once; a power of two. */
  readonly #lately = new Int32Array(65_536);
  #knownSeries = 0;

  constructor(table: SeriesTable) {
    this.#table = table;
  }

  /** @throws when the record contradicts itself; then nothing of it was read */
  read(position: number, payload: Buffer, into: RecordsRead): void {
    const view = new DataView(payload.buffer, payload.byteOffset, payload.length);
    const rows = view.getUint32(4, true);
    const receivedRows = view.getUint32(16, true);
    const messages = view.getUint32(20, true);
    const layout = packedLayout(rows, messages);
    if (layout.names + view.getUint32(24, true) !== payload.length || receivedRows > rows)
      throw new Error('no packed record');
    const names = this.#namesOf(payload.toString('latin1', layout.names));
    const record = { view, layout, names, receivedAt: view.getFloat64(8, true) };
    const received = { from: 0, to: receivedRows, countsAt: layout.receivedRows };
    const derived = { from: receivedRows, to: rows, countsAt: layout.derivedRows };
    checkPlaces(record, rows);
    checkMessages(record, messages, received);
    checkMessages(record, messages, derived);
    into.begin(position, record.receivedAt, messages);
    this.#addRows(record, received, into.received);
    if (derived.to > derived.from) this.#addRows(record, derived, into.derived);
  }

  #addRows({ view, layout, names, receivedAt }: Record, rows: Rows, batch: ReadingBatch): void {
    batch.reserve(rows.to - rows.from);
    const metricCount = names.metrics.length;
    let { length: to } = batch;
    let messageEnd = rows.from;
    let deviceAt = layout.device - 2;
    let countAt = rows.countsAt;
    for (let row = rows.from; row < rows.to; row++) {
      while (row === messageEnd) {
        messageEnd += view.getUint16(countAt, true);
        countAt += 2;
        deviceAt += 2;
      }
      const place =
        view.getUint16(deviceAt, true) * metricCount + view.getUint8(layout.metric + row);
      let number = names.numbers[place] as number;
      if (number < 0) number = this.#number(names, place);
      batch.series[to] = number;
      batch.at[to] = view.getFloat64(layout.at + 8 * row, true);
      batch.value[to] = view.getFloat64(layout.value + 8 * row, true);
      batch.flag[to] = view.getUint8(layout.flag + row);
      batch.reasons[to] = view.getUint32(layout.reasons + 4 * row, true);
      batch.receivedAt[to++] = receivedAt;
    }
    batch.length = to;
  }

  #number({ devices, metrics, ofDevices, numbers }: Names, place: number): number {
    const devicePlace = Math.floor(place / metrics.length);
    const device = devices[devicePlace] as DeviceKey;
    const metric = metrics[place % metrics.length] as MetricName;
    const number = this.#table.numberAmong(ofDevices[devicePlace] as number[], device, metric);
    numbers[place] = number;
    return number;
  }

  #namesOf(text: string): Names {
    const known = this.#known.get(text);
    if (known) return known;
    const [first = '', second = ''] = text.split('\n');
    const devices = first.split(' ') as DeviceKey[];
    const metrics = second.split(' ').map((name) => catalogued.get(name) ?? (name as MetricName));
    // All of them first: memory is asked for many at a time, where each by itself would be waited for.
    const ofDevices = devices.map((device) => this.#table.numbersOf(device));
    const count = devices.length * metrics.length;
    const names = { devices, metrics, ofDevices, numbers: new Int32Array(count).fill(-1) };
    // Names of many devices come in ever another order: what is remembered of them would only be memory.
    if (!this.#cameBefore(text)) return names;
    if (this.#knownSeries + count > ingestLimits.sinkNamesMax) {
      this.#known.clear();
      this.#knownSeries = 0;
    }
    // What fills it by itself (a burst of thousands of devices) would not come again in this order.
    if (count > ingestLimits.sinkNamesMax) return names;
    this.#known.set(text, names);
    this.#knownSeries += count;
    return names;
  }

  /** Whether names came not long ago; now and then true by chance. */
  #cameBefore(text: string): boolean {
    let hash = text.length;
    for (let index = 0; index < text.length; index += hashedEvery)
      hash = (Math.imul(hash, 31) + text.charCodeAt(index)) | 0;
    const place = (hash ^ (hash >>> 16)) & (this.#lately.length - 1);
    const isThere = this.#lately[place] === hash;
    this.#lately[place] = hash;
    return isThere;
  }
}

function checkPlaces({ view, layout, names }: Record, rows: number): void {
  for (let row = 0; row < rows; row++)
    if (view.getUint8(layout.metric + row) >= names.metrics.length) throw contradiction();
}

/** That each message has a device, and all together as many rows as the record says. */
function checkMessages({ view, layout, names }: Record, messages: number, rows: Rows): void {
  let count = 0;
  for (let message = 0; message < messages; message++) {
    if (view.getUint16(layout.device + 2 * message, true) >= names.devices.length)
      throw contradiction();
    count += view.getUint16(rows.countsAt + 2 * message, true);
  }
  if (count !== rows.to - rows.from) throw contradiction();
}

function contradiction(): Error {
  return new Error('a packed record that contradicts itself');
}
