import type { Alarm } from '../../broker/contract/alarms.ts';
import { type Device, expectedIntervalMs } from '../../broker/contract/device.ts';
import { type DeviceKey, deviceKey } from '../../broker/contract/ids.ts';
import type { AlarmBook, Cause } from './alarm-book.ts';
import { alarmLimits } from './limits.ts';

/** So many of a group, and half of it, with the same alarm have one cause. */
const membersMin = 3;
/** An alarm waits for others of its group as long as all of them take to speak, within these. */
const waitMsMin = 30_000;
const waitMsMax = 10 * 60_000;

/** The alarm of a device, and the group that it hangs on. */
interface Grouped {
  cause: Cause & { device: DeviceKey };
  group: string;
}

interface GroupDeps {
  book: AlarmBook;
  deviceOf(key: DeviceKey): Device | undefined;
  clock: () => number;
}

/**
 * Grouping by cause: a cabinet without supply is one alarm, not 120. An alarm of a device in a group waits a
 * little before it is opened; when enough of the group have it, one alarm of the group is opened instead, and those
 * of its devices are suppressed by it. Who comes later joins it. When fewer have it, those left get the same time to
 * follow, then the group's alarm clears and theirs are shown.
 */
export class Groups {
  readonly #deps: GroupDeps;
  readonly #devices = new Map<string, Set<DeviceKey>>();
  readonly #groupOf = new Map<DeviceKey, string>();
  /** Devices that a rule holds for, by rule and group. */
  readonly #active = new Map<string, Set<DeviceKey>>();
  readonly #waiting = new Map<string, Grouped & { dueAt: number }>();
  /** Alarms of groups that too few devices have, and until when these may follow. */
  readonly #clearing = new Map<string, number>();
  /** Alarms of groups whose devices have changed since the last tick. */
  readonly #changed = new Set<string>();

  constructor(deps: GroupDeps) {
    this.#deps = deps;
  }

  /** Holds the open alarms of the process before against the devices that have been placed. */
  restore(): void {
    for (const { id, group, active } of this.#deps.book.all())
      if (group && active) this.#changed.add(id);
  }

  /** A device was described or deleted. */
  place(key: DeviceKey, device: Device | undefined): void {
    const group = device?.group && deviceKey(device.provider, device.group);
    const before = this.#groupOf.get(key);
    if (group === before) return;
    if (before) this.#leave(key, before);
    if (!group) return;
    this.#groupOf.set(key, group);
    const devices = this.#devices.get(group) ?? new Set();
    this.#devices.set(group, devices.add(key));
    for (const { rule, active } of this.#deps.book.ofDevice(key))
      if (active) this.#activeOf(rule, group).add(key);
  }

  groupOf(key: DeviceKey): string | undefined {
    return this.#groupOf.get(key);
  }

  /** A condition holds for a device of a group. */
  on(grouped: Grouped): void {
    const { cause, group } = grouped;
    const { book, clock } = this.#deps;
    const active = this.#activeOf(cause.rule.id, group).add(cause.device);
    const alarm = book.of({ rule: cause.rule.id, group });
    if (alarm?.active) {
      book.activate(cause);
      this.#changed.add(alarm.id);
    } else if (this.#isMost(active, group)) {
      this.#open(grouped, active);
    } else if (cause.rule.priority === 'critical' || this.#waiting.size >= alarmLimits.waitingMax) {
      book.activate(cause);
    } else {
      const key = keyOf(cause.rule.id, cause.device);
      if (book.of({ rule: cause.rule.id, device: cause.device })) book.activate(cause);
      else this.#waiting.set(key, { ...grouped, dueAt: clock() + this.#waitMs(cause.device) });
    }
  }

  /** It does not any more. Whether its alarm was opened or still waited, it is gone from the group. */
  off(rule: string, device: DeviceKey): void {
    const group = this.#groupOf.get(device);
    this.#waiting.delete(keyOf(rule, device));
    if (!group) return;
    const active = this.#active.get(subjectOf(rule, group));
    if (!active?.delete(device)) return;
    if (active.size === 0) this.#active.delete(subjectOf(rule, group));
    const alarm = this.#deps.book.of({ rule, group });
    if (alarm?.active) this.#changed.add(alarm.id);
  }

  /** Opens what has waited long enough, and holds the alarms of groups against their devices. */
  tick(now: number): void {
    for (const [key, { cause, dueAt }] of this.#waiting) {
      if (dueAt > now) continue;
      this.#waiting.delete(key);
      this.#deps.book.activate(cause);
    }
    for (const id of this.#changed) this.#review(id, now);
    this.#changed.clear();
    for (const [id, dueAt] of this.#clearing) if (dueAt <= now) this.#clear(id, now);
  }

  /** A rule is not what it was: what waits was found by the old one. */
  forgetWaiting(rule: string): void {
    for (const { cause } of this.#waiting.values())
      if (cause.rule.id === rule) this.off(rule, cause.device);
  }

  /** A rule is off or gone. */
  forgetRule(rule: string): void {
    this.forgetWaiting(rule);
    for (const key of this.#active.keys()) if (key.startsWith(`${rule} `)) this.#active.delete(key);
  }

  suppressionOf({ rule, device }: Pick<Alarm, 'rule' | 'device'>): Alarm['suppressed'] | undefined {
    const group = device && this.#groupOf.get(device);
    const alarm = group ? this.#deps.book.of({ rule, group }) : undefined;
    return alarm?.active ? { by: 'group', id: alarm.id } : undefined;
  }

  #open({ cause, group }: Grouped, active: ReadonlySet<DeviceKey>): void {
    const { book } = this.#deps;
    const { device: _, value: __, limit: ___, ...shared } = cause;
    const alarm = book.activate({ ...shared, group, members: [...active] });
    if (!alarm) return;
    this.#clearing.delete(alarm.id);
    this.#changed.add(alarm.id);
    book.activate(cause);
    for (const device of active) {
      const waiting = this.#waiting.get(keyOf(cause.rule.id, device));
      this.#waiting.delete(keyOf(cause.rule.id, device));
      if (waiting) book.activate(waiting.cause);
      const single = book.of({ rule: cause.rule.id, device });
      if (single) book.resuppress(single.id);
    }
  }

  #review(id: string, now: number): void {
    const { book } = this.#deps;
    const alarm = book.get(id);
    if (!alarm?.active || !alarm.group) return;
    const active = this.#active.get(subjectOf(alarm.rule, alarm.group)) ?? new Set();
    if (active.size === 0) {
      this.#clear(id, now);
      return;
    }
    if (!isSame(active, book.membersOf(id))) book.setMembers(id, [...active]);
    if (this.#isMost(active, alarm.group)) this.#clearing.delete(id);
    else if (!this.#clearing.has(id)) {
      const [device] = active;
      this.#clearing.set(id, now + (device ? this.#waitMs(device) : 0));
    }
  }

  #clear(id: string, at: number): void {
    const { book } = this.#deps;
    const alarm = book.get(id);
    this.#clearing.delete(id);
    if (!alarm?.group) return;
    book.clear(id, { at });
    for (const device of this.#active.get(subjectOf(alarm.rule, alarm.group)) ?? []) {
      const single = book.of({ rule: alarm.rule, device });
      if (single) book.resuppress(single.id);
    }
  }

  #leave(key: DeviceKey, group: string): void {
    this.#groupOf.delete(key);
    const devices = this.#devices.get(group);
    devices?.delete(key);
    if (devices?.size === 0) this.#devices.delete(group);
    for (const [subject, active] of this.#active) {
      if (!subject.endsWith(` @${group}`) || !active.delete(key)) continue;
      const rule = subject.slice(0, subject.indexOf(' '));
      const alarm = this.#deps.book.of({ rule, group });
      if (alarm?.active) this.#changed.add(alarm.id);
    }
  }

  #activeOf(rule: string, group: string): Set<DeviceKey> {
    const active = this.#active.get(subjectOf(rule, group)) ?? new Set();
    this.#active.set(subjectOf(rule, group), active);
    return active;
  }

  #isMost(active: ReadonlySet<DeviceKey>, group: string): boolean {
    const all = this.#devices.get(group)?.size ?? 0;
    return active.size >= membersMin && active.size * 2 >= all;
  }

  #waitMs(key: DeviceKey): number {
    const device = this.#deps.deviceOf(key);
    const intervalMs = device ? expectedIntervalMs(device) : waitMsMin;
    return Math.min(waitMsMax, Math.max(waitMsMin, intervalMs));
  }
}

function keyOf(rule: string, device: DeviceKey): string {
  return `${rule} ${device}`;
}

function subjectOf(rule: string, group: string): string {
  return `${rule} @${group}`;
}

function isSame(active: ReadonlySet<string>, members: readonly string[]): boolean {
  return active.size === members.length && members.every((one) => active.has(one));
}
