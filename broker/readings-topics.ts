import type { BurstTopic } from './bus/burst.ts';
import { type ParsedTopic, parseTopic, topicPrefix } from './contract/topics.ts';

/** The topic of one device's readings, and what {@link parseTopic} says of it. */
export interface ReadingsTopic extends BurstTopic {
  /** A list of nothing but the topic. */
  alone: readonly string[];
  parsed: ParsedTopic;
}

/** Topics remembered at a time (a power of two): more than there may be devices. */
const topicsMax = 131_072;
/** Places that a topic may have. When others are in all of them it takes one, and that topic is parsed when it comes again. */
const placesPerTopic = 4;

/**
 * Topics of readings by their bytes: most publishes repeat a topic, and neither its text nor what it means
 * has to be made anew. It holds what a topic says, never who may use it.
 */
export class ReadingsTopics {
  readonly #topics: (ReadingsTopic | undefined)[] = new Array(topicsMax);
  /** Of the topic at each place: another one need not be looked at. */
  readonly #hashes = new Int32Array(topicsMax);

  /** The topic that these bytes are; undefined when they are anything but a topic of readings. */
  find(bytes: Buffer, start: number, end: number): ReadingsTopic | undefined {
    const hash = hashOf(bytes, start, end);
    let free = hash & (topicsMax - 1);
    for (let next = 0; next < placesPerTopic; next++) {
      const place = (hash + next) & (topicsMax - 1);
      const known = this.#topics[place];
      if (!known) {
        free = place;
        break;
      }
      if (this.#hashes[place] === hash && isAt(known, bytes, start, end)) return known;
    }
    const found = readTopic(bytes, start, end);
    if (!found) return undefined;
    this.#topics[free] = found;
    this.#hashes[free] = hash;
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

/** FNV-1a. Who chooses topics to meet in one place only has them parsed each time. */
function hashOf(bytes: Buffer, start: number, end: number): number {
  let hash = 0x811c9dc5;
  // All of them begin and end alike.
  for (let index = start + topicPrefix.length; index < end - readingsLevel.length; index++)
    hash = Math.imul(hash ^ (bytes[index] ?? 0), 0x01000193);
  return hash ^ (hash >>> 15);
}

const readingsLevel = '/readings';

function readTopic(bytes: Buffer, start: number, end: number): ReadingsTopic | undefined {
  // Ids are ASCII: a byte of anything else becomes a character that no id has.
  const topic = bytes.toString('latin1', start, end);
  const parsed = parseTopic(topic);
  return parsed?.kind === 'readings'
    ? { topic, alone: [topic], parsed, known: undefined }
    : undefined;
}
