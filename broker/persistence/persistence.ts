import { Readable } from 'node:stream';
import type { AedesPublishPacket, Client, Subscription } from 'aedes';
import type { RefusalReason } from '../contract/rejection.ts';
import type { BrokerLimits } from '../limits.ts';
import { Interest } from '../topic-filter.ts';
import { RetainedMessages } from './retained.ts';
import { SessionFilters } from './session-filters.ts';
import { type QueuedPacket, SessionQueue } from './session-queue.ts';

type ClientRef = Pick<Client, 'id'>;
interface PacketRef {
  messageId?: number;
}
interface PersistenceDeps {
  refuse: (reason: RefusalReason, account: string) => void;
  /** Aedes hands over all filters of a SUBSCRIBE, also those that were refused. */
  isGranted: (client: Client, filter: string) => boolean;
}
interface Session {
  /** Account of whoever opened it; nobody else may take it over. */
  owner: string;
  isPlatform: boolean;
  filters: Map<string, number>;
  queue: SessionQueue;
}

/**
 * What Aedes keeps beyond a connection: retained messages, persistent sessions with their queues, and
 * QoS 2 packet ids. In memory and bounded, unlike Aedes' own. It implements the methods that Aedes 1.2
 * calls; their names are Aedes'. After a restart devices connect and subscribe anew.
 */
export class BrokerPersistence {
  /** Subscriptions of sessions, whether connected or not. */
  readonly interest = new Interest();
  /** The part of them that belongs to the platform's own services. */
  readonly platformInterest = new Interest();
  readonly #retained: RetainedMessages;
  readonly #filters = new SessionFilters();
  /** In the order of their last sign-in, so that the first is the one to forget. */
  readonly #sessions = new Map<string, Session>();
  readonly #incoming = new Map<string, Map<number, AedesPublishPacket>>();
  readonly #limits: BrokerLimits;
  readonly #deps: PersistenceDeps;
  readonly #platformSessions = new Set<Session>();
  #queuedBytes = 0;

  constructor(limits: BrokerLimits, deps: PersistenceDeps) {
    this.#limits = limits;
    this.#deps = deps;
    this.#retained = new RetainedMessages(limits);
  }

  /** Account key of a session's owner. */
  ownerOf(clientId: string): string | undefined {
    return this.#sessions.get(clientId)?.owner;
  }

  /** Called at sign-in, before Aedes asks for the session. */
  open(clientId: string, session: { owner: string; isPlatform: boolean; clean: boolean }): void {
    const former = this.#sessions.get(clientId);
    if (session.clean) {
      this.#forget(clientId);
      return;
    }
    this.#sessions.delete(clientId);
    if (this.#sessions.size >= this.#limits.sessionsMax) this.#forgetOldest();
    const { owner, isPlatform } = session;
    const opened = former ?? { owner, isPlatform, filters: new Map(), queue: new SessionQueue() };
    if (opened.isPlatform) this.#platformSessions.add(opened);
    this.#sessions.set(clientId, opened);
  }

  /**
   * Messages that the fullest session of the platform's own services can still take. Counted to half of the
   * bound: those that were acknowledged a moment ago are still on their way into the queue.
   */
  platformRoom(): number {
    if (this.#queuedBytes >= this.#limits.queuedBytesMax / 2) return 0;
    const lengths = [...this.#platformSessions].map(({ queue }) => queue.length);
    return this.#limits.queuedPerPlatformSessionMax / 2 - Math.max(0, ...lengths);
  }

  /** Whether a message is in a session's queue; one that found no room is not delivered either. */
  holds(clientId: string, brokerCounter: number): boolean {
    return this.#sessions.get(clientId)?.queue.holds(brokerCounter) ?? false;
  }

  async setup(): Promise<void> {}

  async storeRetained(packet: AedesPublishPacket): Promise<void> {
    if (!this.#retained.store(packet)) this.#deps.refuse('queue-full', 'retained');
  }

  createRetainedStreamCombi(filters: readonly string[]): Readable {
    return Readable.from(this.#retained.matching(filters));
  }

  async addSubscriptions(client: Client, subscriptions: readonly Subscription[]): Promise<void> {
    const session = this.#sessions.get(client.id);
    if (!session) return;
    for (const { topic, qos } of subscriptions) {
      if (!this.#deps.isGranted(client, topic)) continue;
      this.#removeFilter(client.id, session, topic);
      session.filters.set(topic, qos);
      if (qos === 0) continue;
      this.#filters.set(topic, client.id, qos);
      this.interest.add(topic);
      if (session.isPlatform) this.platformInterest.add(topic);
    }
  }

  async removeSubscriptions(client: ClientRef, filters: readonly string[]): Promise<void> {
    const session = this.#sessions.get(client.id);
    if (session) for (const filter of filters) this.#removeFilter(client.id, session, filter);
  }

  async subscriptionsByClient(client: ClientRef): Promise<{ topic: string; qos: number }[]> {
    const filters = this.#sessions.get(client.id)?.filters ?? new Map<string, number>();
    return [...filters].map(([topic, qos]) => ({ topic, qos }));
  }

  async subscriptionsByTopic(topic: string): Promise<{ clientId: string; topic: string }[]> {
    return [...this.#filters.match(topic)].map((clientId) => ({ clientId, topic }));
  }

  /** A clean session: {@link open} has forgotten the former one already. */
  async cleanSubscriptions(_client: ClientRef): Promise<void> {}

  async outgoingEnqueue(
    subscriber: { clientId: string },
    packet: AedesPublishPacket,
  ): Promise<void> {
    this.#enqueue(subscriber.clientId, packet);
  }

  async outgoingEnqueueCombi(
    subscribers: readonly { clientId: string }[],
    packet: AedesPublishPacket,
  ): Promise<void> {
    for (const { clientId } of subscribers) this.#enqueue(clientId, packet);
  }

  async outgoingUpdate(client: ClientRef, packet: QueuedPacket): Promise<void> {
    if (packet.messageId === undefined) return;
    this.#sessions.get(client.id)?.queue.sentAs(packet.brokerCounter, packet.messageId);
  }

  async outgoingClearMessageId(
    client: ClientRef,
    { messageId }: PacketRef,
  ): Promise<QueuedPacket | undefined> {
    const session = this.#sessions.get(client.id);
    if (!session || messageId === undefined) return undefined;
    const packet = session.queue.acknowledge(messageId);
    if (!packet) return undefined;
    this.#queuedBytes -= sizeOf(packet);
    return packet;
  }

  outgoingStream(client: ClientRef): Readable {
    return Readable.from(this.#sessions.get(client.id)?.queue.resend() ?? []);
  }

  /** QoS 2, exactly once up to here: the ids that wait for PUBREL. Aedes bounds them per client. */
  async incomingStorePacket(client: ClientRef, packet: AedesPublishPacket): Promise<void> {
    const { messageId } = packet as PacketRef;
    if (messageId === undefined) return;
    const packets = this.#incoming.get(client.id) ?? new Map();
    // The id is all that is asked for later; the payload would be kept for nothing.
    packets.set(messageId, { cmd: 'publish', messageId });
    this.#incoming.set(client.id, packets);
  }

  async incomingGetPacket(client: ClientRef, { messageId = 0 }: PacketRef): Promise<unknown> {
    const packet = this.#incoming.get(client.id)?.get(messageId);
    if (!packet) throw new Error('no such packet');
    return packet;
  }

  async incomingDelPacket(client: ClientRef, { messageId = 0 }: PacketRef): Promise<void> {
    if (!this.#incoming.get(client.id)?.delete(messageId)) throw new Error('no such packet');
  }

  async cleanIncoming(client: ClientRef): Promise<void> {
    this.#incoming.delete(client.id);
  }

  /** Wills live with their connection: there is no other broker that would have to send them. */
  async putWill(): Promise<void> {}
  async delWill(): Promise<void> {}
  streamWill(): Readable {
    return Readable.from([]);
  }

  #enqueue(clientId: string, packet: AedesPublishPacket): void {
    const session = this.#sessions.get(clientId);
    if (!session) return;
    const { queuedPerSessionMax, queuedPerPlatformSessionMax, queuedBytesMax } = this.#limits;
    const lengthMax = session.isPlatform ? queuedPerPlatformSessionMax : queuedPerSessionMax;
    const bytes = sizeOf(packet);
    if (session.queue.length >= lengthMax || this.#queuedBytes + bytes > queuedBytesMax) {
      this.#deps.refuse('queue-full', session.owner);
      return;
    }
    // A copy, as for retained ones, and because each session gives it a packet id of its own.
    const payload = Buffer.from(packet.payload);
    const qos = packet.qos === 0 ? 0 : 1;
    session.queue.add({ ...packet, payload, qos, retain: false, messageId: undefined });
    this.#queuedBytes += bytes;
  }

  #removeFilter(clientId: string, session: Session, filter: string): void {
    const qos = session.filters.get(filter);
    if (qos === undefined) return;
    session.filters.delete(filter);
    if (qos === 0) return;
    this.#filters.delete(filter, clientId);
    this.interest.remove(filter);
    if (session.isPlatform) this.platformInterest.remove(filter);
  }

  #forgetOldest(): void {
    for (const [clientId, session] of this.#sessions) {
      if (session.isPlatform) continue;
      this.#deps.refuse('queue-full', session.owner);
      this.#forget(clientId);
      return;
    }
  }

  #forget(clientId: string): void {
    this.#incoming.delete(clientId);
    const session = this.#sessions.get(clientId);
    if (!session) return;
    this.#sessions.delete(clientId);
    this.#platformSessions.delete(session);
    for (const filter of [...session.filters.keys()]) this.#removeFilter(clientId, session, filter);
    for (const packet of session.queue.packets()) this.#queuedBytes -= sizeOf(packet);
  }
}

function sizeOf(packet: Pick<AedesPublishPacket, 'payload' | 'topic'>): number {
  return packet.payload.length + packet.topic.length + 200;
}
