import {
  type AuditEntry,
  AuditEvent,
  type AuditFilter,
  type AuditLog,
  AuditUnavailable,
} from '../../../../broker/contract/audit.ts';
import { type DeviceKey, providerOf } from '../../../../broker/contract/ids.ts';
import type { LiveFeed, LiveReadings } from '../../../../broker/contract/live.ts';
import type { MetricName } from '../../../../broker/contract/metrics.ts';
import type {
  KeptMessage,
  RejectionFilter,
  RejectionLog,
  Replay,
} from '../../../../broker/contract/rejection.ts';
import type { RawColumns, TierColumns } from '../../../../broker/contract/series.ts';
import { type Tier, tierWidthMs, windowStart } from '../../../../broker/contract/windows.ts';
import type { PushMessage, PushOutcome } from '../../../../dashboard/api/context.ts';
import {
  QueryTooLarge,
  type SeriesQuery,
  type StoredReading,
  StoreUnavailable,
} from '../../../../ingest/store/store.ts';

/** The reading side of a store, over an array. */
export class FakeStore {
  readings: StoredReading[] = [];
  isDown = false;
  /** What was asked for, in order. */
  readonly asked: string[] = [];

  async latest(): Promise<StoredReading[]> {
    this.#check('latest');
    const newest = new Map<string, StoredReading>();
    for (const reading of this.readings) {
      const name = `${reading.device} ${reading.metric}`;
      const known = newest.get(name);
      if (!known || reading.at >= known.at) newest.set(name, reading);
    }
    return [...newest.values()];
  }

  async raw(query: SeriesQuery): Promise<RawColumns> {
    this.#check('raw');
    const rows = this.#rows(query);
    if (rows.length > query.rowsMax) throw new QueryTooLarge('secret internals of raw');
    return {
      at: rows.map(({ at }) => at),
      value: rows.map(({ value }) => value),
      flag: rows.map(() => 2),
    };
  }

  async rollups(tier: Tier, query: SeriesQuery): Promise<TierColumns> {
    this.#check(tier);
    const windows = new Map<number, number[]>();
    for (const { at, value } of this.#rows(query)) {
      const start = windowStart(tier, at);
      windows.set(start, [...(windows.get(start) ?? []), value]);
    }
    if (windows.size > query.rowsMax) throw new QueryTooLarge(`${tierWidthMs[tier]}`);
    const columns: TierColumns = { at: [], mean: [], min: [], max: [], count: [] };
    for (const [start, values] of windows) {
      columns.at.push(start);
      columns.mean.push(values.reduce((sum, value) => sum + value, 0) / values.length);
      columns.min.push(Math.min(...values));
      columns.max.push(Math.max(...values));
      columns.count.push(values.length);
    }
    return columns;
  }

  #rows({ device, metric, from, to }: SeriesQuery): StoredReading[] {
    return this.readings
      .filter((row) => row.device === device && row.metric === metric)
      .filter(({ at }) => at >= from && at < to)
      .sort((a, b) => a.at - b.at);
  }

  #check(what: string): void {
    this.asked.push(what);
    if (this.isDown) throw new StoreUnavailable('influx at 10.0.0.7 with password hunter2 is away');
  }
}

/** A feed that a test speaks into. */
export class FakeFeed implements LiveFeed {
  readonly #listeners = new Set<(batch: readonly LiveReadings[]) => void>();

  onReadings(listener: (batch: readonly LiveReadings[]) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  get listenerCount(): number {
    return this.#listeners.size;
  }

  say(device: DeviceKey, receivedAt: number, values: Partial<Record<MetricName, number>>): void {
    const readings = Object.entries(values).map(([metric, value]) => ({
      metric: metric as MetricName,
      at: receivedAt,
      value,
    }));
    this.send([{ device, receivedAt, readings }]);
  }

  send(batch: readonly LiveReadings[]): void {
    for (const listener of this.#listeners) listener(batch);
  }
}

export class FakeRejections implements RejectionLog {
  messages: KeptMessage[] = [];

  async append(messages: readonly KeptMessage[]): Promise<void> {
    this.messages.unshift(...messages);
  }

  get(id: string): KeptMessage | undefined {
    return this.messages.find((message) => message.id === id);
  }

  async markReplayed(id: string, replayed: Replay): Promise<void> {
    this.messages = this.messages.map((one) => (one.id === id ? { ...one, replayed } : one));
  }

  async forgetBefore(at: number): Promise<number> {
    const before = this.messages.length;
    this.messages = this.messages.filter((message) => message.at >= at);
    return before - this.messages.length;
  }

  list({ device, provider, reason, before, limit, ...more }: RejectionFilter): KeptMessage[] {
    const { from = 0, to = Number.POSITIVE_INFINITY, open } = more;
    const start = before === undefined ? 0 : this.messages.findIndex(({ id }) => id === before) + 1;
    return this.messages
      .slice(start)
      .filter(({ at }) => at >= from && at < to)
      .filter(({ replayed }) => open === undefined || open === (!replayed || replayed.rejected > 0))
      .filter((message) => device === undefined || message.device === device)
      .filter(
        (message) =>
          provider === undefined ||
          (message.device !== undefined && providerOf(message.device) === provider),
      )
      .filter(
        (message) => reason === undefined || message.rejections.some((r) => r.reason === reason),
      )
      .slice(0, limit);
  }
}

/** An audit log in memory, without its chain. */
export class FakeAudit implements AuditLog {
  readonly events: AuditEvent[] = [];
  isDown = false;

  async append(event: AuditEvent): Promise<void> {
    if (this.isDown) throw new AuditUnavailable('the disk is full');
    this.events.push(AuditEvent.parse(event));
  }

  async list({ actor, before, limit }: AuditFilter): Promise<AuditEntry[]> {
    return this.events
      .map((event, index) => ({
        ...event,
        seq: index + 1,
        previous: '0'.repeat(64),
        hash: 'f'.repeat(64),
      }))
      .filter((entry) => actor === undefined || entry.actor === actor)
      .filter(({ seq }) => before === undefined || seq < before)
      .reverse()
      .slice(0, limit);
  }

  async check() {
    return { whole: true, entries: this.events.length };
  }
}

/** Ingest's way in: notes what it gets and answers as it is told. */
export class FakeIngest {
  readonly messages: PushMessage[] = [];
  answer: Error | PushOutcome | 'never' = { device: 'ulm/a1', accepted: 1, rejections: [] };

  readonly accept = (
    message: PushMessage,
    settle: (error?: Error, outcome?: PushOutcome) => void,
  ): void => {
    this.messages.push(message);
    const { answer } = this;
    if (answer === 'never') return;
    queueMicrotask(() => (answer instanceof Error ? settle(answer) : settle(undefined, answer)));
  };
}
