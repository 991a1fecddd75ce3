import { tierWidthMs } from '../../../broker/contract/windows.ts';
import type { RollUpRow, SeriesShape } from '../../domain/roll-up.ts';
import { RunningRows } from '../../domain/running-rows.ts';
import { storeLimits } from '../limits.ts';

const minuteMs = tierWidthMs['1m'];
/** The minute under way and the one before it, which is rolled up meanwhile. */
const minutesKept = 2;

/**
 * The last minutes of each series, so that rolling them up reads nothing: at thousands of samples a second reading them
 * again takes longer than writing them. A minute is whole when every stored sample of it was noted here, in order;
 * of any other the samples must be read. Lives with the open database, and follows what it confirmed.
 */
export class OpenMinutes {
  readonly #rows = new RunningRows();
  #seriesRoom = 0;
  /** By series; 0 until a roll-up has told it. */
  #intervalMs = new Float64Array(0);
  /** By window: two of each series, even and odd minutes. */
  #start = new Float64Array(0);
  #isWhole = new Uint8Array(0);

  /** A sample that is newer than all that is stored of its series. */
  note(series: number, at: number, value: number, flag: number): void {
    if (!this.#hasRoom(series)) return;
    const start = at - (at % minuteMs);
    const window = windowOf(series, start);
    if ((this.#start[window] as number) < start) this.#begin(series, window, start);
    if (this.#start[window] === start && this.#isWhole[window])
      this.#rows.add(window, at, value, flag);
  }

  /** Something else has become of a sample, or one came that was not the newest: its minute must be read. */
  disturb(series: number, at: number): void {
    if (!this.#hasRoom(series)) return;
    const start = at - (at % minuteMs);
    const window = windowOf(series, start);
    if ((this.#start[window] as number) > start) return;
    this.#start[window] = start;
    this.#isWhole[window] = 0;
  }

  /** Follows a deletion of everything older than `before`. */
  forgetBefore(before: number): void {
    for (let window = 0; window < this.#start.length; window++)
      if ((this.#start[window] as number) < before) this.#isWhole[window] = 0;
  }

  /** How a series is combined: with another nominal interval its minutes must be read. */
  expect(series: number, { kind, intervalMs }: SeriesShape): void {
    const wanted = kind === 'gauge' ? intervalMs : 0;
    if (!this.#hasRoom(series) || this.#intervalMs[series] === wanted) return;
    this.#intervalMs[series] = wanted;
    this.#isWhole.fill(0, series * minutesKept, (series + 1) * minutesKept);
  }

  /** Whether a minute is whole. */
  has(series: number, start: number): boolean {
    const window = windowOf(series, start);
    return this.#start[window] === start && this.#isWhole[window] === 1;
  }

  /** The row of a minute; undefined when its samples must be read. */
  rowOf(series: number, start: number): RollUpRow | undefined {
    if (!this.has(series, start)) return undefined;
    return this.#rows.row(windowOf(series, start), start);
  }

  #begin(series: number, window: number, start: number): void {
    const intervalMs = this.#intervalMs[series] as number;
    this.#start[window] = start;
    this.#isWhole[window] = intervalMs > 0 ? 1 : 0;
    this.#rows.begin(window, intervalMs);
  }

  #hasRoom(series: number): boolean {
    if (series < this.#seriesRoom) return true;
    if (series >= storeLimits.openMinutesSeriesMax) return false;
    this.#seriesRoom = Math.min(Math.max(series + 1, 2 * series), storeLimits.openMinutesSeriesMax);
    const windows = this.#seriesRoom * minutesKept;
    const known = this.#start.length;
    this.#intervalMs = grown(this.#intervalMs, new Float64Array(this.#seriesRoom));
    this.#start = grown(this.#start, new Float64Array(windows)).fill(-1, known);
    this.#isWhole = grown(this.#isWhole, new Uint8Array(windows));
    this.#rows.reserve(windows);
    return true;
  }
}

function windowOf(series: number, start: number): number {
  return series * minutesKept + ((start / minuteMs) % minutesKept);
}

function grown<Column extends { set(from: Column): void }>(from: Column, into: Column): Column {
  into.set(from);
  return into;
}
