import type { DeviceKey } from '../../broker/contract/ids.ts';
import type { MetricName } from '../../broker/contract/metrics.ts';
import { packedLayout } from '../journal/packed.ts';
import { ingestLimits } from '../limits.ts';
import type { ReadingBatch } from '../store/reading-batch.ts';
import type { SeriesTable } from '../store/series-table.ts';
import type { RecordsRead } from './read-records.ts';

/** The names of a record, with the numbers of the series that are made of them. */
interface Names {
  devices: readonly DeviceKey[];
  metrics: readonly MetricName[];
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

  #number({ devices, metrics, numbers }: Names, place: number): number {
    const device = devices[Math.floor(place / metrics.length)] as DeviceKey;
    const number = this.#table.numberOf(device, metrics[place % metrics.length] as MetricName);
    numbers[place] = number;
    return number;
  }

  #namesOf(text: string): Names {
    const known = this.#known.get(text);
    if (known) return known;
    const [first = '', second = ''] = text.split('\n');
    const devices = first.split(' ') as DeviceKey[];
    const metrics = second.split(' ') as MetricName[];
    const count = devices.length * metrics.length;
    const names = { devices, metrics, numbers: new Int32Array(count).fill(-1) };
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
