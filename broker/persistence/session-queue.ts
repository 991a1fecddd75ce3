import type { AedesPublishPacket } from 'aedes';

/** A queued message as it goes to the wire: with the packet id that it was sent with, if it was. */
export type QueuedPacket = Omit<AedesPublishPacket, 'messageId'> & {
  messageId?: number | undefined;
};

/** Messages of one persistent session that its client has not acknowledged, oldest first. */
export class SessionQueue {
  readonly #byCounter = new Map<number, QueuedPacket>();
  readonly #counterOfId = new Map<number, number>();

  get length(): number {
    return this.#byCounter.size;
  }

  add(packet: QueuedPacket): void {
    this.#byCounter.set(packet.brokerCounter, packet);
  }

  holds(brokerCounter: number): boolean {
    return this.#byCounter.has(brokerCounter);
  }

  /** Notes the packet id under which a message is being sent. */
  sentAs(brokerCounter: number, messageId: number): void {
    const packet = this.#byCounter.get(brokerCounter);
    if (!packet) return;
    packet.messageId = messageId;
    this.#counterOfId.set(messageId, brokerCounter);
  }

  /** Removes the message that was sent under a packet id. */
  acknowledge(messageId: number): QueuedPacket | undefined {
    const brokerCounter = this.#counterOfId.get(messageId);
    if (brokerCounter === undefined) return undefined;
    this.#counterOfId.delete(messageId);
    const packet = this.#byCounter.get(brokerCounter);
    this.#byCounter.delete(brokerCounter);
    return packet;
  }

  /**
   * All messages for a connection that has just begun. Those that were sent before go out again as DUP
   * and under new packet ids: Aedes numbers each connection from a random start, so that an old id could
   * meet a new message with the same one, and one acknowledgement would clear the other's message.
   */
  resend(): QueuedPacket[] {
    this.#counterOfId.clear();
    for (const packet of this.#byCounter.values()) {
      if (packet.messageId !== undefined) packet.dup = true;
      packet.messageId = undefined;
    }
    return [...this.#byCounter.values()];
  }

  packets(): Iterable<QueuedPacket> {
    return this.#byCounter.values();
  }
}
