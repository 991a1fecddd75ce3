import { type AlarmPriority, alarmPriorities } from '../../broker/contract/alarm-rules.ts';
import {
  type Alarm,
  AlarmChanged,
  type AlarmTransition,
  type AlarmView,
  NoSuchAlarm,
} from '../../broker/contract/alarms.ts';
import type { DeviceKey } from '../../broker/contract/ids.ts';
import type { AlarmFile } from './alarm-file.ts';
import type { KeptAlarm } from './kept-alarm.ts';
import { alarmLimits } from './limits.ts';

/** Who acts when it is nobody. */
export const platform = 'platform';

/** What makes an alarm: of one device, or of a group. */
export interface Cause {
  rule: { id: string; name: string; priority: AlarmPriority };
  device?: DeviceKey | undefined;
  group?: string | undefined;
  metric?: string | undefined;
  /** Event time, epoch ms UTC. */
  at: number;
  value?: number | undefined;
  limit?: number | undefined;
  detail?: string | undefined;
  members?: readonly DeviceKey[] | undefined;
}

/** What is noted of a change. */
export interface Note {
  kind: AlarmTransition['kind'];
  by: string;
  comment?: string | undefined;
  eventAt?: number | undefined;
  value?: number | undefined;
}

type Patch = { [Field in keyof Alarm]?: Alarm[Field] | undefined };
type Listener = (alarm: Alarm, transition: AlarmTransition) => void;

export interface BookDeps {
  file: Pick<AlarmFile, 'put' | 'remove' | 'add'>;
  clock: () => number;
  /** Whether somebody planned work there, or the alarm of its group stands for it. */
  suppressionOf(alarm: Pick<Alarm, 'device' | 'group' | 'rule'>): Alarm['suppressed'] | undefined;
  onListenerError(error: unknown): void;
}

/** A number that no stream has seen: what the process before told and did not write in time is far below. */
const seqsUnwrittenMax = 1_000_000;

/**
 * The open alarms: one for each rule and device (or group), active or cleared, acknowledged or not. Everything that
 * happens goes through one place that numbers, keeps and tells it.
 */
export class AlarmBook {
  readonly #deps: BookDeps;
  readonly #open = new Map<string, KeptAlarm>();
  readonly #idOfSubject = new Map<string, string>();
  readonly #idsOfDevice = new Map<DeviceKey, Set<string>>();
  #tombstones: { seq: number; alarm: Alarm }[] = [];
  #seq: number;
  #sinceMin: number;
  readonly #listeners = new Set<Listener>();
  readonly #sorted = new Map<AlarmView, { seq: number; alarms: Alarm[] }>();
  #leftOut = 0;

  constructor(kept: Iterable<KeptAlarm>, lastSeq: number, deps: BookDeps) {
    this.#deps = deps;
    let newest = lastSeq;
    for (const one of kept) {
      this.#open.set(one.alarm.id, one);
      this.#index(one.alarm);
      newest = Math.max(newest, one.changedSeq);
    }
    this.#seq = newest === 0 ? 0 : newest + seqsUnwrittenMax;
    this.#sinceMin = this.#seq;
  }

  get seq(): number {
    return this.#seq;
  }

  get size(): number {
    return this.#open.size;
  }

  /** Alarms that were not opened because there are too many. */
  get leftOut(): number {
    return this.#leftOut;
  }

  all(): Alarm[] {
    return Array.from(this.#open.values(), ({ alarm }) => alarm);
  }

  get(id: string): Alarm | undefined {
    return this.#open.get(id)?.alarm;
  }

  /** The open alarm of a rule and a device or group. */
  of(subject: Pick<Alarm, 'rule' | 'device' | 'group'>): Alarm | undefined {
    return this.get(this.#idOfSubject.get(subjectOf(subject)) ?? '');
  }

  /** All open alarms of a device. */
  ofDevice(key: DeviceKey): Alarm[] {
    const ids = this.#idsOfDevice.get(key) ?? [];
    return Array.from(ids, (id) => this.#kept(id).alarm);
  }

  membersOf(id: string): readonly string[] {
    return this.#open.get(id)?.members ?? [];
  }

  /** Worst first: priority, then unacknowledged, then newest. Made once for each state of the book. */
  list(view: AlarmView): Alarm[] {
    const known = this.#sorted.get(view);
    if (known?.seq === this.#seq) return known.alarms;
    const alarms = this.all()
      .filter((alarm) => isInView(alarm, view))
      .sort(worstFirst);
    this.#sorted.set(view, { seq: this.#seq, alarms });
    return alarms;
  }

  /** The condition is there: a new alarm, or once more the one that is open. */
  activate(cause: Cause): Alarm | undefined {
    const { rule, device, group, at, value } = cause;
    const known = this.of({ rule: rule.id, device, group });
    if (known?.active) return known;
    if (!known) return this.#raise(cause);
    const note: Note = { kind: 'activated', by: platform, eventAt: at, value };
    return this.change(
      known.id,
      {
        ...broken(cause),
        active: true,
        acknowledged: false,
        acknowledgedAt: undefined,
        acknowledgedBy: undefined,
        activatedAt: at,
        clearedAt: undefined,
        activations: known.activations + 1,
      },
      note,
    );
  }

  /** The condition is over. What nobody has to look at any more is closed. */
  clear(id: string, { at, value }: { at: number; value?: number | undefined }): void {
    const known = this.get(id);
    if (!known?.active) return;
    const note: Note = { kind: 'cleared', by: platform, eventAt: at, value };
    const alarm = this.change(id, { active: false, clearedAt: at }, note);
    if (alarm.acknowledged || alarm.suppressed) this.close(id, platform);
  }

  close(id: string, by: string, comment?: string): Alarm {
    const kept = this.#kept(id);
    const alarm = this.change(id, {}, { kind: 'closed', by, comment });
    this.#open.delete(id);
    this.#unindex(kept.alarm);
    this.#deps.file.remove('alarms', id);
    this.#tombstones.push({ seq: this.#seq, alarm });
    if (this.#tombstones.length > alarmLimits.tombstonesMax)
      this.#sinceMin = this.#tombstones.shift()?.seq ?? this.#sinceMin;
    return alarm;
  }

  /** Throws when the alarm is not there, or not any more what was looked at. */
  asSeen(id: string, revision: number | undefined): Alarm {
    const { alarm } = this.#kept(id);
    if (revision !== undefined && revision !== alarm.revision)
      throw new AlarmChanged(
        `alarm ${id} has changed: revision ${alarm.revision}, not ${revision}`,
      );
    return alarm;
  }

  /** The one place where an alarm changes: numbered, kept, and told with its note. */
  change(id: string, patch: Patch, note?: Note): Alarm {
    const kept = this.#kept(id);
    const alarm = stripped({ ...kept.alarm, ...patch, revision: kept.alarm.revision + 1 });
    this.#put({ ...kept, alarm }, note);
    return alarm;
  }

  /** Devices that the alarm of a group stands for now. */
  setMembers(id: string, members: readonly DeviceKey[]): void {
    const kept = this.#kept(id);
    const alarm = { ...kept.alarm, ...childrenOf(members), revision: kept.alarm.revision + 1 };
    this.#put({ ...kept, alarm, members: [...members] });
  }

  /** Holds an alarm against what suppresses it now. */
  resuppress(id: string): void {
    const alarm = this.get(id);
    if (!alarm) return;
    const wanted = this.#deps.suppressionOf(alarm);
    if (wanted?.by === alarm.suppressed?.by && wanted?.id === alarm.suppressed?.id) return;
    this.change(
      id,
      { suppressed: wanted },
      { kind: wanted ? 'suppressed' : 'released', by: platform, comment: wanted?.reason },
    );
    if (wanted && !alarm.active) this.close(id, platform);
  }

  /** What changed after a state; undefined when that is too long ago, or of another process. */
  since(seq: number): { alarms: Alarm[]; closed: Alarm[] } | undefined {
    if (seq < this.#sinceMin || seq > this.#seq) return undefined;
    if (seq === this.#seq) return { alarms: [], closed: [] };
    const changed = [...this.#open.values()].filter(({ changedSeq }) => changedSeq > seq);
    return {
      alarms: changed.map(({ alarm }) => alarm),
      closed: this.#tombstones.filter((one) => one.seq > seq).map(({ alarm }) => alarm),
    };
  }

  listen(listener: Listener): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  #raise(cause: Cause): Alarm | undefined {
    const { rule, device, group, at, members } = cause;
    const isLow = rule.priority === 'low';
    if (this.size >= (isLow ? alarmLimits.openMax : alarmLimits.openHardMax)) {
      this.#leftOut += 1;
      return undefined;
    }
    const alarm: Alarm = stripped({
      id: `a${(this.#seq + 1).toString(36)}`,
      revision: 1,
      rule: rule.id,
      name: rule.name,
      priority: rule.priority,
      device,
      group,
      ...(members ? childrenOf(members) : {}),
      ...broken(cause),
      active: true,
      acknowledged: false,
      raisedAt: at,
      activatedAt: at,
      activations: 1,
      suppressed: this.#deps.suppressionOf({ rule: rule.id, device, group }),
      comments: 0,
    });
    this.#index(alarm);
    const note: Note = { kind: 'raised', by: platform, eventAt: at, value: cause.value };
    this.#put({ alarm, changedSeq: 0, ...(members ? { members: [...members] } : {}) }, note);
    return alarm;
  }

  #index(alarm: Alarm): void {
    this.#idOfSubject.set(subjectOf(alarm), alarm.id);
    if (!alarm.device) return;
    const ids = this.#idsOfDevice.get(alarm.device) ?? new Set();
    this.#idsOfDevice.set(alarm.device, ids.add(alarm.id));
  }

  #unindex(alarm: Alarm): void {
    this.#idOfSubject.delete(subjectOf(alarm));
    if (!alarm.device) return;
    const ids = this.#idsOfDevice.get(alarm.device);
    ids?.delete(alarm.id);
    if (ids?.size === 0) this.#idsOfDevice.delete(alarm.device);
  }

  #kept(id: string): KeptAlarm {
    const kept = this.#open.get(id);
    if (!kept) throw new NoSuchAlarm(`there is no open alarm ${id}`);
    return kept;
  }

  #put(kept: KeptAlarm, note?: Note): void {
    this.#seq += 1;
    const { alarm } = kept;
    const row = { ...kept, changedSeq: this.#seq };
    this.#open.set(alarm.id, row);
    this.#deps.file.put('alarms', alarm.id, row);
    if (!note) return;
    const transition = this.#transition(alarm, note);
    this.#deps.file.add(transition);
    for (const listener of this.#listeners) {
      try {
        listener(alarm, transition);
      } catch (error) {
        this.#deps.onListenerError(error);
      }
    }
  }

  #transition(alarm: Alarm, note: Note): AlarmTransition {
    const { id, rule, device, group, priority } = alarm;
    return stripped({
      seq: this.#seq,
      alarm: id,
      rule,
      device,
      group,
      priority,
      at: this.#deps.clock(),
      ...note,
      quiet: alarm.shelved || alarm.suppressed ? true : undefined,
    });
  }
}

function subjectOf({ rule, device, group }: Pick<Alarm, 'rule' | 'device' | 'group'>): string {
  return device ? `${rule} ${device}` : `${rule} @${group ?? ''}`;
}

function broken({ metric, value, limit, detail }: Cause): Patch {
  return { metric, value, limit, detail };
}

function childrenOf(members: readonly DeviceKey[]): Pick<Alarm, 'children' | 'childCount'> {
  return {
    children: members.slice(0, alarmLimits.childrenListedMax),
    childCount: members.length,
  };
}

/** Without the fields that are undefined. */
function stripped<Whole extends object>(
  fields: { [Field in keyof Whole]: Whole[Field] | undefined },
): Whole {
  return Object.fromEntries(
    Object.entries(fields).filter(([, value]) => value !== undefined),
  ) as Whole;
}

function isInView({ active, acknowledged, shelved, suppressed }: Alarm, view: AlarmView): boolean {
  const isShown = !shelved && !suppressed;
  switch (view) {
    case 'open':
      return isShown;
    case 'active':
      return isShown && active;
    case 'unacknowledged':
      return isShown && !acknowledged;
    case 'shelved':
      return shelved !== undefined;
    case 'suppressed':
      return suppressed !== undefined;
    case 'all':
      return true;
  }
}

const rankOf = Object.fromEntries(
  alarmPriorities.map((priority, rank) => [priority, rank]),
) as Readonly<Record<AlarmPriority, number>>;

function worstFirst(a: Alarm, b: Alarm): number {
  return (
    rankOf[a.priority] - rankOf[b.priority] ||
    Number(a.acknowledged) - Number(b.acknowledged) ||
    b.activatedAt - a.activatedAt ||
    (a.id < b.id ? -1 : 1)
  );
}
