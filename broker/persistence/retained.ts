import type { AedesPublishPacket } from 'aedes';
import { matches } from '../topic-filter.ts';

/** The last retained message of each topic. In memory: devices repeat theirs when they connect again. */
export class RetainedMessages {
  readonly #byTopic = new Map<string, AedesPublishPacket>();
  readonly #bounds: { retainedMax: number; retainedBytesMax: number };
  #bytes = 0;

  constructor(bounds: { retainedMax: number; retainedBytesMax: number }) {
    this.#bounds = bounds;
  }

  /** An empty payload forgets the topic [MQTT-3.3.1-10]. False at the bound: not retained. */
  store(packet: AedesPublishPacket): boolean {
    this.#forget(packet.topic);
    if (packet.payload.length === 0) return true;
    const bytes = sizeOf(packet);
    const { retainedMax, retainedBytesMax } = this.#bounds;
    if (this.#byTopic.size >= retainedMax || this.#bytes + bytes > retainedBytesMax) return false;
    // A copy: the payload is a view of a whole socket chunk that would be kept alive by it.
    const payload = Buffer.from(packet.payload);
    this.#byTopic.set(packet.topic, { ...packet, payload });
    this.#bytes += bytes;
    return true;
  }

  /** A concrete filter is looked up; only a wildcard walks all. */
  *matching(filters: readonly string[]): Generator<AedesPublishPacket> {
    for (const filter of filters) {
      if (/[+#]/.test(filter)) yield* this.#walk(filter.split('/'));
      else {
        const packet = this.#byTopic.get(filter);
        if (packet) yield packet;
      }
    }
  }

  *#walk(filter: readonly string[]): Generator<AedesPublishPacket> {
    for (const [topic, packet] of this.#byTopic) {
      if (matches(filter, topic.split('/'))) yield packet;
    }
  }

  #forget(topic: string): void {
    const packet = this.#byTopic.get(topic);
    if (!packet) return;
    this.#byTopic.delete(topic);
    this.#bytes -= sizeOf(packet);
  }
}

function sizeOf(packet: AedesPublishPacket): number {
  return packet.payload.length + packet.topic.length;
}
