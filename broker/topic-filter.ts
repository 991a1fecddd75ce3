import { limits } from './contract/limits.ts';
import type { TopicKind } from './contract/topics.ts';

/**
 * Whether a text can be a topic name of a PUBLISH or a will [MQTT-3.3.2-2, 1.5.3, 4.7.3]. That its bytes
 * were UTF-8 is seen to before: in the text U+FFFD may stand for them, or for itself.
 */
export function isTopicName(topic: string): boolean {
  return isTopicText(topic) && !/[+#]/.test(topic);
}

/** Whether a text is a well-formed topic filter [MQTT-4.7.1-2, 4.7.1-3]. */
export function isTopicFilter(filter: string): boolean {
  if (!isTopicText(filter)) return false;
  const levels = filter.split('/');
  const last = levels.length - 1;
  return levels.every((level, index) => {
    if (level.includes('#')) return level === '#' && index === last;
    return !level.includes('+') || level === '+';
  });
}

/** Non-empty, within the limits, without control characters. */
function isTopicText(text: string): boolean {
  if (text.length === 0 || text.length > limits.topicBytesMax) return false;
  if (unfit.test(text) || Buffer.byteLength(text) > limits.topicBytesMax) return false;
  return text.split('/').length <= limits.topicLevelsMax;
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is looked for
export const unfit = /[\u0000-\u001f\u007f-\u009f]/;

/** Whether a filter matches a topic name [MQTT-4.7.1, 4.7.2-1]; both as their levels. */
export function matches(filter: readonly string[], topic: readonly string[]): boolean {
  if (topic[0]?.startsWith('$') && (filter[0] === '+' || filter[0] === '#')) return false;
  for (const [index, level] of filter.entries()) {
    if (level === '#') return topic.length >= index;
    if (topic[index] === undefined || (level !== '+' && level !== topic[index])) return false;
  }
  return filter.length === topic.length;
}

/** The kinds of topics that a filter can match at all, so that nobody publishes what nobody hears. */
export function kindsHeardBy(filter: string): TopicKind[] {
  const levels = filter.split('/');
  return shapes.filter(({ shape }) => mayMatch(levels, shape)).map(({ kind }) => kind);
}

const any = '*';
const shapes: readonly { kind: TopicKind; shape: readonly string[] }[] = [
  { kind: 'readings', shape: ['city', 'v1', any, any, 'readings'] },
  { kind: 'status', shape: ['city', 'v1', any, any, 'status'] },
  { kind: 'commands', shape: ['city', 'v1', any, any, 'commands'] },
  { kind: 'command-ack', shape: ['city', 'v1', any, any, 'commands', 'ack'] },
  { kind: 'live', shape: ['city', 'v1', 'live', any, any] },
];

function mayMatch(filter: readonly string[], shape: readonly string[]): boolean {
  for (const [index, level] of filter.entries()) {
    if (level === '#') return shape.length >= index;
    const expected = shape[index];
    if (expected === undefined) return false;
    if (level !== '+' && expected !== any && level !== expected) return false;
  }
  return filter.length === shape.length;
}

/** Counts the subscriptions by what they can hear. */
export class Interest {
  readonly #counts = new Map<TopicKind, number>();

  add(filter: string): void {
    this.#shift(filter, 1);
  }

  remove(filter: string): void {
    this.#shift(filter, -1);
  }

  count(kind: TopicKind): number {
    return this.#counts.get(kind) ?? 0;
  }

  #shift(filter: string, by: number): void {
    for (const kind of kindsHeardBy(filter)) this.#counts.set(kind, this.count(kind) + by);
  }
}
