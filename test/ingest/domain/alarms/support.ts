import { AlarmRule, type NewAlarmRule } from '../../../../broker/contract/alarm-rules.ts';
import { qualityFlags } from '../../../../broker/contract/quality.ts';
import { newMemory, watchSample } from '../../../../ingest/domain/alarms/watch.ts';

export const minute = 60_000;

/** Event time in minutes, value, and the flag where it is not good. */
export type Given = readonly [minutes: number, value: number, flag?: number];

export function ruleOf(rule: Partial<NewAlarmRule> & Pick<NewAlarmRule, 'condition'>): AlarmRule {
  return AlarmRule.parse({ id: 'r1', name: 'Rule', metric: 'pm10', ...rule });
}

/** When an alarm goes on (`+`) and off (`-`), in minutes, with samples each minute or so. */
export function turnsOf(rule: AlarmRule, samples: readonly Given[], gapMs = 2.5 * minute): string {
  const memory = newMemory();
  return samples
    .map(([minutes, value, flag = qualityFlags.good]) =>
      watchSample(rule, memory, { at: minutes * minute, value, flag }, gapMs),
    )
    .filter((turn) => turn !== undefined)
    .map(({ turned, at }) => `${turned === 'on' ? '+' : '-'}${at / minute}`)
    .join(' ');
}
