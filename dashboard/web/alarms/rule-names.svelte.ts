import type { AlarmRuleList } from '../../../broker/contract/alarm-rules.ts';
import type { App } from '../state/app.svelte.ts';
import { Resource } from '../state/resource.svelte.ts';
import { builtInText } from './alarm-text.ts';

/** Rules by what they are called; of those that the reader may not see, or that are gone, the id. */
export function ruleNames(app: App): { of: (rule: string) => string } {
  const list = new Resource<AlarmRuleList>(app.api);
  if (app.alarms.mayAct) void list.show('/alarm-rules', 'rules');
  const names = $derived(new Map(list.value?.rules.map(({ id, name }) => [id, name])));
  return {
    of: (rule) =>
      builtInText(app.language.messages.alarms.builtIn, rule)?.name ?? names.get(rule) ?? rule,
  };
}
