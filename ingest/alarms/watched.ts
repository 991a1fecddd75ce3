import type { KeptAlarmRule } from '../../broker/contract/alarm-rules.ts';
import type { Device } from '../../broker/contract/device.ts';
import type { DeviceKey } from '../../broker/contract/ids.ts';
import type { MetricName } from '../../broker/contract/metrics.ts';
import { hair } from '../domain/alarms/conditions/stuck.ts';
import { narrowed, passTo, type QuietBand, quietBandOf } from '../domain/alarms/quiet-band.ts';
import { isIdle, newMemory, type WatchMemory } from '../domain/alarms/watch.ts';
import type { SeriesRows, Stillness } from './series-rows.ts';

/** One rule and one series (or device) that it is about. */
export interface Watch {
  rule: KeptAlarmRule;
  readonly device: WatchedDevice;
  readonly metric: MetricName | undefined;
  memory: WatchMemory;
  /** Its memory is on disk. */
  isKept: boolean;
  /** It is among those that are to be written. */
  isDirty: boolean;
}

export interface WatchedDevice {
  readonly key: DeviceKey;
  description: Device;
  intervalMs: number;
  /** Time between two samples of a series that is a gap. */
  gapMs: number;
  /** When it was first heard of; later instants have its series. */
  readonly sinceAt: number;
  firstRow: number;
  /** Where `Silence` has it. */
  silencePlace: number;
  /** Its series: metrics, their rows and the rest, each at the same place. */
  readonly metrics: MetricName[];
  readonly rows: number[];
  readonly series: WatchedSeries[];
  /** Rules about the device as a whole. */
  watches: Watch[];
}

export function newWatch(
  rule: KeptAlarmRule,
  { device, metric }: Pick<Watch, 'device' | 'metric'>,
  isActive = false,
): Watch {
  return { rule, device, metric, memory: newMemory(isActive), isKept: false, isDirty: false };
}

/**
 * One series and the rules about it. Most samples are as they should be: while all rules that have a quiet band are
 * idle, and the one about standing still is not about to hold, a newer sample within these bands passes in its row, and
 * only the other rules are asked.
 */
export class WatchedSeries {
  readonly #rows: SeriesRows;
  readonly #row: number;
  #watches: readonly Watch[] = [];
  #banded: readonly Watch[] = [];
  #still: Watch | undefined;
  #others: readonly Watch[] = [];
  #band: QuietBand = narrowed([]);

  constructor(rows: SeriesRows, row: number) {
    this.#rows = rows;
    this.#row = row;
  }

  get watches(): readonly Watch[] {
    return this.#watches;
  }

  /** The rule whose memory is in the row while samples pass. */
  get still(): Watch | undefined {
    return this.#still;
  }

  /** Those that are asked about a sample that passes, too. */
  get others(): readonly Watch[] {
    return this.#others;
  }

  watchBy(watches: readonly Watch[]): void {
    this.catchUp();
    this.#watches = watches;
    this.#banded = watches.filter(({ rule }) => quietBandOf(rule));
    this.#still = watches.find(({ rule }) => rule.condition.type === 'stuck');
    this.#others = watches.filter((one) => !this.#banded.includes(one) && one !== this.#still);
    this.#band = narrowed(watches.flatMap(({ rule }) => quietBandOf(rule) ?? []));
    this.look();
  }

  /** Looks whether samples may pass from now on. A memory on disk that need not be there is noted at the next one. */
  look(): void {
    const stillness = this.#still && this.#stillness(this.#still);
    const mayPass =
      this.#banded.every(({ memory, isKept }) => !isKept && isIdle(memory)) &&
      (!this.#still || stillness);
    if (!mayPass) this.#rows.close(this.#row);
    else
      this.#rows.open(this.#row, {
        band: this.#band,
        stillness,
        hasOthers: this.#others.length > 0,
      });
  }

  /** Memories have what has passed. */
  catchUp(): void {
    if (!this.#rows.catchUp(this.#row)) return;
    const last = this.#rows.last(this.#row);
    if (!last) return;
    for (const { memory } of this.#banded) passTo(memory, last.at);
    if (!this.#still) return;
    passTo(this.#still.memory, last.at);
    Object.assign(this.#still.memory.condition, this.#rows.stillness(this.#row));
  }

  /** Undefined while each sample has its say: the alarm is on or on its way, or the newest sample did not count. */
  #stillness({ rule: { condition }, memory }: Watch): Stillness | undefined {
    const { sameSinceAt, low, high } = memory.condition;
    if (condition.type !== 'stuck' || memory.isActive || memory.turningSinceAt !== undefined)
      return undefined;
    if (memory.lastAt === undefined || memory.lastAt !== this.#rows.last(this.#row)?.at)
      return undefined;
    if (sameSinceAt === undefined || low === undefined || high === undefined) return undefined;
    const { durationMs } = condition;
    return { tolerance: condition.tolerance + hair, durationMs, sameSinceAt, low, high };
  }
}
