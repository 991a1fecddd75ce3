import { performance } from 'node:perf_hooks';
import type { DeviceKey } from '../../broker/contract/ids.ts';
import type { LiveReadings } from '../../broker/contract/live.ts';
import type { JudgedReading } from '../../broker/contract/reading.ts';
import { alarmLimits } from './limits.ts';

interface Newest {
  device: DeviceKey;
  receivedAt: number;
  reading: JudgedReading;
}

/** Messages that are judged and still held. */
const judgedMax = 5_000;
/** Messages between two looks at the clock, which costs as much as some of them. */
const judgedPerLook = 16;

/**
 * Readings on their way to be judged: in order, a few milliseconds at a time, so that whoever hands them over never
 * waits. When more come than can be judged, of each series only the newest waits, and what it replaced is counted.
 */
export class Inbox {
  readonly #judge: (message: LiveReadings) => void;
  readonly #onError: (error: unknown) => void;
  readonly #nowMs: () => number;
  #messages: LiveReadings[] = [];
  #next = 0;
  /** Readings in {@link #messages} that are not judged yet. */
  #waiting = 0;
  readonly #newest = new Map<string, Newest>();
  /** Goes on where it was: a new look at a map from which the first ones were removed walks past all of these. */
  #inTurn = this.#newest.entries();
  #leftOut = 0;
  #isRunning = false;
  #isOpen = false;
  #whenEmpty: (() => void)[] = [];
  /** When it judged last, by `nowMs`. */
  #judgedAtMs = Number.NEGATIVE_INFINITY;

  /** `nowMs`: a clock that never goes back. */
  constructor(
    judge: (message: LiveReadings) => void,
    onError: (error: unknown) => void,
    nowMs = () => performance.now(),
  ) {
    this.#judge = judge;
    this.#onError = onError;
    this.#nowMs = nowMs;
  }

  /** Readings that were not judged because there were too many. */
  get leftOut(): number {
    return this.#leftOut;
  }

  /** Readings that wait. */
  get size(): number {
    return this.#waiting + this.#newest.size;
  }

  /** Arrival of the reading that has waited longest, epoch ms UTC; undefined when none waits. */
  get oldestAt(): number | undefined {
    const waiting = this.#messages[this.#next];
    if (waiting) return waiting.receivedAt;
    for (const { receivedAt } of this.#newest.values()) return receivedAt;
    return undefined;
  }

  /** Begins to judge; until then everything waits. */
  open(): void {
    this.#isOpen = true;
    this.#run();
  }

  close(): void {
    this.#isOpen = false;
  }

  take(batch: readonly LiveReadings[]): void {
    for (const message of batch) {
      // What waits of a series must not be overtaken: once there is a backlog, all goes there.
      if (this.#waiting >= alarmLimits.inboxMax || this.#newest.size > 0) this.#coalesce(message);
      else {
        this.#messages.push(message);
        this.#waiting += message.readings.length;
      }
    }
    this.#run();
  }

  /** Resolves when nothing waits. */
  empty(): Promise<void> {
    if (this.size === 0) return Promise.resolve();
    return new Promise((resolve) => this.#whenEmpty.push(resolve));
  }

  #coalesce({ device, receivedAt, readings }: LiveReadings): void {
    for (const reading of readings) {
      const key = `${device} ${reading.metric}`;
      const waits = this.#newest.get(key);
      if (waits || this.#newest.size >= alarmLimits.inboxSeriesMax) this.#leftOut += 1;
      if (waits ? reading.at >= waits.reading.at : this.#newest.size < alarmLimits.inboxSeriesMax)
        this.#newest.set(key, { device, receivedAt, reading });
    }
  }

  #run(): void {
    if (this.#isRunning || !this.#isOpen) return;
    this.#isRunning = true;
    setImmediate(() => this.#work());
  }

  #work(): void {
    const until = this.#until();
    let judged = 0;
    do {
      const message = this.#take();
      if (!message) break;
      try {
        this.#judge(message);
      } catch (error) {
        this.#onError(error);
      }
      judged += 1;
    } while (judged % judgedPerLook > 0 || this.#nowMs() < until);
    this.#judgedAtMs = this.#nowMs();
    this.#isRunning = false;
    if (this.size > 0) this.#run();
    else for (const resolve of this.#whenEmpty.splice(0)) resolve();
  }

  /** Where others take long at a time, more comes meanwhile: judging has a share of that. */
  #until(): number {
    const { judgeMsAtOnce, judgeMsAtOnceMax, judgeShare } = alarmLimits;
    const nowMs = this.#nowMs();
    const shareMs = (nowMs - this.#judgedAtMs) * judgeShare;
    return nowMs + Math.min(Math.max(judgeMsAtOnce, shareMs), judgeMsAtOnceMax);
  }

  #take(): LiveReadings | undefined {
    const message = this.#messages[this.#next];
    if (message) {
      this.#next += 1;
      this.#waiting -= message.readings.length;
      // Also when there is always a next one, those that are judged are let go.
      if (this.#next === this.#messages.length) {
        this.#messages.length = 0;
        this.#next = 0;
      } else if (this.#next === judgedMax) {
        this.#messages.splice(0, judgedMax);
        this.#next = 0;
      }
      return message;
    }
    const { value } = this.#inTurn.next();
    if (!value) {
      this.#inTurn = this.#newest.entries();
      return undefined;
    }
    const [key, { device, receivedAt, reading }] = value;
    this.#newest.delete(key);
    return { device, receivedAt, readings: [reading] };
  }
}
