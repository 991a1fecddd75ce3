import type { DeviceList, DeviceView } from '../../../broker/contract/api.ts';
import type { DeviceKey } from '../../../broker/contract/ids.ts';
import { type Standing, standings } from '../../../broker/contract/standing.ts';
import { type Api, ApiFailure } from './api.ts';
import type { Described, Live } from './live.svelte.ts';
import type { LiveTable } from './live-table.ts';
import { type Row, toRow } from './row.ts';

/** An earlier time, and what was known then. */
interface Past {
  table: LiveTable;
  /** Epoch ms. */
  now: number;
}

/**
 * All devices with how they stand now. The rows live in a plain map; `version` counts changes of any
 * row, `orderVersion` only those that can change what is listed and in which order.
 */
export class Fleet {
  version = $state(0);
  orderVersion = $state(0);
  counts = $state.raw<Readonly<Record<Standing, number>>>(noCounts());
  loaded = $state(false);
  failure = $state.raw<ApiFailure | undefined>();
  readonly #api: Api;
  readonly #live: Live;
  /** What is shown instead of now. */
  #past: Past | undefined;
  readonly #devices = new Map<DeviceKey, DeviceView>();
  readonly #rows = new Map<DeviceKey, Row>();
  /** Devices to read again; together, a moment later. */
  readonly #asked = new Set<DeviceKey>();
  /** Devices that this reader may not see or that are gone; they are not asked for with every value. */
  readonly #refused = new Set<DeviceKey>();
  #askTimer: ReturnType<typeof setTimeout> | undefined;
  #retryTimer: ReturnType<typeof setTimeout> | undefined;

  constructor(api: Api, live: Live) {
    this.#api = api;
    this.#live = live;
    live.onFlush((devices) => this.#refresh(devices));
    live.onDescribed((described) => this.#describe(described));
  }

  /** The rows, in no order. Reading `version` or `orderVersion` is what makes it react. */
  get rows(): Iterable<Row> {
    return this.#rows.values();
  }

  /** How many devices there are, by the counts: reactive. */
  get counted(): number {
    return standings.reduce((sum, standing) => sum + this.counts[standing], 0);
  }

  row(key: DeviceKey | undefined): Row | undefined {
    return key === undefined ? undefined : this.#rows.get(key);
  }

  /** Reads all devices; what is shown stays until the answer is there, and is tried again if none comes. */
  async load(): Promise<void> {
    clearTimeout(this.#retryTimer);
    try {
      const devices = await this.#readAll();
      this.#devices.clear();
      this.#rows.clear();
      this.#refused.clear();
      for (const device of devices) this.#devices.set(device.key, device);
      this.failure = undefined;
      this.loaded = true;
      this.#recompute();
    } catch (fault) {
      if (!(fault instanceof ApiFailure)) throw fault;
      this.failure = fault;
      this.#retryTimer = setTimeout(() => void this.load(), retryMs);
    }
  }

  /** Shows how all stood then; what comes meanwhile is seen when it is live again. */
  showPast(past: Past): void {
    this.#past = past;
    this.#recompute();
  }

  showLive(): void {
    this.#past = undefined;
    this.#recompute();
  }

  /** Time passes: what went silent becomes stale. Called each second. */
  tick(): void {
    if (this.#past) return;
    const now = this.#live.serverNow();
    let changed = false;
    for (const [key, row] of this.#rows) {
      const next = toRow(row.device, this.#live.table, now);
      if (next.status === row.status) continue;
      this.#rows.set(key, next);
      changed = true;
    }
    if (changed) this.#changed(true);
  }

  #refresh(keys: ReadonlySet<DeviceKey>): void {
    if (this.#past) return;
    const now = this.#live.serverNow();
    let reordered = false;
    for (const key of keys) {
      const device = this.#devices.get(key);
      if (!device) {
        if (this.loaded && !this.#refused.has(key)) this.#ask(key);
        continue;
      }
      const before = this.#rows.get(key);
      const next = toRow(device, this.#live.table, now);
      this.#rows.set(key, next);
      reordered ||= before?.standing !== next.standing || before.severity !== next.severity;
    }
    if (keys.size > 0) this.#changed(reordered);
  }

  #recompute(): void {
    const now = this.#live.serverNow();
    for (const [key, device] of this.#devices) {
      this.#rows.set(
        key,
        this.#past ? pastRow(device, this.#past) : toRow(device, this.#live.table, now),
      );
    }
    this.#changed(true);
  }

  #changed(reordered: boolean): void {
    if (reordered) {
      const counts = noCounts();
      for (const row of this.#rows.values()) counts[row.standing]++;
      this.counts = counts;
      this.orderVersion++;
    }
    this.version++;
  }

  #describe({ described, removed }: Described): void {
    for (const key of removed) {
      this.#devices.delete(key);
      this.#rows.delete(key);
    }
    if (removed.length > 0) this.#changed(true);
    for (const key of described) this.#ask(key);
  }

  #ask(key: DeviceKey): void {
    this.#asked.add(key);
    this.#askTimer ??= setTimeout(() => void this.#readAsked(), gatherMs);
  }

  /** All pages of the list. */
  async #readAll(): Promise<DeviceView[]> {
    const all: DeviceView[] = [];
    for (;;) {
      const path = all.length === 0 ? '/devices' : `/devices?offset=${all.length}`;
      const { devices, total } = await this.#api.get<DeviceList>(path);
      all.push(...devices);
      if (all.length >= total || devices.length === 0) return all;
    }
  }

  async #readAsked(): Promise<void> {
    this.#askTimer = undefined;
    const keys = [...this.#asked];
    this.#asked.clear();
    if (keys.length > singlyMax) return this.load();
    const answers = await Promise.allSettled(
      keys.map((key) => this.#api.get<DeviceView>(`/devices/${key}`)),
    );
    for (const [index, answer] of answers.entries()) {
      const key = keys[index];
      if (answer.status === 'fulfilled') this.#devices.set(answer.value.key, answer.value);
      else if (key && answer.reason instanceof ApiFailure) this.#refused.add(key);
    }
    this.#recompute();
  }
}

/** What the list says of a device is of now; of then, the values alone tell. */
function pastRow(device: DeviceView, { table, now }: Past): Row {
  const { lastSeenAt: _, ...described } = device;
  return toRow({ ...described, status: 'ok' }, table, now);
}

/** More changed devices than these are read by one request for all. */
const singlyMax = 10;
const gatherMs = 300;
const retryMs = 5_000;

function noCounts(): Record<Standing, number> {
  return Object.fromEntries(standings.map((standing) => [standing, 0])) as Record<Standing, number>;
}
