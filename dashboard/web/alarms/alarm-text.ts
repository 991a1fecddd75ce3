import type { Alarm, AlarmTransition } from '../../../broker/contract/alarms.ts';
import { metricLabel, valueSentence, type Wording } from '../state/describe.ts';
import type { Fleet } from '../state/fleet.svelte.ts';
import { formatDuration } from '../state/format.ts';

/** What an alarm is called: rules that came with the platform in the reader's language. */
export function alarmName(
  { messages }: Wording,
  { rule, name }: Pick<Alarm, 'rule' | 'name'>,
): string {
  return builtInText(messages.alarms.builtIn, rule)?.name ?? name;
}

interface BuiltInText {
  name: string;
  response: string;
  consequence: string;
}

/** Words of a rule that came with the platform; undefined for all others. */
export function builtInText(
  texts: Readonly<Record<string, BuiltInText>>,
  rule: string,
): BuiltInText | undefined {
  return Object.hasOwn(texts, rule) ? texts[rule] : undefined;
}

/** What it is about: the device by its name, or what its children hang on. */
export function subjectText(
  { messages }: Wording,
  fleet: Pick<Fleet, 'row'>,
  { device, group }: Pick<Alarm, 'device' | 'group'>,
): string {
  if (device !== undefined) return fleet.row(device)?.name ?? device;
  return group === undefined ? '–' : messages.alarms.groupName(group.split('/')[1] ?? group);
}

/** `62,0 µg/m³ · Grenze 50,0 µg/m³`, or the word for what it is; empty when there is neither. */
export function valueVersusLimit(wording: Wording, alarm: Alarm): string {
  const { metric, value, limit, detail } = alarm;
  const t = wording.messages.alarms;
  const words = detail === undefined ? undefined : detailText(wording, detail);
  if (metric === undefined || value === undefined) return words ?? '';
  const shown = valueSentence(wording, metric, value);
  const broken = limit === undefined ? words : t.limit(valueSentence(wording, metric, limit));
  return broken === undefined ? shown : `${shown} · ${broken}`;
}

/** The word for a code such as a lamp's state; the code itself when there is none. */
export function detailText({ messages }: Wording, detail: string): string {
  const words: Readonly<Record<string, string>> = messages.alarms.details;
  return (Object.hasOwn(words, detail) ? words[detail] : undefined) ?? detail;
}

/** The metric with its name, where the alarm is about one. */
export function metricText(wording: Wording, { metric }: Pick<Alarm, 'metric'>): string {
  return metric === undefined ? '' : metricLabel(wording, metric);
}

/** `operator:Ada` is Ada; the platform itself and the administrator have words. */
export function whoText({ messages }: Wording, by: string): string {
  if (by === 'platform') return messages.alarms.platform;
  if (by === 'admin') return messages.roles.admin;
  return by.replace(/^(operator|provider):/, '');
}

/** Both axes in words: `aktiv, unquittiert`. */
export function stateText(
  { messages }: Wording,
  alarm: Pick<Alarm, 'active' | 'acknowledged'>,
): string {
  const t = messages.alarms;
  return `${alarm.active ? t.active : t.cleared}, ${alarm.acknowledged ? t.acknowledged : t.unacknowledged}`;
}

/** What happened, in words; with the value where there was one. */
export function transitionText(
  wording: Wording,
  transition: AlarmTransition,
  metric?: string,
): string {
  const word = wording.messages.alarms.transitions[transition.kind];
  if (metric === undefined || transition.value === undefined) return word;
  return `${word}: ${valueSentence(wording, metric, transition.value)}`;
}

/** What has come, in one sentence for a screen reader: one alarm in full, of more the worst. */
export function callText(
  wording: Wording,
  fleet: Pick<Fleet, 'row'>,
  alarms: readonly Alarm[],
): string {
  const t = wording.messages.alarms;
  const [worst] = alarms;
  if (!worst) return '';
  const what = `${t.priority[worst.priority]}: ${alarmName(wording, worst)}, ${subjectText(wording, fleet, worst)}`;
  return alarms.length === 1
    ? t.oneCame(what)
    : t.manyCame(wording.formats.count(alarms.length), what);
}

/** How long ago it began. */
export function ageOf({ activatedAt, clearedAt, active }: Alarm, now: number): string {
  return formatDuration((active ? now : (clearedAt ?? now)) - activatedAt);
}
