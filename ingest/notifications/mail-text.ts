import type { AlarmPriority } from '../../broker/contract/alarm-rules.ts';
import type { Alarm } from '../../broker/contract/alarms.ts';
import { metrics } from '../../broker/contract/metrics.ts';
import type { Notice, NoticeEvent } from './notice.ts';

/** German and English: the mail server knows nobody's language. */
const priorities: Readonly<Record<AlarmPriority, string>> = {
  critical: 'KRITISCH / CRITICAL',
  high: 'HOCH / HIGH',
  medium: 'mittel / medium',
  low: 'niedrig / low',
};

const events: Readonly<Record<NoticeEvent, string>> = {
  raised: 'neu / new',
  activated: 'erneut / again',
  returned: 'wieder vorgelegt / back on the list',
  escalated: 'jetzt dringender / more urgent now',
  cleared: 'vorbei / over',
  reminder: 'noch nicht quittiert / still not acknowledged',
  test: 'Probe / test',
};

/** One line, whatever names hold: a line break would begin another header. */
export function mailSubject(notices: readonly Notice[]): string {
  const [first] = notices;
  if (!first) return '[Sensorplatz]';
  const { alarm, event } = first;
  const more = notices.length > 1 ? ` (+${notices.length - 1})` : '';
  const about = `${priorities[alarm.priority]}: ${alarm.name}, ${whatOf(alarm, ' ')}`;
  return oneLine(`[Sensorplatz] ${about}, ${events[event]}`, 180) + more;
}

/** Plain text, an alarm a paragraph. */
export function mailText(
  notices: readonly Notice[],
  { timeZone, linkOf }: { timeZone: string; linkOf: (alarm: string) => string | undefined },
): string {
  const format = new Intl.DateTimeFormat('sv-SE', {
    timeZone,
    dateStyle: 'short',
    timeStyle: 'medium',
  });
  const time = (at: number): string => `${format.format(at)} (${timeZone})`;
  const paragraphs = notices.map(({ alarm, event, advice }) =>
    [
      `${priorities[alarm.priority]}: ${oneLine(alarm.name, 120)}, ${events[event]}`,
      whatOf(alarm),
      valueLine(alarm),
      `seit / since ${time(alarm.activatedAt)}`,
      alarm.clearedAt !== undefined && !alarm.active && `bis / until ${time(alarm.clearedAt)}`,
      advice.consequence && `Folge / consequence: ${oneLine(advice.consequence, 500)}`,
      advice.response && `Zu tun / response: ${oneLine(advice.response, 500)}`,
      advice.runbook,
      linkOf(alarm.id),
    ].filter((line) => typeof line === 'string'),
  );
  return `${paragraphs.map((lines) => lines.join('\n')).join('\n\n')}\n`;
}

function whatOf({ device, group, childCount, metric }: Alarm, between = ' · '): string {
  const count = childCount === undefined ? '' : ` (${childCount})`;
  return [device ?? (group ?? '') + count, metric].filter(Boolean).join(between);
}

function valueLine({ metric, value, limit, detail }: Alarm): string | undefined {
  const { unit = '', decimals = 2 } = metrics.get(metric ?? '') ?? {};
  const show = (number: number): string =>
    `${Number(number.toFixed(Math.max(decimals, 1)))} ${unit}`.trim();
  const parts = [
    value !== undefined && `Wert / value ${show(value)}`,
    limit !== undefined && `Grenze / limit ${show(limit)}`,
    detail !== undefined && oneLine(detail, 200),
  ].filter((part) => typeof part === 'string');
  return parts.length > 0 ? parts.join(', ') : undefined;
}

/** Control and line-separating characters become spaces. */
function oneLine(text: string, charsMax: number): string {
  const line = text.replace(/[\p{Cc}\p{Zl}\p{Zp}]+/gu, ' ').trim();
  return line.length > charsMax ? `${line.slice(0, charsMax - 1)}…` : line;
}
