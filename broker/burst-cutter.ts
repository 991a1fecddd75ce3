import type { Burst, BurstTopic } from './bus/burst.ts';
import type { Account } from './contract/access.ts';
import type { BrokerLimits } from './limits.ts';
import { isAt, type ReadingsTopic, type ReadingsTopics } from './readings-topics.ts';

/** Whose publishes are cut, and what it may say. */
export interface Speaker {
  /** The topic it used last. */
  lastTopic: ReadingsTopic | undefined;
  /** Whether it may publish there now. */
  maySay(topic: ReadingsTopic): boolean;
}

/** Where one packet ends, or that its end has not come yet. */
const notYet = -1;

/** First bytes of a PUBLISH that is not retained: QoS 0, and QoS 1 without and with DUP [MQTT-3.3.1]. */
const firstByte = { qos0: 0x30, qos1: 0x32, qos1Again: 0x3a } as const;

/**
 * Cuts publishes of readings out of the bytes of a connection as they lie there, making no object for any of
 * them. Takes only what is plainly good: what it leaves goes the general way, where every rule has its
 * error. Of one burst at a time; its lists are used again.
 */
export class BurstCutter implements Burst {
  readonly #limits: BrokerLimits;
  readonly #known: ReadingsTopics;
  /** Of the burst that was cut last; {@link burst} makes one of it. */
  count = 0;
  qos: 0 | 1 = 1;
  /** Of topics and payloads. */
  size = 0;
  account: Account = nobody;
  receivedAt = 0;
  bytes: Buffer = nothing;
  readonly topics: BurstTopic[] = [];
  readonly starts: number[] = [];
  readonly ends: number[] = [];
  #alone: readonly string[] = [];
  readonly #ids: number[] = [];

  constructor(limits: BrokerLimits, known: ReadingsTopics) {
    this.#limits = limits;
    this.#known = known;
  }

  /** @returns the place behind the packets that were taken; `from` when there are none. */
  cut(bytes: Buffer, from: number, speaker: Speaker): number {
    this.count = 0;
    this.size = 0;
    let at = from;
    for (;;) {
      const end = this.#take(bytes, at, speaker);
      if (end === at) return at;
      at = end;
    }
  }

  /** Makes a burst of what was cut. @returns itself, until it cuts again */
  burst(account: Account, receivedAt: number, bytes: Buffer): Burst {
    this.account = account;
    this.receivedAt = receivedAt;
    this.bytes = bytes;
    return this;
  }

  /** A list of the topics that outlives the next burst; most are of one message. */
  ownTopics(): readonly string[] {
    if (this.count === 1) return this.#alone;
    return this.topics.slice(0, this.count).map(({ topic }) => topic);
  }

  /** A PUBACK for each of them, in their order [MQTT-3.4, 4.6.0-2]; empty for QoS 0. */
  acks(): Buffer {
    const count = this.qos === 0 ? 0 : this.count;
    const acks = Buffer.allocUnsafe(count * ackBytes);
    for (let index = 0, at = 0; index < count; index++) {
      const id = this.#ids[index] ?? 0;
      acks[at++] = 0x40;
      acks[at++] = 2;
      acks[at++] = id >>> 8;
      acks[at++] = id & 0xff;
    }
    return acks;
  }

  /** Takes the packet at a place into the burst. @returns where it ends; `at` when it is not taken */
  #take(bytes: Buffer, at: number, speaker: Speaker): number {
    const first = bytes[at];
    const isQos1 = first === firstByte.qos1 || first === firstByte.qos1Again;
    if (!isQos1 && first !== firstByte.qos0) return at;
    const qos = isQos1 ? 1 : 0;
    if (this.count > 0 && qos !== this.qos) return at;
    const end = packetEnd(bytes, at);
    const bodyAt = bodyStart(bytes, at);
    if (end === notYet || end - bodyAt < 2 || end - bodyAt > this.#limits.packetBytesMax) return at;
    const topicAt = bodyAt + 2;
    const topicEnd = topicAt + word(bytes, bodyAt);
    const payloadAt = topicEnd + 2 * qos;
    if (payloadAt > end || end - payloadAt > this.#limits.payloadBytesMax) return at;
    const id = word(bytes, topicEnd);
    if (isQos1 && id === 0) return at;
    const topic = this.#topicAt(bytes, topicAt, topicEnd, speaker);
    if (!topic) return at;
    this.qos = qos;
    this.#alone = topic.alone;
    this.topics[this.count] = topic;
    this.starts[this.count] = payloadAt;
    this.ends[this.count] = end;
    this.#ids[this.count] = id;
    this.count += 1;
    this.size += topic.topic.length + end - payloadAt;
    return end;
  }

  #topicAt(bytes: Buffer, start: number, end: number, speaker: Speaker): ReadingsTopic | undefined {
    const last = speaker.lastTopic;
    const isLast = last !== undefined && isAt(last, bytes, start, end);
    // Nothing happens within a burst, so that what was allowed a packet ago still is.
    if (isLast && this.count > 0) return last;
    const topic = isLast ? last : this.#known.find(bytes, start, end);
    if (!topic || !speaker.maySay(topic)) return undefined;
    speaker.lastTopic = topic;
    return topic;
  }
}

/** Before the first burst. */
const nobody: Account = { kind: 'anonymous' };
const nothing = Buffer.alloc(0);

const ackBytes = 4;
/** Bytes of a remaining length [MQTT-2.2.3]. */
const lengthBytesMax = 4;

const word = (bytes: Buffer, at: number): number => ((bytes[at] ?? 0) << 8) | (bytes[at + 1] ?? 0);

/** The place behind the fixed header of a packet. */
function bodyStart(bytes: Buffer, at: number): number {
  let index = at + 1;
  while ((bytes[index] ?? 0) >= 0x80) index += 1;
  return index + 1;
}

/** Where the packet at a place ends; -1 when that is beyond these bytes, or cannot be said. */
export function packetEnd(bytes: Buffer, at: number): number {
  let length = 0;
  for (let index = 1; index <= lengthBytesMax; index++) {
    const byte = bytes[at + index];
    if (byte === undefined) return notYet;
    length |= (byte & 0x7f) << (7 * (index - 1));
    if (byte >= 0x80) continue;
    const end = at + index + 1 + length;
    return end <= bytes.length ? end : notYet;
  }
  return notYet;
}
