import { mkdirSync } from 'node:fs';
import type { Logger } from 'pino';
import type { Registry as MetricsRegistry } from 'prom-client';
import type { AlarmRule, KeptAlarmRule, RuleTest } from '../../broker/contract/alarm-rules.ts';
import type {
  Alarm,
  AlarmHistoryFilter,
  AlarmLoad,
  Alarms,
  AlarmTransition,
  AlarmView,
  Deed,
  Maintenance,
  NewMaintenance,
} from '../../broker/contract/alarms.ts';
import { type DeviceKey, deviceKey } from '../../broker/contract/ids.ts';
import type { LiveFeed } from '../../broker/contract/live.ts';
import type { Registry } from '../../broker/contract/registry.ts';
import { hourMs } from '../domain/air/year-hours.ts';
import type { WatchMemory } from '../domain/alarms/watch.ts';
import type { Store } from '../store/store.ts';
import { AlarmBook } from './alarm-book.ts';
import { AlarmFile } from './alarm-file.ts';
import { registerAlarmMetrics } from './alarm-metrics.ts';
import { ClosedHours } from './closed-hours.ts';
import { Deeds } from './deeds.ts';
import { DeviceStates } from './device-states.ts';
import { Evaluator } from './evaluator.ts';
import { closeForgotten, endShelves } from './expiry.ts';
import { Groups } from './groups.ts';
import { Inbox } from './inbox.ts';
import { alarmLimits } from './limits.ts';
import { dayMs, Load } from './load.ts';
import { MaintenanceWindows } from './maintenance-windows.ts';
import { RuleBook } from './rule-book.ts';
import { RuleTests } from './rule-test.ts';
import { Upkeep } from './upkeep.ts';

export interface AlarmEngineConfig {
  /** Folder of the engine's state; made when missing. One process at a time. */
  path: string;
  /** Time between two looks at the clock; 0: only when `tick` is called. */
  tickMs?: number;
}

export interface AlarmEngineDeps {
  registry: Pick<Registry, 'device' | 'devices' | 'onChange'>;
  store: Pick<Store, 'latest' | 'raw' | 'rollups' | 'rollupsOfMany'>;
  feed: Pick<LiveFeed, 'onReadings'>;
  metrics: MetricsRegistry;
  clock: () => number;
  log: Logger;
}

const usualTickMs = 1_000;
const sweepEveryMs = 60_000;
const memoriesEveryMs = 5_000;

/** Opens the engine and begins to listen. @throws StoreUnavailable */
export async function startAlarms(
  config: AlarmEngineConfig,
  deps: AlarmEngineDeps,
): Promise<AlarmEngine> {
  mkdirSync(config.path, { recursive: true, mode: 0o700 });
  const engine = new AlarmEngine(config, deps);
  await engine.start(config.tickMs ?? usualTickMs);
  return engine;
}

/**
 * Alarms: readings are held against rules as they come; what comes of it is in the book of open alarms, which
 * operators work with. All parts meet here.
 */
export class AlarmEngine implements Alarms {
  readonly #deps: AlarmEngineDeps;
  readonly #file: AlarmFile;
  readonly #rules: RuleBook;
  readonly #book: AlarmBook;
  readonly #deeds: Deeds;
  readonly #groups: Groups;
  readonly #maintenance: MaintenanceWindows;
  readonly #evaluator: Evaluator;
  readonly #upkeep: Upkeep;
  readonly #states: DeviceStates;
  readonly #inbox: Inbox;
  readonly #closedHours: ClosedHours;
  readonly #tests: RuleTests;
  readonly #load = new Load();
  readonly #ends: (() => void)[] = [];
  #sweptAt = 0;
  #memoriesAt = 0;

  constructor({ path }: AlarmEngineConfig, deps: AlarmEngineDeps) {
    const { clock, registry, store, log } = deps;
    this.#deps = deps;
    this.#file = new AlarmFile(path);
    const { rules, alarms, maintenance, memories, states } = this.#file.load();
    const file = this.#file;
    const deviceOf = (key: DeviceKey) => registry.device(key);
    this.#rules = new RuleBook(rules, { file, clock });
    this.#maintenance = new MaintenanceWindows(maintenance, { file, deviceOf, clock });
    this.#book = new AlarmBook(alarms.values(), this.#file.lastSeq(), {
      file,
      clock,
      suppressionOf: (alarm) =>
        this.#maintenance.suppressionOf(alarm) ?? this.#groups.suppressionOf(alarm),
      onListenerError: (err) => log.error({ err }, 'who listens to alarms failed'),
    });
    const book = this.#book;
    this.#groups = new Groups({ book, deviceOf, clock });
    this.#deeds = new Deeds({ book, file, clock });
    this.#evaluator = new Evaluator({
      rules: () => this.#rules.list(),
      deviceOf,
      memories,
      activeOf: (rule, device) => activeOnly(book.of({ rule, device })),
      onTurn: (rule, device, turn) => this.#upkeep.onTurn(rule, device, turn),
      keep: (key, memory) =>
        memory ? file.put('memories', key, copyOf(memory)) : file.remove('memories', key),
    });
    this.#states = new DeviceStates({
      rules: () => this.#rules.list(),
      deviceOf,
      states,
      onVerdict: (rule, device, found) => this.#evaluator.judgeVerdict(rule, device, found),
      keep: (key, memory) =>
        memory ? file.put('states', key, memory) : file.remove('states', key),
    });
    const [rulesNow, groups, evaluator] = [this.#rules, this.#groups, this.#evaluator];
    this.#upkeep = new Upkeep({
      book,
      rules: rulesNow,
      groups,
      evaluator,
      states: this.#states,
      deviceOf,
    });
    this.#inbox = new Inbox(
      (message) => {
        const device = this.#evaluator.hear(message);
        if (device) this.#states.hear(device, message);
      },
      (err) => log.error({ err }, 'readings were not held against the rules'),
    );
    const devicesOf: Evaluator['devicesOf'] = (rule) => this.#evaluator.devicesOf(rule);
    this.#tests = new RuleTests({ store, devicesOf });
    this.#closedHours = new ClosedHours({
      store,
      devicesOf,
      rules: () => this.#rules.list(),
      onVerdict: (rule, device, found) =>
        this.#evaluator.judgeVerdict(rule, device, { ...found, gapMs: 1.5 * hourMs }),
      onError: (err) => log.warn({ err }, 'closed hours are held against the rules later'),
    });
  }

  async start(tickMs: number): Promise<void> {
    const { registry, feed, store, clock, metrics } = this.#deps;
    const counters = registerAlarmMetrics(metrics, {
      open: () => this.#book.all(),
      waiting: () => this.#inbox.size,
      lagMs: () => Math.max(0, clock() - (this.#inbox.oldestAt ?? clock())),
      leftOut: () => ({
        readings: this.#inbox.leftOut,
        alarms: this.#book.leftOut,
        transitions: this.#file.lost,
      }),
    });
    this.#ends.push(
      this.#book.listen((_, transition) => this.#load.note(transition)),
      this.#book.listen((alarm, { kind }) => {
        if (kind === 'raised') counters.raised(alarm.priority);
      }),
      feed.onReadings((batch) => this.#inbox.take(batch)),
      registry.onChange((change) => this.#upkeep.onChange(change)),
    );
    const now = clock();
    for (const transition of this.#annunciationsSince(now - dayMs)) this.#load.note(transition);
    for (const device of registry.devices())
      this.#groups.place(deviceKey(device.provider, device.id), device);
    this.#groups.restore();
    this.#upkeep.closeOrphans();
    // What was heard before is not news; silence is counted from now: nobody listened until here.
    for (const { device, ...sample } of await store.latest()) {
      this.#evaluator.seed(device, sample, now);
      this.#states.seed(device, sample);
    }
    this.#inbox.open();
    this.tick();
    if (tickMs === 0) return;
    const timer = setInterval(() => this.tick(), tickMs);
    this.#ends.push(() => clearInterval(timer));
  }

  async stop(): Promise<void> {
    for (const end of this.#ends.splice(0)) end();
    await this.#inbox.empty();
    this.#inbox.close();
    await this.#closedHours.settled();
    this.#evaluator.keepMemories(Number.POSITIVE_INFINITY);
    this.#states.keepStates(Number.POSITIVE_INFINITY);
    await this.#file.close();
  }

  /** Looks at the clock: silence, waiting and shelved alarms, maintenance, closed hours. */
  tick(): void {
    const now = this.#deps.clock();
    this.#evaluator.tick(now);
    this.#groups.tick(now);
    if (this.#maintenance.pass(now)) this.#upkeep.resuppressAll();
    endShelves(this.#book, now);
    this.#load.pass(now);
    this.#closedHours.tick(now);
    if (now - this.#memoriesAt >= memoriesEveryMs) {
      this.#memoriesAt = now;
      this.#evaluator.keepMemories(alarmLimits.memoriesPerWriteMax);
      this.#states.keepStates(alarmLimits.memoriesPerWriteMax);
    }
    if (now - this.#sweptAt < sweepEveryMs) return;
    this.#sweptAt = now;
    closeForgotten(this.#book, now);
    this.#upkeep.sayIfFull(now);
    this.#file.forget(now - alarmLimits.transitionsAgeMsMax);
  }

  /** Resolves when all that was heard so far is judged, and what came of it is on disk. */
  async settled(): Promise<void> {
    await this.#inbox.empty();
    await this.#closedHours.settled();
    await this.#file.durable();
  }

  list(view: AlarmView): Alarm[] {
    return this.#book.list(view);
  }

  get(id: string): Alarm | undefined {
    return this.#book.get(id);
  }

  history(filter: AlarmHistoryFilter): AlarmTransition[] {
    return this.#file.history(filter);
  }

  acknowledge(id: string, deed: Deed): Promise<Alarm> {
    return this.#deeds.acknowledge(id, deed);
  }

  unacknowledge(id: string, deed: Deed): Promise<Alarm> {
    return this.#deeds.unacknowledge(id, deed);
  }

  shelve(id: string, deed: Deed & { reason: string; forMs: number }): Promise<Alarm> {
    return this.#deeds.shelve(id, deed);
  }

  unshelve(id: string, deed: Deed): Promise<Alarm> {
    return this.#deeds.unshelve(id, deed);
  }

  assign(id: string, deed: Deed & { assignee: string | undefined }): Promise<Alarm> {
    return this.#deeds.assign(id, deed);
  }

  comment(id: string, deed: Deed & { comment: string }): Promise<Alarm> {
    return this.#deeds.comment(id, deed);
  }

  rules(): KeptAlarmRule[] {
    return [...this.#rules.list()];
  }

  async putRule(rule: AlarmRule, by: string, revision?: number): Promise<KeptAlarmRule> {
    this.#file.assertWritable();
    const change = this.#rules.put(rule, by, revision);
    this.#upkeep.followRule(change, by);
    await this.#file.durable();
    return change.rule;
  }

  async deleteRule(id: string, by: string): Promise<void> {
    this.#file.assertWritable();
    this.#upkeep.followRule(this.#rules.delete(id), by);
    await this.#file.durable();
  }

  testRule(rule: AlarmRule, span: { from: number; to: number }): Promise<RuleTest> {
    return this.#tests.run(rule, span);
  }

  maintenance(): Maintenance[] {
    return this.#maintenance.list();
  }

  async putMaintenance(window: NewMaintenance, by: string): Promise<Maintenance> {
    this.#file.assertWritable();
    const kept = this.#maintenance.put(window, by);
    if (this.#maintenance.pass(this.#deps.clock())) this.#upkeep.resuppressAll();
    await this.#file.durable();
    return kept;
  }

  async endMaintenance(id: string): Promise<boolean> {
    this.#file.assertWritable();
    const existed = this.#maintenance.end(id);
    if (this.#maintenance.pass(this.#deps.clock())) this.#upkeep.resuppressAll();
    await this.#file.durable();
    return existed;
  }

  load(): AlarmLoad {
    return this.#load.figures(this.#deps.clock(), {
      open: this.#book.all(),
      nameOf: (rule) => this.#rules.get(rule)?.name ?? rule,
    });
  }

  get seq(): number {
    return this.#book.seq;
  }

  get flood(): boolean {
    return this.#load.flood;
  }

  since(seq: number): { alarms: Alarm[]; closed: Alarm[] } | undefined {
    return this.#book.since(seq);
  }

  onTransition(listener: (alarm: Alarm, transition: AlarmTransition) => void): () => void {
    return this.#book.listen(listener);
  }

  /** Oldest first. */
  #annunciationsSince(from: number): AlarmTransition[] {
    const found: AlarmTransition[] = [];
    let before: number | undefined;
    while (found.length < alarmLimits.annunciationsMax) {
      const page = this.#file.history({ from, before, limit: 1_000 });
      found.push(...page);
      before = page.at(-1)?.seq;
      if (page.length < 1_000) break;
    }
    return found.reverse();
  }
}

function activeOnly(alarm: Alarm | undefined): Alarm | undefined {
  return alarm?.active ? alarm : undefined;
}

/** Memories change in place: what is written is as it was with the alarm. */
function copyOf(memory: WatchMemory): WatchMemory {
  const { condition } = memory;
  const { points } = condition;
  return {
    ...memory,
    condition: points ? { ...condition, points: [...points] } : { ...condition },
  };
}
