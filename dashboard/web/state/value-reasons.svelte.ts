import type { Series } from '../../../broker/contract/api.ts';
import type { DeviceKey } from '../../../broker/contract/ids.ts';
import { type Api, ApiFailure } from './api.ts';
import { isDoubted } from './describe-quality.ts';
import type { Live } from './live.svelte.ts';
import type { Slot } from './live-table.ts';

interface Known {
  at: number;
  reasons: number;
}

/**
 * Why newest values of one device are suspect or bad. The stream has their flags alone, so the reasons are read
 * from the store, a moment after such a value came and not more often than every {@link readMs}.
 */
export class ValueReasons {
  #known = $state.raw<ReadonlyMap<string, Known>>(new Map());
  readonly #api: Api;
  readonly #live: Live;
  readonly #unsubscribe: () => void;
  #device: DeviceKey | undefined;
  #abort = new AbortController();
  /** Set while a read is under way or must wait. */
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(api: Api, live: Live) {
    this.#api = api;
    this.#live = live;
    this.#unsubscribe = live.onValues((slots, complete) => {
      if (complete) return this.#askLater(0);
      const { length } = slots;
      for (let index = 0; index < length; index++) {
        const slot = slots[index];
        if (slot && slot.device === this.#device && isDoubted(slot.flag))
          return this.#askLater(storedMs);
      }
    });
  }

  show(device: DeviceKey): void {
    if (device === this.#device) return;
    this.#stopReading();
    this.#device = device;
    this.#known = new Map();
    this.#askLater(0);
  }

  /** Bits of the tests that exactly this value did not pass; 0 while they are not known. */
  of(metric: string, at: number): number {
    const known = this.#known.get(metric);
    return known?.at === at ? known.reasons : 0;
  }

  stop(): void {
    this.#unsubscribe();
    this.#stopReading();
  }

  #stopReading(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#abort.abort();
    this.#abort = new AbortController();
  }

  #askLater(ms: number): void {
    this.#timer ??= setTimeout(() => void this.#read(), ms);
  }

  async #read(): Promise<void> {
    const device = this.#device;
    const { signal } = this.#abort;
    const unknown = device === undefined ? [] : this.#unknown(device);
    if (device === undefined || unknown.length === 0) {
      this.#timer = undefined;
      return;
    }
    const known = new Map(this.#known);
    for (const slot of unknown) {
      const reasons = await this.#reasonsOf(slot, signal);
      if (signal.aborted) return;
      // What is not stored so late will not be: it is not asked for again.
      const isLate = this.#live.serverNow() - slot.at > lateMs;
      if (reasons !== undefined || isLate) {
        known.set(slot.metric, { at: slot.at, reasons: reasons ?? 0 });
      }
    }
    this.#known = known;
    // Until then further values only wait.
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      if (this.#unknown(device).length > 0) this.#askLater(0);
    }, readMs);
  }

  /** Copies: the table's slots go on changing. */
  #unknown(device: DeviceKey): Slot[] {
    return this.#live.table
      .valuesOf(device)
      .filter(({ metric, at, flag }) => isDoubted(flag) && this.#known.get(metric)?.at !== at)
      .map((slot) => ({ ...slot }));
  }

  async #reasonsOf(
    { device, metric, at }: Readonly<Slot>,
    signal: AbortSignal,
  ): Promise<number | undefined> {
    const query = new URLSearchParams({
      device,
      metric,
      from: String(at),
      to: String(at + 1),
      resolution: 'raw',
    });
    try {
      const { columns } = await this.#api.get<Series>(`/series?${query}`, signal);
      return 'reasons' in columns ? columns.reasons[0] : undefined;
    } catch (fault) {
      if (fault instanceof ApiFailure || signal.aborted) return undefined;
      throw fault;
    }
  }
}

/** A value is stored about so long after the stream had it. */
const storedMs = 1_500;
const lateMs = 60_000;
const readMs = 5_000;
