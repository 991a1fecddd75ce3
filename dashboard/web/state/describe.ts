import type { Language } from '../../../broker/contract/metrics.ts';
import type { Reason } from '../../../ingest/domain/finding.ts';
import type { Messages } from '../messages/catalogue.ts';
import type { SiteMetric } from './app.svelte.ts';
import { type Formats, formatDuration, nbsp } from './format.ts';
import type { Row } from './row.ts';

/** What words are made with: the language, its formats, the installation's metrics. */
export interface Wording {
  language: Language;
  messages: Messages;
  formats: Formats;
  metric: (name: string) => SiteMetric | undefined;
}

/** A metric's name in the reader's language; its own name when the installation has none for it. */
export function metricLabel({ language, metric }: Wording, name: string): string {
  const labels = metric(name)?.label;
  return labels?.[language] ?? labels?.en ?? name;
}

export interface ValueText {
  text: string;
  unit: string;
}

/** A value in the metric's digits with its unit; yes or no where that is what it means. */
export function valueText(wording: Wording, name: string, value: number): ValueText {
  const metric = wording.metric(name);
  const words = flagWords(wording, name);
  if (words) return { text: words[value === 0 ? 0 : 1], unit: '' };
  return {
    text: wording.formats.number(value, metric?.decimals ?? defaultDecimals),
    unit: metric?.unit ?? '',
  };
}

/** The same in one piece: `12,3 µg/m³`. */
export function valueSentence(wording: Wording, name: string, value: number): string {
  const { text, unit } = valueText(wording, name, value);
  return unit === '' ? text : `${text}${nbsp}${unit}`;
}

/** The two words of a metric that is 0 or 1; undefined for all others. */
export function flagWords(
  { messages, metric }: Wording,
  name: string,
): readonly [string, string] | undefined {
  const found = metric(name);
  if (found?.kind !== 'state' || found.unit !== '' || found.max !== 1) return undefined;
  return name === 'lamp_on' ? [messages.off, messages.on] : [messages.no, messages.yes];
}

/** How a device stands, in a word or two: what is abnormal, else its silence, else that all is well. */
export function standingText({ messages }: Wording, row: Row, now: number): string {
  if (row.standing === 'offline') return messages.deviceStatus[row.status];
  if (row.finding) return reasonWord(messages, row.finding.reason);
  if (row.status === 'stale') return messages.staleFor(formatDuration(now - (row.seenAt ?? now)));
  return messages.deviceStatus[row.status];
}

/** The reason in full, with the value and the limit that it broke. */
export function reasonText(wording: Wording, row: Row): string | undefined {
  const { finding } = row;
  if (!finding) return undefined;
  const { reason, metric, value, limit } = finding;
  const { messages } = wording;
  const word = reasonWord(messages, reason);
  if (limit === undefined || Number.isNaN(value)) return word;
  const [shown, bound] = [value, limit].map((one) => valueSentence(wording, metric, one));
  if (reason.of === 'value') return messages.reason.elevated(shown ?? '', bound ?? '');
  return `${word}: ${messages.reason.filled(shown ?? '', bound ?? '')}`;
}

function reasonWord(messages: Messages, reason: Reason): string {
  if (reason.of === 'lamp') return messages.light.state[reason.state];
  if (reason.of === 'container') return messages.waste.state[reason.state];
  return messages.reasonShort.elevated;
}

/** `vor 12 s`, or that it never was. */
export function ageText({ messages }: Wording, at: number | undefined, now: number): string {
  return at === undefined ? messages.never : messages.ago(formatDuration(now - at));
}

const defaultDecimals = 1;
