import { Readable } from 'node:stream';
import type { AedesPublishPacket, Client, Subscription } from 'aedes';
import type { RefusalReason } from '../contract/rejection.ts';
import type { BrokerLimits } from '../limits.ts';
import type { Interest } from '../topic-filter.ts';
import { IncomingIds } from './incoming-ids.ts';
import { decodeState } from './records.ts';
import { RetainedMessages } from './retained.ts';
import type { QueuedPacket } from './session-queue.ts';
import { type Session, Sessions } from './sessions.ts';
import { inMemory, openStateFile, type StateFile, type WhenDurable } from './state-file.ts';

type ClientRef = Pick<Client, 'id'>;
interface PacketRef {
  messageId?: number;
}
interface PersistenceDeps {
  refuse: (reason: RefusalReason, account: string) => void;
  /** Aedes hands over all filters of a SUBSCRIBE, also those that were refused. */
  isGranted: (client: Client, filter: string) => boolean;
  isConnected: (clientId: string) => boolean;
  /** What a clean session confirms by a packet id, where somebody wants to know. */
  confirmed: (client: ClientRef, messageId: number) => ConfirmedMessage | undefined;
  /** Sessions whose clients did not come back were given up. */
  expired: (count: number) => void;
  /** Epoch ms UTC. */
  clock: () => number;
  /** Folder of the state; without it nothing outlives the process. */
  statePath?: string | undefined;
}

/** A message that a client has confirmed. */
export interface ConfirmedMessage {
  topic: string;
  payload: Buffer;
}

/** A publish of a client, as it asks to be kept before its acknowledgement. */
export interface KeepablePacket {
  topic: string;
  payload: Buffer | string;
  qos: 0 | 1 | 2;
  retain: boolean;
  messageId?: number | undefined;
}

/** How often sessions that have not returned are looked for, and the connected ones noted as seen. */
const sweepMs = 60 * 60_000;

/**
 * What Aedes keeps beyond a connection: retained messages, persistent sessions with their queues, and
 * QoS 2 packet ids. Bounded, unlike Aedes' own, and read from memory; with a state folder all of it is
 * written there too. Its promises resolve when that is on disk. It implements the methods that Aedes 1.2
 * calls; their names are Aedes'.
 */
export class BrokerPersistence {
  readonly #retained: RetainedMessages;
  readonly #sessions: Sessions;
  readonly #incoming: IncomingIds;
  readonly #limits: BrokerLimits;
  readonly #deps: PersistenceDeps;
  /** Where messages of clients stand in queues already, by their payload: Aedes will ask to queue them. */
  readonly #kept = new WeakMap<object, Map<string, number>>();
  #file: StateFile = inMemory;
  #sweep: NodeJS.Timeout | undefined;

  constructor(limits: BrokerLimits, deps: PersistenceDeps) {
    this.#limits = limits;
    this.#deps = deps;
    this.#retained = new RetainedMessages(limits, inMemory);
    this.#sessions = new Sessions(limits, inMemory);
    this.#incoming = new IncomingIds(limits.incomingPerClientMax, inMemory);
  }

  get interest(): Interest {
    return this.#sessions.interest;
  }

  get platformInterest(): Interest {
    return this.#sessions.platformInterest;
  }

  /** Account key of a session's owner. */
  ownerOf(clientId: string): string | undefined {
    return this.#sessions.get(clientId)?.owner;
  }

  /** Called at sign-in, before Aedes asks for the session. */
  open(clientId: string, session: { owner: string; isPlatform: boolean; clean: boolean }): void {
    const former = this.#sessions.get(clientId);
    if (session.clean) {
      this.#incoming.forget(clientId, former?.no);
      if (former) this.#sessions.forget(former);
      return;
    }
    const oldest = this.#sessions.size >= this.#limits.sessionsMax && this.#sessions.oldest();
    if (oldest && !former) {
      this.#deps.refuse('queue-full', oldest.owner);
      this.#forget(oldest);
    }
    const { owner, isPlatform } = session;
    this.#sessions.open(clientId, { owner, isPlatform, seenAt: this.#deps.clock() });
  }

  platformRoom(): number {
    return this.#sessions.platformRoom();
  }

  /** Whether a message is in a session's queue; one that found no room is not delivered either. */
  holds(clientId: string, brokerCounter: number): boolean {
    return this.#sessions.get(clientId)?.queue.holds(brokerCounter) ?? false;
  }

  /** Whether a packet id stands for a message of the session that is not acknowledged yet. */
  isIdTaken(clientId: string, messageId: number): boolean {
    return this.#sessions.get(clientId)?.queue.isSent(messageId) ?? false;
  }

  /**
   * Puts a client's QoS 1 or 2 publish where it has to be before its acknowledgement: retained, in the
   * queues of sessions, its packet id of QoS 2. Aedes would do so after a PUBACK.
   * @returns `written` when the acknowledgement has to wait, see {@link whenDurable}
   */
  keep(clientId: string, packet: KeepablePacket): 'nothing' | 'written' | 'full' {
    const { topic, qos, retain, messageId } = packet;
    if (qos === 0) return 'nothing';
    const arrival =
      qos === 2 && messageId !== undefined
        ? this.#incoming.begin(clientId, this.#sessions.get(clientId)?.no, messageId)
        : undefined;
    if (arrival === 'full') return 'full';
    const receivers = this.#sessions.match(topic);
    if (!retain && receivers.size === 0) return arrival ? 'written' : 'nothing';
    // A copy: the payload is a view of a whole socket chunk that would be kept alive by it.
    const payload = Buffer.from(packet.payload);
    packet.payload = payload;
    const seqs = new Map<string, number>();
    this.#kept.set(payload, seqs);
    if (arrival === 'known') return 'written';
    if (retain) this.#retain({ topic, payload, qos });
    for (const receiver of receivers) {
      const seq = this.#enqueue(receiver, { topic, payload, qos });
      if (seq !== undefined) seqs.set(receiver, seq);
    }
    return 'written';
  }

  whenDurable(done: WhenDurable): void {
    this.#file.whenDurable(done);
  }

  /** @throws StateUnreadable */
  async setup(): Promise<void> {
    const { statePath } = this.#deps;
    if (statePath !== undefined) this.#load(statePath);
    this.expire();
    this.#sweep = setInterval(() => this.expire(), sweepMs);
    this.#sweep.unref();
  }

  /** Writes what is left. */
  async close(): Promise<void> {
    clearInterval(this.#sweep);
    const file = this.#file;
    this.#file = inMemory;
    await file.close();
  }

  /** Gives up sessions whose clients have not come back for `sessionExpiryMs`; never one of the platform. */
  expire(): void {
    const now = this.#deps.clock();
    let count = 0;
    for (const session of [...this.#sessions.all()]) {
      if (this.#deps.isConnected(session.clientId)) this.#sessions.touch(session, now);
      else if (!session.isPlatform && now - session.seenAt > this.#limits.sessionExpiryMs) {
        this.#forget(session);
        count += 1;
      }
    }
    if (count > 0) this.#deps.expired(count);
  }

  async storeRetained(packet: AedesPublishPacket): Promise<void> {
    if (this.#keptOf(packet.payload)) return;
    const { topic, qos } = packet;
    this.#retain({ topic, payload: Buffer.from(packet.payload), qos });
    // QoS 0 promises nothing.
    if (qos > 0) await this.#durable();
  }

  createRetainedStreamCombi(filters: readonly string[]): Readable {
    return Readable.from(this.#retained.matching(filters));
  }

  async addSubscriptions(client: Client, subscriptions: readonly Subscription[]): Promise<void> {
    const session = this.#sessions.get(client.id);
    if (!session) return;
    const granted = subscriptions.filter(({ topic }) => this.#deps.isGranted(client, topic));
    this.#sessions.subscribe(session, granted);
    await this.#durable();
  }

  async removeSubscriptions(client: ClientRef, filters: readonly string[]): Promise<void> {
    const session = this.#sessions.get(client.id);
    if (!session) return;
    this.#sessions.unsubscribe(session, filters);
    await this.#durable();
  }

  async subscriptionsByClient(client: ClientRef): Promise<{ topic: string; qos: number }[]> {
    const filters = this.#sessions.get(client.id)?.filters ?? new Map<string, number>();
    return [...filters].map(([topic, qos]) => ({ topic, qos }));
  }

  async subscriptionsByTopic(topic: string): Promise<{ clientId: string; topic: string }[]> {
    return [...this.#sessions.match(topic)].map((clientId) => ({ clientId, topic }));
  }

  /** A clean session: {@link open} has forgotten the former one already. */
  async cleanSubscriptions(_client: ClientRef): Promise<void> {
    await this.#durable();
  }

  async outgoingEnqueue(
    subscriber: { clientId: string },
    packet: AedesPublishPacket,
  ): Promise<void> {
    await this.outgoingEnqueueCombi([subscriber], packet);
  }

  async outgoingEnqueueCombi(
    subscribers: readonly { clientId: string }[],
    packet: AedesPublishPacket,
  ): Promise<void> {
    const { topic, qos, brokerCounter } = packet;
    const kept = this.#keptOf(packet.payload);
    const payload = Buffer.from(kept ? '' : packet.payload);
    for (const { clientId } of subscribers) {
      const seq = kept ? kept.get(clientId) : this.#enqueue(clientId, { topic, payload, qos });
      if (seq !== undefined) this.#sessions.get(clientId)?.queue.bind(seq, brokerCounter);
    }
    if (!kept && subscribers.length > 0) await this.#durable();
  }

  async outgoingUpdate(
    client: ClientRef,
    packet: Pick<QueuedPacket, 'brokerCounter' | 'messageId'>,
  ): Promise<void> {
    if (packet.messageId === undefined) return;
    this.#sessions.get(client.id)?.queue.sentAs(packet.brokerCounter, packet.messageId);
  }

  /** Not waited for: a message whose removal is lost is sent again. */
  async outgoingClearMessageId(
    client: ClientRef,
    { messageId }: PacketRef,
  ): Promise<ConfirmedMessage | undefined> {
    const session = this.#sessions.get(client.id);
    if (messageId === undefined) return undefined;
    if (!session) return this.#deps.confirmed(client, messageId);
    return this.#sessions.acknowledge(session, messageId);
  }

  outgoingStream(client: ClientRef): Readable {
    return Readable.from(this.#sessions.get(client.id)?.queue.resend() ?? []);
  }

  /** The id is on disk since {@link keep}; from here on a second message under it goes no further. */
  async incomingStorePacket(client: ClientRef, packet: AedesPublishPacket): Promise<void> {
    const { messageId } = packet as PacketRef;
    if (messageId !== undefined) this.#incoming.published(client.id, messageId);
  }

  async incomingGetPacket(client: ClientRef, { messageId = 0 }: PacketRef): Promise<unknown> {
    if (!this.#incoming.isPublished(client.id, messageId)) throw new Error('no such packet');
    return { cmd: 'publish', messageId };
  }

  /** On disk before PUBCOMP: the client may then use the id for another message. */
  async incomingDelPacket(client: ClientRef, { messageId = 0 }: PacketRef): Promise<void> {
    const no = this.#sessions.get(client.id)?.no;
    if (!this.#incoming.end(client.id, no, messageId)) throw new Error('no such packet');
    if (no !== undefined) await this.#durable();
  }

  async cleanIncoming(client: ClientRef): Promise<void> {
    this.#incoming.forget(client.id, this.#sessions.get(client.id)?.no);
  }

  /** Wills live with their connection: there is no other broker that would have to send them. */
  async putWill(): Promise<void> {}
  async delWill(): Promise<void> {}
  streamWill(): Readable {
    return Readable.from([]);
  }

  #load(path: string): void {
    const { file, state } = openStateFile(path, decodeState);
    this.#file = file;
    this.#retained.load(state.retained, file);
    this.#sessions.load(state, file);
    const clientOf = new Map(state.sessions.map(({ no, clientId }) => [no, clientId]));
    this.#incoming.load(
      state.incoming.map(({ no, messageId }) => ({ no, messageId, clientId: clientOf.get(no) })),
      file,
    );
  }

  #durable(): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#file.whenDurable((error) => (error ? reject(error) : resolve()));
    });
  }

  /** What the platform itself publishes has not been kept before, and may be a text. */
  #keptOf(payload: Buffer | string): Map<string, number> | undefined {
    return typeof payload === 'string' ? undefined : this.#kept.get(payload);
  }

  #retain(message: { topic: string; payload: Buffer; qos: 0 | 1 | 2 }): void {
    if (!this.#retained.store(message)) this.#deps.refuse('queue-full', 'retained');
  }

  #enqueue(
    clientId: string,
    message: { topic: string; payload: Buffer; qos: 0 | 1 | 2 },
  ): number | undefined {
    const session = this.#sessions.get(clientId);
    if (!session) return undefined;
    const seq = this.#sessions.enqueue(session, message);
    if (seq === undefined) this.#deps.refuse('queue-full', session.owner);
    return seq;
  }

  #forget(session: Session): void {
    this.#incoming.forget(session.clientId, session.no);
    this.#sessions.forget(session);
  }
}
