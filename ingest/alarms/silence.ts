import type { MetricName } from '../../broker/contract/metrics.ts';
import { missing } from '../domain/alarms/conditions/missing.ts';
import { type Turn, watchVerdict } from '../domain/alarms/watch.ts';
import type { SeriesRows } from './series-rows.ts';
import type { Watch, WatchedDevice } from './watched.ts';

/** Verdicts about silence come from the clock: between them is no gap. */
const noGap = Number.POSITIVE_INFINITY;
const atNextLook = Number.NEGATIVE_INFINITY;
const never = Number.POSITIVE_INFINITY;
const firstPlaces = 256;

/**
 * Holds the silence of devices against the clock. While a device speaks, no rule has anything to say before its patience
 * with the last arrival is over: until that instant a look at the clock costs a number in a column, not the objects of
 * the device and its rules.
 */
export class Silence {
  readonly #rows: SeriesRows;
  readonly #note: (watch: Watch, turn: Turn | undefined) => void;
  readonly #devices: WatchedDevice[] = [];
  /** When each of {@link #devices} is to be asked next, at the same place. */
  #dueAt = new Float64Array(firstPlaces);

  /** `note`: a rule was asked. */
  constructor(rows: SeriesRows, note: (watch: Watch, turn: Turn | undefined) => void) {
    this.#rows = rows;
    this.#note = note;
  }

  watch(device: WatchedDevice): void {
    const place = this.#devices.push(device) - 1;
    if (place >= this.#dueAt.length) this.#grow();
    device.silencePlace = place;
    this.askAnew(device);
  }

  /** Its description, its rules or its series are others now. */
  askAnew({ silencePlace }: WatchedDevice): void {
    this.#dueAt[silencePlace] = atNextLook;
  }

  /** The device is watched no more; the last one takes its place. */
  forget({ silencePlace }: WatchedDevice): void {
    const last = this.#devices.pop();
    if (!last || last.silencePlace === silencePlace) return;
    this.#devices[silencePlace] = last;
    this.#dueAt[silencePlace] = this.#dueAt[last.silencePlace] ?? atNextLook;
    last.silencePlace = silencePlace;
  }

  look(now: number): void {
    const { length } = this.#devices;
    for (let place = 0; place < length; place++) {
      if ((this.#dueAt[place] ?? never) > now) continue;
      const device = this.#devices[place];
      if (device) this.#dueAt[place] = this.#ask(device, now);
    }
  }

  /** Asks the rules of a device; when to ask again. */
  #ask(device: WatchedDevice, now: number): number {
    let dueAt = never;
    for (const watch of device.watches) dueAt = Math.min(dueAt, this.#askOne(watch, device, now));
    return dueAt;
  }

  #askOne(watch: Watch, device: WatchedDevice, now: number): number {
    const { rule, memory, metric } = watch;
    const { condition } = rule;
    if (condition.type !== 'missing') return never;
    const heardAt = this.#heardAt(device, metric);
    // It is asked anew when the series comes.
    if (heardAt === undefined) return never;
    const { intervalMs } = device;
    const verdict = missing(condition, { silentMs: now - heardAt, intervalMs });
    const isCalm = verdict.held === 'over' && memory.turningSinceAt === undefined;
    if (isCalm && !memory.isActive) return heardAt + condition.intervals * intervalMs;
    this.#note(watch, watchVerdict(rule, memory, { verdict, at: now }, noGap));
    return atNextLook;
  }

  /** The last arrival of a series, or of any; undefined: the series was not heard yet. */
  #heardAt({ metrics, rows, sinceAt }: WatchedDevice, metric?: MetricName): number | undefined {
    if (metric) {
      const row = rows[metrics.indexOf(metric)];
      return row === undefined ? undefined : this.#rows.heardAt(row);
    }
    let heardAt = sinceAt;
    for (const row of rows) heardAt = Math.max(heardAt, this.#rows.heardAt(row));
    return heardAt;
  }

  #grow(): void {
    const dueAt = this.#dueAt;
    this.#dueAt = new Float64Array(2 * dueAt.length);
    this.#dueAt.set(dueAt);
  }
}
