import { AlarmRule, type KeptAlarmRule, type RuleTest } from '../../broker/contract/alarm-rules.ts';
import {
  Alarm,
  AlarmChanged,
  type AlarmHistoryFilter,
  type AlarmLoad,
  type Alarms,
  type AlarmTransition,
  type AlarmView,
  type Deed,
  type Maintenance,
  type NewMaintenance,
  NoSuchAlarm,
  NoSuchRule,
  RuleChanged,
  RuleInvalid,
} from '../../broker/contract/alarms.ts';

type Listener = (alarm: Alarm, transition: AlarmTransition) => void;

/** Alarms in memory that keep to the contract; a test says when one is raised and when it is closed. */
export class FakeAlarms implements Alarms {
  seq = 0;
  flood = false;
  /** `since` reaches back to here only. */
  forgottenBefore = 0;
  /** What the next test of a rule waits for. */
  ruleTest: Promise<RuleTest> | undefined;
  readonly #open = new Map<string, { alarm: Alarm; seq: number }>();
  readonly #closed = new Map<string, { alarm: Alarm; seq: number }>();
  readonly #history: AlarmTransition[] = [];
  readonly #rules = new Map<string, KeptAlarmRule>();
  readonly #maintenance = new Map<string, Maintenance>();
  readonly #listeners = new Set<Listener>();

  raise(given: Partial<Alarm> & { id: string }): Alarm {
    const raisedAt = 1_780_315_000_000;
    const alarm = Alarm.parse({
      revision: 1,
      rule: 'pm10-high',
      name: 'PM10 is high',
      priority: 'medium',
      active: true,
      acknowledged: false,
      raisedAt,
      activatedAt: raisedAt,
      activations: 1,
      comments: 0,
      ...given,
    });
    return this.#note(alarm, 'raised', { by: 'platform' });
  }

  clear(id: string): Alarm {
    return this.#change(id, { by: 'platform' }, 'cleared', () => ({ active: false }));
  }

  /** Any change, with the transition that tells of it. */
  change(id: string, kind: AlarmTransition['kind'], changes: Partial<Alarm>): Alarm {
    return this.#change(id, { by: 'platform' }, kind, () => changes);
  }

  close(id: string): void {
    const { alarm } = this.#open.get(id) ?? this.#missing(id);
    this.#open.delete(id);
    this.#note(alarm, 'closed', { by: 'platform' });
    this.#open.delete(id);
    this.#closed.set(id, { alarm, seq: this.seq });
  }

  list(view: AlarmView): Alarm[] {
    const isIn: Record<AlarmView, (alarm: Alarm) => boolean> = {
      open: ({ shelved, suppressed }) => !shelved && !suppressed,
      active: ({ active }) => active,
      unacknowledged: ({ acknowledged }) => !acknowledged,
      shelved: ({ shelved }) => shelved !== undefined,
      suppressed: ({ suppressed }) => suppressed !== undefined,
      all: () => true,
    };
    return [...this.#open.values()].map(({ alarm }) => alarm).filter(isIn[view]);
  }

  get(id: string): Alarm | undefined {
    return this.#open.get(id)?.alarm;
  }

  history({ alarm, device, rule, from, to, before, limit }: AlarmHistoryFilter): AlarmTransition[] {
    return this.#history
      .filter((one) => alarm === undefined || one.alarm === alarm)
      .filter((one) => device === undefined || one.device === device)
      .filter((one) => rule === undefined || one.rule === rule)
      .filter(({ at }) => at >= (from ?? 0) && at < (to ?? Number.POSITIVE_INFINITY))
      .filter(({ seq }) => seq < (before ?? Number.POSITIVE_INFINITY))
      .toReversed()
      .slice(0, limit);
  }

  async acknowledge(id: string, deed: Deed): Promise<Alarm> {
    return this.#change(id, deed, 'acknowledged', () => ({
      acknowledged: true,
      acknowledgedBy: deed.by,
    }));
  }
  async unacknowledge(id: string, deed: Deed): Promise<Alarm> {
    return this.#change(id, deed, 'unacknowledged', () => ({
      acknowledged: false,
      acknowledgedBy: undefined,
    }));
  }
  async shelve(id: string, deed: Deed & { reason: string; forMs: number }): Promise<Alarm> {
    const { reason, forMs, by } = deed;
    return this.#change(id, deed, 'shelved', ({ raisedAt }) => ({
      shelved: { until: raisedAt + forMs, reason, by },
    }));
  }
  async unshelve(id: string, deed: Deed): Promise<Alarm> {
    return this.#change(id, deed, 'unshelved', () => ({ shelved: undefined }));
  }
  async assign(id: string, deed: Deed & { assignee: string | undefined }): Promise<Alarm> {
    return this.#change(id, deed, 'assigned', () => ({ assignee: deed.assignee }));
  }
  async comment(id: string, deed: Deed & { comment: string }): Promise<Alarm> {
    return this.#change(id, deed, 'commented', ({ comments }) => ({ comments: comments + 1 }));
  }

  rules(): KeptAlarmRule[] {
    return [...this.#rules.values()];
  }
  async putRule(rule: AlarmRule, by: string, edited?: number): Promise<KeptAlarmRule> {
    if (rule.condition.type === 'threshold' && rule.metric === undefined) {
      throw new RuleInvalid('metric: a threshold needs one');
    }
    const before = this.#rules.get(rule.id)?.revision;
    if (edited !== undefined && edited !== before) throw new RuleChanged('it has another revision');
    const revision = (before ?? 0) + 1;
    const kept = { ...rule, builtIn: false, revision, changedAt: 0, changedBy: by };
    this.#rules.set(rule.id, kept);
    return kept;
  }
  async deleteRule(id: string): Promise<void> {
    if (!this.#rules.delete(id)) throw new NoSuchRule(`there is no rule ${id}`);
  }
  async testRule(rule: AlarmRule, { from, to }: { from: number; to: number }): Promise<RuleTest> {
    AlarmRule.parse(rule);
    return this.ruleTest ?? { from, to, devices: 1, skipped: 0, fired: 0, alarms: [], perDay: 0 };
  }

  maintenance(): Maintenance[] {
    return [...this.#maintenance.values()];
  }
  async putMaintenance(window: NewMaintenance, by: string): Promise<Maintenance> {
    const id = `m${this.#maintenance.size + 1}`;
    this.#maintenance.set(id, { ...window, id, by });
    return { ...window, id, by };
  }
  async endMaintenance(id: string): Promise<boolean> {
    return this.#maintenance.delete(id);
  }

  load(): AlarmLoad {
    return {
      now: 0,
      flood: this.flood,
      perTenMinutes: new Array<number>(144).fill(0),
      lastTenMinutes: 0,
      lastDay: 0,
      floodShare: 0,
      stale: 0,
      chattering: [],
      topTen: [],
      topTenShare: 0,
      byPriority: { critical: 0, high: 0, medium: 0, low: 0 },
    };
  }

  since(seq: number): { alarms: Alarm[]; closed: Alarm[] } | undefined {
    if (seq < this.forgottenBefore) return undefined;
    const after = (map: Map<string, { alarm: Alarm; seq: number }>) =>
      [...map.values()].filter((one) => one.seq > seq).map(({ alarm }) => alarm);
    return { alarms: after(this.#open), closed: after(this.#closed) };
  }

  onTransition(listener: Listener): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  #change(
    id: string,
    deed: Deed,
    kind: AlarmTransition['kind'],
    change: (alarm: Alarm) => Partial<Alarm>,
  ): Alarm {
    const { alarm } = this.#open.get(id) ?? this.#missing(id);
    if (deed.revision !== undefined && deed.revision !== alarm.revision) {
      throw new AlarmChanged(`revision ${alarm.revision}, not ${deed.revision}`);
    }
    const next = { ...alarm, ...change(alarm), revision: alarm.revision + 1 };
    return this.#note(next, kind, deed);
  }

  #missing(id: string): never {
    throw new NoSuchAlarm(`there is no alarm ${id}`);
  }

  #note(alarm: Alarm, kind: AlarmTransition['kind'], { by, comment }: Deed): Alarm {
    this.seq += 1;
    const { id, rule, device, group, priority } = alarm;
    const transition: AlarmTransition = {
      seq: this.seq,
      alarm: id,
      rule,
      priority,
      at: alarm.raisedAt + this.seq,
      kind,
      by,
      ...(device === undefined ? {} : { device }),
      ...(group === undefined ? {} : { group }),
      ...(comment === undefined ? {} : { comment }),
    };
    this.#history.push(transition);
    this.#open.set(id, { alarm, seq: this.seq });
    for (const listener of this.#listeners) listener(alarm, transition);
    return alarm;
  }
}
