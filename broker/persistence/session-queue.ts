import type { AedesPublishPacket } from 'aedes';

/** A queued message as it goes to the wire: with the packet id that it was sent with, if it was. */
export type QueuedPacket = Omit<AedesPublishPacket, 'messageId' | 'payload'> & {
  payload: Buffer;
  messageId?: number | undefined;
};

interface Queued {
  seq: number;
  topic: string;
  payload: Buffer;
  qos: 0 | 1;
  /** Aedes' number of the publish that is being delivered, if one is. */
  counter?: number;
  messageId?: number | undefined;
  dup: boolean;
}

/**
 * Messages of one persistent session that its client has not acknowledged, oldest first. Each has a
 * number of ours (`seq`), which stays the same over restarts. Aedes finds a message by the number of its
 * publish, which is new with each process: those that are sent again are given `-seq`.
 */
export class SessionQueue {
  readonly #bySeq = new Map<number, Queued>();
  readonly #seqOfCounter = new Map<number, number>();
  readonly #seqOfId = new Map<number, number>();

  get length(): number {
    return this.#bySeq.size;
  }

  add(seq: number, message: { topic: string; payload: Buffer; qos: number }): void {
    const { topic, payload } = message;
    this.#bySeq.set(seq, { seq, topic, payload, qos: message.qos === 0 ? 0 : 1, dup: false });
  }

  /** The publish that brought a message begins to be delivered; not when a new connection was faster. */
  bind(seq: number, brokerCounter: number): void {
    const queued = this.#bySeq.get(seq);
    if (!queued || queued.messageId !== undefined) return;
    queued.counter = brokerCounter;
    this.#seqOfCounter.set(brokerCounter, seq);
  }

  holds(brokerCounter: number): boolean {
    return this.#find(brokerCounter) !== undefined;
  }

  /** Notes the packet id under which a message is being sent. */
  sentAs(brokerCounter: number, messageId: number): void {
    const queued = this.#find(brokerCounter);
    if (!queued) return;
    queued.messageId = messageId;
    this.#seqOfId.set(messageId, queued.seq);
  }

  /** Removes the message that was sent under a packet id. */
  acknowledge(messageId: number): QueuedPacket | undefined {
    const seq = this.#seqOfId.get(messageId);
    if (seq === undefined) return undefined;
    this.#seqOfId.delete(messageId);
    const queued = this.#bySeq.get(seq);
    if (!queued) return undefined;
    this.#bySeq.delete(seq);
    if (queued.counter !== undefined) this.#seqOfCounter.delete(queued.counter);
    return toPacket(queued);
  }

  /**
   * All messages for a connection that has just begun. Those that were sent before go out again as DUP and
   * under the packet ids that they had [MQTT-4.4.0-1], which are not given to others, see {@link isSent}.
   */
  resend(): QueuedPacket[] {
    for (const queued of this.#bySeq.values()) {
      if (queued.messageId !== undefined) queued.dup = true;
    }
    return [...this.#bySeq.values()].map(toPacket);
  }

  /** Whether a packet id stands for a message that is not acknowledged yet [MQTT-2.3.1-4]. */
  isSent(messageId: number): boolean {
    return this.#seqOfId.has(messageId);
  }

  /** After a restart nobody knows which of them were sent already. */
  markResent(): void {
    for (const queued of this.#bySeq.values()) queued.dup = true;
  }

  messages(): Iterable<{ seq: number; topic: string; payload: Buffer }> {
    return this.#bySeq.values();
  }

  #find(brokerCounter: number): Queued | undefined {
    const seq = brokerCounter < 0 ? -brokerCounter : this.#seqOfCounter.get(brokerCounter);
    return seq === undefined ? undefined : this.#bySeq.get(seq);
  }
}

/** Without Aedes' id of a broker: a message that is sent again must not be taken for one that was seen. */
function toPacket({ seq, topic, payload, qos, messageId, dup }: Queued): QueuedPacket {
  return {
    cmd: 'publish',
    brokerId: '',
    brokerCounter: -seq,
    topic,
    payload,
    qos,
    messageId,
    dup,
    retain: false,
  };
}

/** Sequence number of a packet that {@link SessionQueue} gave out. */
export function seqOf({ brokerCounter }: Pick<QueuedPacket, 'brokerCounter'>): number {
  return -brokerCounter;
}
