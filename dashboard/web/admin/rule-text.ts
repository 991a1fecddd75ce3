import type { AlarmCondition, AlarmRule } from '../../../broker/contract/alarm-rules.ts';
import { detailText } from '../alarms/alarm-text.ts';
import { metricLabel, valueSentence, type Wording } from '../state/describe.ts';
import { formatDuration, nbsp } from '../state/format.ts';

type SaidRule = Pick<
  AlarmRule,
  'priority' | 'scope' | 'metric' | 'condition' | 'forMs' | 'clearForMs'
>;

/**
 * What a rule does, in one sentence that somebody who has never seen a rule can read. Undefined while it is not
 * complete.
 */
export function ruleSentence(wording: Wording, rule: Partial<SaidRule>): string | undefined {
  const { condition, priority } = rule;
  if (!condition || !priority || !isComplete(condition)) return undefined;
  const t = wording.messages.admin.rules;
  const what = conditionText(wording, condition, rule.metric);
  const lasting = rule.forMs ? t.forLong(formatDuration(rule.forMs)) : '';
  const over = rule.clearForMs ? ` ${t.clearLong(formatDuration(rule.clearForMs))}` : '';
  const word = wording.messages.alarms.priority[priority];
  return `${t.raises(word, scopeText(wording, rule.scope), what + lasting)}${over}`;
}

/** What must hold. */
function conditionText(
  wording: Wording,
  condition: AlarmCondition,
  metric: string | undefined,
): string {
  const t = wording.messages.admin.rules;
  const name = metric === undefined ? t.anyMetric : metricLabel(wording, metric);
  const say = (value: number): string =>
    metric === undefined ? numberText(wording, value) : valueSentence(wording, metric, value);
  switch (condition.type) {
    case 'threshold': {
      const said = t.threshold(name, t.ops[condition.op], say(condition.value));
      return condition.clearAt === undefined
        ? said
        : `${said} ${t.clearAt(say(condition.clearAt))}`;
    }
    case 'outside':
      return t.outside(name, say(condition.min), say(condition.max));
    case 'rate': {
      const speed = say(Math.abs(condition.perMinute));
      const within = formatDuration(condition.withinMs);
      return condition.op === 'gt' ? t.rises(name, speed, within) : t.falls(name, speed, within);
    }
    case 'delta': {
      const change =
        condition.unit === 'percent'
          ? `${numberText(wording, condition.change)}${nbsp}%`
          : say(condition.change);
      return t.delta(name, change, formatDuration(condition.withinMs));
    }
    case 'missing':
      return t.missing(numberText(wording, condition.intervals));
    case 'stuck':
      return t.stuck(name, formatDuration(condition.durationMs));
    case 'count':
      return t.count(
        t.threshold(name, t.ops[condition.op], say(condition.value)),
        wording.formats.count(condition.times),
        formatDuration(condition.withinMs),
      );
    case 'quality':
      return t.quality(name, t.flags[condition.flag]);
    case 'index':
      return t.index(condition.scheme, String(condition.level));
    case 'eu':
      return t.eu(t.thresholds[condition.threshold], condition.rules);
    default:
      return t.states(
        condition.states.map((state) => detailText(wording, state)).join(` ${t.or} `),
      );
  }
}

function scopeText(wording: Wording, scope: AlarmRule['scope'] = {}): string {
  const t = wording.messages.admin.rules;
  const { kinds = [], providers = [], devices = [] } = scope;
  const parts = [
    kinds.map((kind) => wording.messages.kind[kind]).join(', '),
    providers.length > 0 ? t.ofProviders(providers.join(', ')) : '',
    devices.length > 0 ? t.theseDevices(wording.formats.count(devices.length)) : '',
  ].filter(Boolean);
  return parts.length === 0 ? t.everyDevice : parts.join(', ');
}

/** What the sentence needs has been typed, and numbers are numbers. */
function isComplete(condition: AlarmCondition): boolean {
  const typed: Readonly<Record<string, unknown>> = { ...condition };
  return needed[condition.type].every((name) =>
    words.has(name) ? typed[name] !== undefined : typeof typed[name] === 'number',
  );
}

const needed: Readonly<Record<AlarmCondition['type'], readonly string[]>> = {
  threshold: ['op', 'value'],
  outside: ['min', 'max'],
  rate: ['op', 'perMinute', 'withinMs'],
  delta: ['change', 'withinMs'],
  missing: ['intervals'],
  stuck: ['durationMs'],
  count: ['op', 'value', 'times', 'withinMs'],
  quality: ['flag'],
  index: ['level'],
  eu: ['rules', 'threshold'],
  lamp: ['states'],
  container: ['states'],
};
const words: ReadonlySet<string> = new Set(['op', 'flag', 'rules', 'threshold', 'states']);

function numberText({ formats }: Wording, value: number): string {
  return formats.number(value, Number.isInteger(value) ? 0 : 1);
}
