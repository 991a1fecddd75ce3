import type { KeptAlarmRule } from '../../broker/contract/alarm-rules.ts';
import type { Device } from '../../broker/contract/device.ts';
import type { DeviceKey } from '../../broker/contract/ids.ts';
import type { MetricName } from '../../broker/contract/metrics.ts';
import type { Sample } from '../domain/alarms/condition.ts';
import {
  isWithin,
  narrowed,
  passTo,
  type QuietBand,
  quietBandOf,
} from '../domain/alarms/quiet-band.ts';
import { isIdle, newMemory, type WatchMemory } from '../domain/alarms/watch.ts';

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
  heardAt: number;
  readonly series: Map<MetricName, WatchedSeries>;
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

const never = Number.NEGATIVE_INFINITY;

/**
 * One series and the rules about it. Most samples are as they should be: while all rules that have a quiet band are
 * idle, a newer sample within these bands costs a few comparisons, and only the other rules are asked.
 */
export class WatchedSeries {
  /** Arrival of its last reading. */
  heardAt: number;
  /** The newest sample. */
  last: Sample | undefined;
  #watches: readonly Watch[] = [];
  #steady: readonly Watch[] = [];
  #banded: readonly Watch[] = [];
  #band: QuietBand = narrowed([]);
  #mayPass = false;
  /** The newest sample that the banded rules have not been asked about. */
  #passedAt = never;

  constructor(heardAt: number) {
    this.heardAt = heardAt;
  }

  get watches(): readonly Watch[] {
    return this.#watches;
  }

  /** Those that are asked about a sample that {@link passes} too. */
  get steady(): readonly Watch[] {
    return this.#steady;
  }

  watchBy(watches: readonly Watch[]): void {
    this.#catchUp();
    this.#watches = watches;
    this.#banded = watches.filter(({ rule }) => quietBandOf(rule));
    this.#steady = watches.filter(({ rule }) => !quietBandOf(rule));
    this.#band = narrowed(watches.flatMap(({ rule }) => quietBandOf(rule) ?? []));
    this.look();
  }

  /** Whether nothing comes of a sample by the rules with a band. When not, all are asked, and {@link look} after that. */
  passes(sample: Sample): boolean {
    if (this.#mayPass && sample.at > this.#passedAt && isWithin(this.#band, sample)) {
      this.#passedAt = sample.at;
      return true;
    }
    this.#catchUp();
    return false;
  }

  /** Looks whether samples may pass from now on. A memory on disk that need not be there is noted at the next one. */
  look(): void {
    this.#mayPass = true;
    for (const { memory, isKept } of this.#banded)
      if (isKept || !isIdle(memory)) this.#mayPass = false;
  }

  /** Takes a sample for the newest, if it is, in the object that is there: this is done for each reading. */
  take({ at, value, flag }: Sample): void {
    const { last } = this;
    if (!last) this.last = { at, value, flag };
    else if (at > last.at) {
      last.at = at;
      last.value = value;
      last.flag = flag;
    }
  }

  #catchUp(): void {
    if (this.#passedAt === never) return;
    for (const { memory } of this.#banded) passTo(memory, this.#passedAt);
    this.#passedAt = never;
  }
}
