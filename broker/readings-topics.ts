import { type ParsedTopic, parseTopic, topicPrefix } from './contract/topics.ts';

/** The topic of one device's readings, and what {@link parseTopic} says of it. */
export interface ReadingsTopic {
  topic: string;
  /** A list of nothing but the topic. */
  alone: readonly string[];
  parsed: ParsedTopic;
}

/**
 * Topics remembered at a time (a power of two). A further one takes the place of another, which is then parsed
 * once more when it comes again.
 */
const topicsMax = 32_768;

/**
 * Topics of readings by their bytes: most publishes repeat a topic, and neither its text nor what it means
 * has to be made anew. It holds what a topic says, never who may use it.
 */
export class ReadingsTopics {
  readonly #slots: (ReadingsTopic | undefined)[] = new Array(topicsMax);

  /** The topic that these bytes are; undefined when they are anything but a topic of readings. */
  find(bytes: Buffer, start: number, end: number): ReadingsTopic | undefined {
    const slot = slotOf(bytes, start, end);
    const known = this.#slots[slot];
    if (known && isAt(known, bytes, start, end)) return known;
    const found = readTopic(bytes, start, end);
    if (found) this.#slots[slot] = found;
    return found;
  }
}

/** Whether these bytes are that topic: it has none that UTF-8 would write differently. */
export function isAt({ topic }: ReadingsTopic, bytes: Buffer, start: number, end: number): boolean {
  if (end - start !== topic.length) return false;
  // From the end, where the topics of two devices differ.
  for (let index = topic.length - 1; index >= 0; index--)
    if (bytes[start + index] !== topic.charCodeAt(index)) return false;
  return true;
}

/** FNV-1a. Who chooses topics to meet in one slot only has them parsed each time. */
function slotOf(bytes: Buffer, start: number, end: number): number {
  let hash = 0x811c9dc5;
  // All of them begin and end alike.
  for (let index = start + topicPrefix.length; index < end - readingsLevel.length; index++)
    hash = Math.imul(hash ^ (bytes[index] ?? 0), 0x01000193);
  return (hash ^ (hash >>> 15)) & (topicsMax - 1);
}

const readingsLevel = '/readings';

function readTopic(bytes: Buffer, start: number, end: number): ReadingsTopic | undefined {
  // Ids are ASCII: a byte of anything else becomes a character that no id has.
  const topic = bytes.toString('latin1', start, end);
  const parsed = parseTopic(topic);
  return parsed?.kind === 'readings' ? { topic, alone: [topic], parsed } : undefined;
}
