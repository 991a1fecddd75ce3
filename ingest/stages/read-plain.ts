import { parseInstant } from '../../broker/contract/instant.ts';
import { limits } from '../../broker/contract/limits.ts';
import { metricNames, metricOf } from '../../broker/contract/metrics.ts';
import { qualityFlags } from '../../broker/contract/quality.ts';
import { NameTable } from '../decode/name-table.ts';
import { PlainJson } from '../decode/plain-json.ts';
import { ReadingColumns } from '../journal/reading-columns.ts';
import { type Bounds, isSwitch } from './validate.ts';

const atKey = metricNames.length;
const readingsKey = atKey + 1;
const keys = new NameTable([...metricNames, 'at', 'readings']);

/** What a value of each metric may be; NaN where devices may not send it, so that no value is in range. */
const all = metricNames.map(metricOf);
const lowest = Float64Array.from(all, ({ derivedFrom, min }) => (derivedFrom ? Number.NaN : min));
const highest = Float64Array.from(all, ({ max }) => max);
const onlyWhole = all.map(isSwitch);

const nothing = new Uint8Array();
const quote = 0x22;
const comma = 0x2c;
const colon = 0x3a;
const openArray = 0x5b;
const closeArray = 0x5d;
const openObject = 0x7b;
const closeObject = 0x7d;

/**
 * Decodes and validates native messages of the usual form in one go, from the bytes into columns: an object of
 * metrics with or without a time, or a batch of such objects. Whatever is unusual, good or bad, is left to
 * `interpret`, which alone words what is wrong; what is read here is what it would have read.
 */
export class PlainReader {
  /** Of the message that was read last: readings whose time is the arrival. */
  untimed = 0;
  /** Where it lies. */
  bytes: Uint8Array = nothing;
  start = 0;
  end = 0;
  readonly #json = new PlainJson();
  #to: ReadingColumns = new ReadingColumns(0);
  #receivedAt = 0;
  #oldestAt = 0;
  /** Number of the object that is being read, and the last one that each key was in. */
  #object = 0;
  readonly #seenIn = new Float64Array(metricNames.length);

  /** Says where the following messages lie. */
  begin(bytes: Uint8Array, bounds: Bounds): void {
    this.bytes = bytes;
    this.#json.bytes = bytes;
    this.#receivedAt = bounds.receivedAt;
    this.#oldestAt = bounds.oldestAt;
  }

  /** Adds the readings of the message from `start` up to `end`; false, and nothing added, when it is unusual. */
  read(start: number, end: number, to: ReadingColumns): boolean {
    const json = this.#json;
    this.#to = to;
    this.start = start;
    this.end = end;
    const { count } = to;
    json.place = start;
    this.untimed = 0;
    if (this.#readMessage(count) && to.count > count) {
      json.peek();
      if (json.place === end) return true;
    }
    to.count = count;
    return false;
  }

  #readMessage(firstRow: number): boolean {
    const json = this.#json;
    if (!json.take(openObject)) return false;
    const key = json.key(keys);
    if (key !== readingsKey) return this.#readObject(key);
    if (!json.take(colon) || !json.take(openArray)) return false;
    do {
      if (this.#to.count - firstRow >= limits.readingsPerMessageMax) return false;
      if (!json.take(openObject) || !this.#readObject(json.key(keys))) return false;
    } while (json.take(comma));
    return json.take(closeArray) && json.take(closeObject);
  }

  /** Reads an object, its first key taken already, to its end. */
  #readObject(firstKey: number): boolean {
    const json = this.#json;
    const firstRow = this.#to.count;
    this.#object += 1;
    let at = Number.NaN;
    let isTimed = false;
    for (let key = firstKey; ; key = json.key(keys)) {
      if (key < 0 || key > atKey || !json.take(colon)) return false;
      if (key === atKey) {
        if (isTimed) return false;
        isTimed = true;
        at = this.#readInstant();
      } else if (!this.#readValue(key)) return false;
      if (!json.take(comma)) break;
    }
    if (!isTimed) at = this.#receivedAt;
    // Stated positively: NaN is in no range.
    const isInTime = at <= this.#receivedAt + limits.clockAheadMsMax && at >= this.#oldestAt;
    if (!isInTime || !json.take(closeObject)) return false;
    this.#to.at.fill(at, firstRow, this.#to.count);
    if (!isTimed) this.untimed += this.#to.count - firstRow;
    return true;
  }

  #readValue(metric: number): boolean {
    // Of a key that comes twice JSON.parse takes the last.
    if (this.#seenIn[metric] === this.#object) return false;
    this.#seenIn[metric] = this.#object;
    // Not measured.
    if (this.#json.isNull()) return true;
    const value = this.#json.number();
    const isInRange = value >= (lowest[metric] ?? 0) && value <= (highest[metric] ?? 0);
    if (!isInRange || (onlyWhole[metric] && !Number.isInteger(value))) return false;
    const to = this.#to;
    to.reserve(1);
    const row = to.count++;
    to.metric[row] = metric;
    // Minus zero is zero.
    to.value[row] = value + 0;
    to.flag[row] = qualityFlags.notEvaluated;
    to.reasons[row] = 0;
    return true;
  }

  #readInstant(): number {
    const json = this.#json;
    if (json.peek() === quote) return json.instant();
    return parseInstant(json.number()) ?? Number.NaN;
  }
}
