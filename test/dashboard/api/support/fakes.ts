import {
  type AuditEntry,
  AuditEvent,
  type AuditFilter,
  type AuditLog,
  AuditUnavailable,
} from '../../../../broker/contract/audit.ts';
import {
  type Command,
  type CommandOrder,
  type Commands,
  CommandsFull,
} from '../../../../broker/contract/commands.ts';
import { type DeviceKey, providerOf } from '../../../../broker/contract/ids.ts';
import {
  JobRunning,
  type JobState,
  type Jobs,
  NoSuchJob,
} from '../../../../broker/contract/jobs.ts';
import type { LiveCommandAck, LiveFeed, LiveReadings } from '../../../../broker/contract/live.ts';
import type { MetricName } from '../../../../broker/contract/metrics.ts';
import type {
  KeptMessage,
  RejectionFilter,
  RejectionLog,
  Replay,
} from '../../../../broker/contract/rejection.ts';
import {
  emptyTierColumns,
  type RawColumns,
  type TierColumns,
} from '../../../../broker/contract/series.ts';
import type { Collections, KeptCollection } from '../../../../broker/contract/waste.ts';
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
      flag: rows.map(({ flag }) => flag),
      reasons: rows.map(({ reasons }) => reasons),
      receivedAt: rows.map(({ receivedAt }) => receivedAt),
    };
  }

  async rollups(tier: Tier, query: SeriesQuery): Promise<TierColumns> {
    this.#check(tier);
    const rows = this.#rows({
      ...query,
      // The window's start counts.
      from: windowStart(tier, query.from + tierWidthMs[tier] - 1),
      to: windowStart(tier, query.to - 1) + tierWidthMs[tier],
    });
    const starts = new Set(rows.map(({ at }) => windowStart(tier, at)));
    if (starts.size > query.rowsMax) throw new QueryTooLarge(`${tierWidthMs[tier]}`);
    const columns = emptyTierColumns();
    for (const start of starts) {
      addRow(columns, start, {
        tier,
        rows: rows.filter(({ at }) => windowStart(tier, at) === start),
      });
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

/** Fills every column; means are plain ones, nominal time between samples is a minute. */
function addRow(
  columns: TierColumns,
  start: number,
  { tier, rows }: { tier: Tier; rows: readonly StoredReading[] },
): void {
  const values = rows.map(({ value }) => value);
  const count = values.length;
  const sum = values.reduce((total, value) => total + value, 0);
  const [min, max] = [Math.min(...values), Math.max(...values)];
  const expected = tierWidthMs[tier] / 60_000;
  columns.at.push(start);
  columns.mean.push(sum / count);
  columns.min.push(min);
  columns.max.push(max);
  columns.count.push(count);
  columns.coverage.push(Math.min(1, count / expected));
  columns.flags.push([0, count, 0, 0]);
  columns.expected.push(expected);
  columns.sum.push(sum);
  columns.m2.push(values.reduce((total, value) => total + (value - sum / count) ** 2, 0));
  columns.slots.push(count);
  columns.minAt.push(rows.find(({ value }) => value === min)?.at ?? null);
  columns.maxAt.push(rows.find(({ value }) => value === max)?.at ?? null);
  columns.first.push(values[0] ?? null);
  columns.firstAt.push(rows[0]?.at ?? null);
  columns.last.push(values.at(-1) ?? null);
  columns.lastAt.push(rows.at(-1)?.at ?? null);
  columns.revision.push(0);
  columns.resultAt.push(start + tierWidthMs[tier]);
}

/** A feed that a test speaks into. */
export class FakeFeed implements LiveFeed {
  readonly #listeners = new Set<(batch: readonly LiveReadings[]) => void>();

  onReadings(listener: (batch: readonly LiveReadings[]) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  readonly #ackListeners = new Set<(ack: LiveCommandAck) => void>();

  onCommandAck(listener: (ack: LiveCommandAck) => void): () => void {
    this.#ackListeners.add(listener);
    return () => this.#ackListeners.delete(listener);
  }

  /** A device answers a command. */
  answer(device: DeviceKey, payload: string, receivedAt = 0): void {
    for (const listener of this.#ackListeners) listener({ device, receivedAt, payload });
  }

  get listenerCount(): number {
    return this.#listeners.size;
  }

  say(device: DeviceKey, receivedAt: number, values: Partial<Record<MetricName, number>>): void {
    const readings = Object.entries(values).map(([metric, value]) => ({
      metric: metric as MetricName,
      at: receivedAt,
      value,
      flag: 1,
      reasons: 0,
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

/** Jobs that end at once, fail, or go on until they are told to end. */
export class FakeJobs implements Jobs {
  readonly ran: { name: string; args: unknown }[] = [];
  outcome: Error | 'done' | 'goes on' = 'done';
  #isRunning = false;

  list(): JobState[] {
    return ['retain', 'recompute'].map((name) => this.#state(name));
  }

  async run(name: string, args?: unknown): Promise<JobState> {
    const known = this.list().find((job) => job.name === name);
    if (!known) throw new NoSuchJob(`there is no job ${name}`);
    if (this.#isRunning) throw new JobRunning(`${name} is running already`);
    this.ran.push({ name, args });
    if (this.outcome instanceof Error) throw this.outcome;
    if (this.outcome === 'goes on') {
      this.#isRunning = true;
      return new Promise(() => {});
    }
    return known;
  }

  #state(name: string): JobState {
    return { name, what: `does ${name}`, isRunning: this.#isRunning, figures: { done: 3 } };
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

/** Commands in memory; the real ones have their own tests. */
export class FakeCommands implements Commands {
  readonly commands: Command[] = [];
  isFull = false;

  async send({ device, request, by, expiresInMs = 60_000 }: CommandOrder): Promise<Command> {
    if (this.isFull) throw new CommandsFull('20 commands wait already');
    const { command: name, args } = request;
    const id = `command-${this.commands.length + 1}`;
    const common = { id, device, command: name, args, by };
    const command = { ...common, state: 'queued' as const, createdAt: 0, expiresAt: expiresInMs };
    this.commands.unshift(command);
    return command;
  }

  list(device: DeviceKey, limit: number): Command[] {
    return this.commands.filter((command) => command.device === device).slice(0, limit);
  }

  get(id: string): Command | undefined {
    return this.commands.find((command) => command.id === id);
  }

  onChange(): () => void {
    return () => {};
  }
}

/** Reports of crews in memory; the real ones have their own tests. */
export class FakeCollections implements Collections {
  readonly reports: KeptCollection[] = [];
  isFull = false;

  async add(report: KeptCollection): Promise<void> {
    if (this.isFull)
      throw Object.assign(new Error('the disk of /var/x is full'), { code: 'not-kept' });
    this.reports.unshift(report);
  }

  of(device: DeviceKey): KeptCollection[] {
    return this.reports.filter((report) => report.device === device);
  }
}
