import type { KeptAlarmRule } from '../../broker/contract/alarm-rules.ts';
import type { Device } from '../../broker/contract/device.ts';
import type { DeviceKey } from '../../broker/contract/ids.ts';
import type { RegistryChange } from '../../broker/contract/registry.ts';
import { isInScope } from '../domain/alarms/scope.ts';
import type { Turn } from '../domain/alarms/watch.ts';
import { type AlarmBook, platform } from './alarm-book.ts';
import type { DeviceStates } from './device-states.ts';
import type { Evaluator } from './evaluator.ts';
import type { Groups } from './groups.ts';
import { alarmLimits } from './limits.ts';
import type { RuleBook, RuleChange } from './rule-book.ts';

interface UpkeepDeps {
  book: AlarmBook;
  rules: RuleBook;
  groups: Groups;
  evaluator: Evaluator;
  states: DeviceStates;
  deviceOf(key: DeviceKey): Device | undefined;
}

/** Of the platform itself. */
const fullRule = {
  id: 'platform-alarms-full',
  name: 'Too many open alarms: new low ones are not opened',
  priority: 'high',
} as const;

/** Keeps the open alarms to what is found out, and to the rules and devices that they are about. */
export class Upkeep {
  readonly #deps: UpkeepDeps;

  constructor(deps: UpkeepDeps) {
    this.#deps = deps;
  }

  onTurn(rule: KeptAlarmRule, device: DeviceKey, { turned, ...cause }: Turn): void {
    if (turned === 'on') {
      const group = rule.grouping === 'group' ? this.#deps.groups.groupOf(device) : undefined;
      if (group) this.#deps.groups.on({ cause: { rule, device, ...cause }, group });
      else this.#deps.book.activate({ rule, device, ...cause });
      return;
    }
    this.#deps.groups.off(rule.id, device);
    const alarm = this.#deps.book.of({ rule: rule.id, device });
    if (alarm) this.#deps.book.clear(alarm.id, cause);
  }

  onChange(change: RegistryChange): void {
    if (change.kind !== 'device') return;
    const { key, device } = change;
    this.#deps.evaluator.describe(key, device);
    this.#deps.states.describe(key, device);
    for (const { id, rule } of this.#deps.book.ofDevice(key)) {
      const scope = this.#deps.rules.get(rule)?.scope;
      if (device && scope && isInScope(scope, device)) continue;
      this.#deps.groups.off(rule, key);
      this.#deps.book.close(id, platform, device ? 'the rule is not about it any more' : 'deleted');
    }
    this.#deps.groups.place(key, device);
    for (const { id } of this.#deps.book.ofDevice(key)) this.#deps.book.resuppress(id);
  }

  /** Open alarms keep to their rules. */
  followRule({ id, rule, isSame }: RuleChange, by: string): void {
    if (!rule?.enabled) this.#deps.groups.forgetRule(id);
    else if (!isSame) this.#deps.groups.forgetWaiting(id);
    for (const alarm of this.#deps.book.all()) {
      if (alarm.rule !== id) continue;
      const device = alarm.device && this.#deps.deviceOf(alarm.device);
      const isOutside = alarm.device && !(device && rule && isInScope(rule.scope, device));
      const isUngrouped = alarm.group && rule?.grouping === 'none';
      if (!rule?.enabled || isOutside || isUngrouped) {
        if (alarm.device) this.#deps.groups.off(id, alarm.device);
        this.#deps.book.close(
          alarm.id,
          by,
          rule?.enabled ? 'the rule was changed' : 'the rule is off',
        );
        continue;
      }
      const { name, priority } = rule;
      if (alarm.priority !== priority)
        this.#deps.book.change(alarm.id, { name, priority }, { kind: 'priority', by });
      else if (alarm.name !== name) this.#deps.book.change(alarm.id, { name });
    }
    this.#deps.evaluator.replaceRule(id, rule, isSame);
  }

  /** Alarms of rules and devices that went away while no process ran. */
  closeOrphans(): void {
    for (const { id, rule, device } of this.#deps.book.all()) {
      if (rule === fullRule.id) continue;
      const isKnown =
        this.#deps.rules.get(rule)?.enabled && (!device || this.#deps.deviceOf(device));
      if (!isKnown) this.#deps.book.close(id, platform, 'its rule or device is gone');
    }
  }

  resuppressAll(): void {
    for (const { id } of this.#deps.book.all()) this.#deps.book.resuppress(id);
  }

  /** At the bound new low alarms are not opened: one alarm says so. */
  sayIfFull(at: number): void {
    const known = this.#deps.book.of({ rule: fullRule.id });
    if (this.#deps.book.size >= alarmLimits.openMax)
      this.#deps.book.activate({
        rule: fullRule,
        at,
        value: this.#deps.book.size,
        limit: alarmLimits.openMax,
      });
    else if (known?.active && this.#deps.book.size < alarmLimits.openMax * 0.9)
      this.#deps.book.clear(known.id, { at, value: this.#deps.book.size });
  }
}
