import type { BrokerLimits } from '../limits.ts';
import { Interest } from '../topic-filter.ts';
import {
  encodeMessage,
  encodeSession,
  keys,
  type StoredMessage,
  type StoredState,
} from './records.ts';
import { SessionFilters } from './session-filters.ts';
import { type QueuedPacket, SessionQueue, seqOf } from './session-queue.ts';
import type { StateFile } from './state-file.ts';

/** What a client with a persistent session finds again when it returns. */
export interface Session {
  /** Names the session on disk; never used again. */
  readonly no: number;
  readonly clientId: string;
  /** Account of whoever opened it; nobody else may take it over. */
  readonly owner: string;
  readonly isPlatform: boolean;
  readonly filters: Map<string, number>;
  readonly queue: SessionQueue;
  /** Last known to be connected, epoch ms UTC. */
  seenAt: number;
}

/** The persistent sessions, in memory to be read and in the state file to be kept. */
export class Sessions {
  /** Subscriptions of sessions, whether connected or not. */
  readonly interest = new Interest();
  /** The part of them that belongs to the platform's own services. */
  readonly platformInterest = new Interest();
  readonly #filters = new SessionFilters();
  /** In the order of their last sign-in, so that the first is the one to forget. */
  readonly #byClient = new Map<string, Session>();
  readonly #platform = new Set<Session>();
  readonly #limits: BrokerLimits;
  #file: StateFile;
  #queuedBytes = 0;
  #lastNo = 0;
  #lastSeq = 0;

  constructor(limits: BrokerLimits, file: StateFile) {
    this.#limits = limits;
    this.#file = file;
  }

  /** Takes over what an earlier process left. Messages of sessions that are gone are removed. */
  load(state: StoredState, file: StateFile): void {
    this.#file = file;
    const byNo = new Map<number, Session>();
    for (const stored of [...state.sessions].sort((one, other) => one.seenAt - other.seenAt)) {
      const session = { ...stored, filters: new Map<string, number>(), queue: new SessionQueue() };
      this.#add(session);
      byNo.set(session.no, session);
      for (const [filter, qos] of stored.filters) this.#addFilter(session, filter, qos);
      this.#lastNo = Math.max(this.#lastNo, session.no);
    }
    for (const { no, seq, message } of state.queued) {
      this.#lastSeq = Math.max(this.#lastSeq, seq);
      const queue = byNo.get(no)?.queue;
      if (!queue) file.remove(keys.queued(no, seq));
      else {
        queue.add(seq, message);
        this.#queuedBytes += sizeOf(message);
      }
    }
    for (const { queue } of byNo.values()) queue.markResent();
  }

  get(clientId: string): Session | undefined {
    return this.#byClient.get(clientId);
  }

  get size(): number {
    return this.#byClient.size;
  }

  all(): IterableIterator<Session> {
    return this.#byClient.values();
  }

  /** The session of a client that signs in, an existing one or a new one; now the youngest. */
  open(clientId: string, by: { owner: string; isPlatform: boolean; seenAt: number }): void {
    const former = this.#byClient.get(clientId);
    const session = former ?? {
      no: ++this.#lastNo,
      clientId,
      ...by,
      filters: new Map<string, number>(),
      queue: new SessionQueue(),
    };
    this.#byClient.delete(clientId);
    this.#add(session);
    this.touch(session, by.seenAt);
  }

  touch(session: Session, seenAt: number): void {
    session.seenAt = seenAt;
    this.#save(session);
  }

  /** The one that was away the longest, the platform's own ones aside. */
  oldest(): Session | undefined {
    for (const session of this.#byClient.values()) if (!session.isPlatform) return session;
    return undefined;
  }

  forget(session: Session): void {
    this.#byClient.delete(session.clientId);
    this.#platform.delete(session);
    for (const filter of [...session.filters.keys()]) this.#removeFilter(session, filter);
    for (const message of session.queue.messages()) {
      this.#queuedBytes -= sizeOf(message);
      this.#file.remove(keys.queued(session.no, message.seq));
    }
    this.#file.remove(keys.session(session.no));
  }

  subscribe(session: Session, filters: Iterable<{ topic: string; qos: number }>): void {
    for (const { topic, qos } of filters) {
      this.#removeFilter(session, topic);
      this.#addFilter(session, topic, qos);
    }
    this.#save(session);
  }

  unsubscribe(session: Session, filters: readonly string[]): void {
    for (const filter of filters) this.#removeFilter(session, filter);
    this.#save(session);
  }

  /** Ids of the clients whose sessions a message is for. */
  match(topic: string): ReadonlySet<string> {
    return this.#filters.match(topic);
  }

  /** @returns the message's number in the queue; undefined when there is no room for it */
  enqueue(session: Session, message: StoredMessage): number | undefined {
    const { queuedPerSessionMax, queuedPerPlatformSessionMax, queuedBytesMax } = this.#limits;
    const lengthMax = session.isPlatform ? queuedPerPlatformSessionMax : queuedPerSessionMax;
    const bytes = sizeOf(message);
    if (session.queue.length >= lengthMax || this.#queuedBytes + bytes > queuedBytesMax)
      return undefined;
    const seq = ++this.#lastSeq;
    session.queue.add(seq, message);
    this.#queuedBytes += bytes;
    this.#file.put(keys.queued(session.no, seq), encodeMessage(message));
    return seq;
  }

  acknowledge(session: Session, messageId: number): QueuedPacket | undefined {
    const packet = session.queue.acknowledge(messageId);
    if (!packet) return undefined;
    this.#queuedBytes -= sizeOf(packet);
    this.#file.remove(keys.queued(session.no, seqOf(packet)));
    return packet;
  }

  /**
   * Messages that the fullest session of the platform's own services can still take. Counted to half of the
   * bound, so that what arrives in one turn of the event loop finds room.
   */
  platformRoom(): number {
    if (this.#queuedBytes >= this.#limits.queuedBytesMax / 2) return 0;
    let longest = 0;
    for (const { queue } of this.#platform) longest = Math.max(longest, queue.length);
    return this.#limits.queuedPerPlatformSessionMax / 2 - longest;
  }

  #add(session: Session): void {
    this.#byClient.set(session.clientId, session);
    if (session.isPlatform) this.#platform.add(session);
  }

  #save({ no, clientId, owner, isPlatform, filters, seenAt }: Session): void {
    const stored = { no, clientId, owner, isPlatform, filters: [...filters], seenAt };
    this.#file.put(keys.session(no), encodeSession(stored));
  }

  #addFilter(session: Session, filter: string, qos: number): void {
    session.filters.set(filter, qos);
    if (qos === 0) return;
    this.#filters.set(filter, session.clientId, qos);
    this.interest.add(filter);
    if (session.isPlatform) this.platformInterest.add(filter);
  }

  #removeFilter(session: Session, filter: string): void {
    const qos = session.filters.get(filter);
    if (qos === undefined) return;
    session.filters.delete(filter);
    if (qos === 0) return;
    this.#filters.delete(filter, session.clientId);
    this.interest.remove(filter);
    if (session.isPlatform) this.platformInterest.remove(filter);
  }
}

function sizeOf({ payload, topic }: { payload: Uint8Array; topic: string }): number {
  return payload.length + topic.length + 200;
}
