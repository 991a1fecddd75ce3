import type { AlarmRule, KeptAlarmRule } from '../../broker/contract/alarm-rules.ts';
import { NoSuchRule, RuleChanged, RuleInvalid, RulesFull } from '../../broker/contract/alarms.ts';
import { builtInRules } from '../domain/alarms/built-in-rules.ts';
import { faultOf } from '../domain/alarms/check-rule.ts';
import { platform } from './alarm-book.ts';
import type { AlarmFile } from './alarm-file.ts';
import { alarmLimits } from './limits.ts';

export interface RuleChange {
  id: string;
  /** Undefined: it is gone. */
  rule: KeptAlarmRule | undefined;
  /** It is about the same and holds at the same: only what stands beside it has changed. */
  isSame: boolean;
}

/** The rules: those built in, as they came or as they were changed, and those of the city. */
export class RuleBook {
  readonly #rules: Map<string, KeptAlarmRule>;
  readonly #deps: { file: Pick<AlarmFile, 'put' | 'remove'>; clock: () => number };
  #list: readonly KeptAlarmRule[] | undefined;

  constructor(
    kept: ReadonlyMap<string, KeptAlarmRule>,
    deps: { file: Pick<AlarmFile, 'put' | 'remove'>; clock: () => number },
  ) {
    this.#deps = deps;
    const asTheyCame = builtInRules.map((rule): [string, KeptAlarmRule] => [
      rule.id,
      { ...rule, builtIn: true, revision: 0, changedAt: 0, changedBy: platform },
    ]);
    this.#rules = new Map([...asTheyCame, ...kept]);
    // One that is built in no more is the city's own.
    for (const [id, rule] of kept)
      this.#rules.set(id, { ...rule, builtIn: builtInRules.some((one) => one.id === id) });
  }

  list(): readonly KeptAlarmRule[] {
    this.#list ??= [...this.#rules.values()];
    return this.#list;
  }

  get(id: string): KeptAlarmRule | undefined {
    return this.#rules.get(id);
  }

  /** `revision`: of the rule that was edited, so that nobody's change is lost. @throws RulesFull, RuleInvalid, RuleChanged */
  put(rule: AlarmRule, by: string, revision?: number): RuleChange & { rule: KeptAlarmRule } {
    assertValid(rule);
    const before = this.#rules.get(rule.id);
    if (revision !== undefined && revision !== before?.revision)
      throw new RuleChanged(changedText(rule.id, revision, before));
    if (!before && this.#rules.size >= alarmLimits.rulesMax)
      throw new RulesFull(`there are ${alarmLimits.rulesMax} rules already`);
    const kept: KeptAlarmRule = {
      ...rule,
      builtIn: before?.builtIn ?? false,
      revision: (before?.revision ?? 0) + 1,
      changedAt: this.#deps.clock(),
      changedBy: by,
    };
    this.#rules.set(rule.id, kept);
    this.#list = undefined;
    this.#deps.file.put('rules', rule.id, kept);
    return { id: rule.id, rule: kept, isSame: before !== undefined && core(before) === core(kept) };
  }

  /** @throws NoSuchRule, RuleInvalid */
  delete(id: string): RuleChange {
    const rule = this.#rules.get(id);
    if (!rule) throw new NoSuchRule(`there is no rule ${id}`);
    if (rule.builtIn)
      throw new RuleInvalid(`id: ${id} is built in and can only be switched off (enabled: false)`);
    this.#rules.delete(id);
    this.#list = undefined;
    this.#deps.file.remove('rules', id);
    return { id, rule: undefined, isSame: false };
  }
}

function changedText(id: string, revision: number, now: KeptAlarmRule | undefined): string {
  if (!now) return `the rule ${id} was removed`;
  return `the rule ${id} has revision ${now.revision} by ${now.changedBy}, not ${revision}`;
}

/** @throws RuleInvalid */
export function assertValid(rule: AlarmRule): void {
  const fault = faultOf(rule);
  if (fault) throw new RuleInvalid(fault);
}

/** What decides when it holds, and for whom. */
function core(rule: AlarmRule): string {
  const { enabled, scope, metric, condition, forMs, clearForMs, countsSuspect, grouping } = rule;
  return JSON.stringify([
    enabled,
    scope,
    metric,
    condition,
    forMs,
    clearForMs,
    countsSuspect,
    grouping,
  ]);
}
