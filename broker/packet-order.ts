import { readOn } from './aedes-internals.ts';
import type { Connection } from './connections.ts';
import type { AnyPacket } from './packet-faults.ts';

/** Hands a client's packets on in an order in which they take effect one after the other. */
export interface PacketOrder {
  take(packet: AnyPacket): void;
  /** While packets wait, or are being handed on, nothing more is read, so that their number is bounded by one read. */
  isWaiting(): boolean;
  /** Publishes went past it: the packets that wait for publishes wait for them too. */
  passed(): void;
  /** Whether publishes may go past it now. */
  isFree(): boolean;
}

/**
 * Aedes handles the packets of one read side by side: a SUBSCRIBE would overtake the retained PUBLISH in
 * front of it, a DISCONNECT would take away the PUBACKs that are owed, and a QoS 2 PUBLISH that comes twice
 * would be published twice [MQTT-4.3.3-2]. These wait until the publishes before them have settled; all
 * else goes through at once.
 */
export function createPacketOrder(
  connection: Connection,
  handle: (packet: AnyPacket) => void,
): PacketOrder {
  const { client } = connection;
  let waiting: AnyPacket[] = [];
  let isGoingOn = false;
  let hasPublished = false;
  let isLeaving = false;
  /** Ids of QoS 2 publishes that may still be under way. */
  const exactlyOnce = new Set<number>();

  function mustWait(packet: AnyPacket): boolean {
    if (!hasPublished) return false;
    switch (packet.cmd) {
      case 'subscribe':
      case 'unsubscribe':
      case 'disconnect':
        return true;
      case 'publish':
        return packet.qos === 2 && exactlyOnce.has(packet.messageId ?? 0);
      default:
        return false;
    }
  }

  function take(packet: AnyPacket): void {
    if (isLeaving) return;
    if (packet.cmd === 'disconnect') {
      isLeaving = true;
      // Whatever becomes of the connection while this waits: the will is discarded [MQTT-3.14.4-3].
      client._disconnected = true;
    }
    if (waiting.length > 0) waiting.push(packet);
    else pass(packet);
  }

  function pass(packet: AnyPacket): void {
    if (mustWait(packet)) {
      waiting.push(packet);
      goOnWhenSettled();
      return;
    }
    if (packet.cmd === 'publish') {
      hasPublished = true;
      if (packet.qos === 2) exactlyOnce.add(packet.messageId ?? 0);
    }
    if (packet.cmd === 'pubrel') exactlyOnce.delete(packet.messageId);
    handle(packet);
  }

  function goOnWhenSettled(): void {
    if (!connection.open) return;
    if (!client.connected) client.once('connected', goOnWhenSettled);
    else if (connection.pendingCount > 0) connection.onSettled = goOnWhenSettled;
    // Aedes publishes what has settled, and hands on what waited for CONNACK, until the end of this turn.
    else setImmediate(() => setImmediate(goOn));
  }

  function goOn(): void {
    if (connection.pendingCount > 0) {
      goOnWhenSettled();
      return;
    }
    hasPublished = false;
    exactlyOnce.clear();
    const packets = waiting;
    waiting = [];
    isGoingOn = true;
    handOn(packets);
    isGoingOn = false;
    if (waiting.length === 0 && connection.open) readOn(connection);
  }

  function handOn(packets: readonly AnyPacket[]): void {
    for (const [index, packet] of packets.entries()) {
      if (connection.refused || !connection.open) return;
      pass(packet);
      if (waiting.length === 0) continue;
      waiting.push(...packets.slice(index + 1));
      return;
    }
  }

  const isWaiting = () => isGoingOn || waiting.length > 0;
  return {
    take,
    isWaiting,
    passed() {
      hasPublished = true;
    },
    isFree: () => !isLeaving && !isWaiting(),
  };
}
