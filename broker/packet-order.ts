import { readOn } from './aedes-internals.ts';
import type { Connection } from './connections.ts';
import type { AnyPacket } from './packet-faults.ts';

/** Whom the packets are handed on to. */
interface NextPlace {
  handOn(packet: AnyPacket): void;
}

/**
 * Hands a client's packets on in an order in which they take effect one after the other.
 *
 * Aedes handles the packets of one read side by side: a SUBSCRIBE would overtake the retained PUBLISH in
 * front of it, a DISCONNECT would take away the PUBACKs that are owed, and a QoS 2 PUBLISH that comes twice
 * would be published twice [MQTT-4.3.3-2]. These wait until the publishes before them have settled; all
 * else goes through at once.
 */
export class PacketOrder {
  readonly #connection: Connection;
  readonly #next: NextPlace;
  #waiting: AnyPacket[] = [];
  #isGoingOn = false;
  #hasPublished = false;
  #isLeaving = false;
  /** Ids of QoS 2 publishes that may still be under way. */
  #exactlyOnce: Set<number> | undefined;

  constructor(connection: Connection, next: NextPlace) {
    this.#connection = connection;
    this.#next = next;
  }

  take(packet: AnyPacket): void {
    if (this.#isLeaving) return;
    if (packet.cmd === 'disconnect') {
      this.#isLeaving = true;
      // Whatever becomes of the connection while this waits: the will is discarded [MQTT-3.14.4-3].
      this.#connection.client._disconnected = true;
    }
    if (this.#waiting.length > 0) this.#waiting.push(packet);
    else this.#pass(packet);
  }

  /** While packets wait, or are being handed on, nothing more is read, so that their number is bounded by one read. */
  isWaiting(): boolean {
    return this.#isGoingOn || this.#waiting.length > 0;
  }

  /** Publishes went past it: the packets that wait for publishes wait for them too. */
  passed(): void {
    this.#hasPublished = true;
  }

  /** Whether publishes may go past it now. */
  isFree(): boolean {
    return !this.#isLeaving && !this.isWaiting();
  }

  #pass(packet: AnyPacket): void {
    if (this.#mustWait(packet)) {
      this.#waiting.push(packet);
      this.#goOnWhenSettled();
      return;
    }
    if (packet.cmd === 'publish') {
      this.#hasPublished = true;
      if (packet.qos === 2) {
        this.#exactlyOnce ??= new Set();
        this.#exactlyOnce.add(packet.messageId ?? 0);
      }
    }
    if (packet.cmd === 'pubrel') this.#exactlyOnce?.delete(packet.messageId);
    this.#next.handOn(packet);
  }

  #mustWait(packet: AnyPacket): boolean {
    if (!this.#hasPublished) return false;
    switch (packet.cmd) {
      case 'subscribe':
      case 'unsubscribe':
      case 'disconnect':
        return true;
      case 'publish':
        return packet.qos === 2 && this.#exactlyOnce?.has(packet.messageId ?? 0) === true;
      default:
        return false;
    }
  }

  #goOnWhenSettled(): void {
    const connection = this.#connection;
    const again = () => this.#goOnWhenSettled();
    if (!connection.open) return;
    if (!connection.client.connected) connection.client.once('connected', again);
    else if (connection.pendingCount > 0) connection.onSettled = again;
    // Aedes publishes what has settled, and hands on what waited for CONNACK, until the end of this turn.
    else setImmediate(() => setImmediate(() => this.#goOn()));
  }

  #goOn(): void {
    if (this.#connection.pendingCount > 0) {
      this.#goOnWhenSettled();
      return;
    }
    this.#hasPublished = false;
    this.#exactlyOnce = undefined;
    const packets = this.#waiting;
    this.#waiting = [];
    this.#isGoingOn = true;
    this.#handOn(packets);
    this.#isGoingOn = false;
    if (this.#waiting.length === 0 && this.#connection.open) readOn(this.#connection);
  }

  #handOn(packets: readonly AnyPacket[]): void {
    for (const [index, packet] of packets.entries()) {
      if (this.#connection.refused || !this.#connection.open) return;
      this.#pass(packet);
      if (this.#waiting.length === 0) continue;
      this.#waiting.push(...packets.slice(index + 1));
      return;
    }
  }
}
