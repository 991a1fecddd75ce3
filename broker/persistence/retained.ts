import type { AedesPublishPacket } from 'aedes';
import { matches } from '../topic-filter.ts';
import { encodeMessage, keys, type StoredMessage } from './records.ts';
import type { StateFile } from './state-file.ts';

interface Bounds {
  retainedMax: number;
  retainedBytesMax: number;
}

/** The last retained message of each topic, in memory to be read and in the state file to be kept. */
export class RetainedMessages {
  readonly #byTopic = new Map<string, StoredMessage>();
  readonly #bounds: Bounds;
  #file: StateFile;
  #bytes = 0;

  constructor(bounds: Bounds, file: StateFile) {
    this.#bounds = bounds;
    this.#file = file;
  }

  /** Takes over what an earlier process left. */
  load(messages: readonly StoredMessage[], file: StateFile): void {
    this.#file = file;
    for (const message of messages) this.#set(message);
  }

  /**
   * An empty payload forgets the topic [MQTT-3.3.1-10]. False at the bound: not retained.
   * @param message its payload is kept as it is: a copy, not a view of a whole socket chunk
   */
  store(message: StoredMessage): boolean {
    const isKnown = this.#forget(message.topic);
    const { retainedMax, retainedBytesMax } = this.#bounds;
    const isFull =
      this.#byTopic.size >= retainedMax || this.#bytes + sizeOf(message) > retainedBytesMax;
    if (message.payload.length === 0 || isFull) {
      if (isKnown) this.#file.remove(keys.retained(message.topic));
      return message.payload.length === 0;
    }
    this.#set(message);
    this.#file.put(keys.retained(message.topic), encodeMessage(message));
    return true;
  }

  /** A concrete filter is looked up; only a wildcard walks all. */
  *matching(filters: readonly string[]): Generator<AedesPublishPacket> {
    for (const filter of filters) {
      if (/[+#]/.test(filter)) yield* this.#walk(filter.split('/'));
      else {
        const message = this.#byTopic.get(filter);
        if (message) yield toPacket(message);
      }
    }
  }

  *#walk(filter: readonly string[]): Generator<AedesPublishPacket> {
    for (const [topic, message] of this.#byTopic) {
      if (matches(filter, topic.split('/'))) yield toPacket(message);
    }
  }

  #set({ topic, payload, qos }: StoredMessage): void {
    this.#byTopic.set(topic, { topic, payload, qos });
    this.#bytes += topic.length + payload.length;
  }

  #forget(topic: string): boolean {
    const message = this.#byTopic.get(topic);
    if (!message) return false;
    this.#byTopic.delete(topic);
    this.#bytes -= sizeOf(message);
    return true;
  }
}

function sizeOf({ payload, topic }: StoredMessage): number {
  return payload.length + topic.length;
}

/** Aedes makes a packet of its own out of it for each subscriber. */
function toPacket(message: StoredMessage): AedesPublishPacket {
  const fixed = { cmd: 'publish', brokerId: '', brokerCounter: 0, dup: false } as const;
  return { ...message, ...fixed, retain: true };
}
