import type { Aedes } from 'aedes';
import { type DeliveredPacket, takeId } from './aedes-internals.ts';
import { isVoiceOf } from './authorize.ts';
import type { Connection, Connections, SentCommand } from './connections.ts';
import { parseTopic } from './contract/topics.ts';

/** Who wants to know how commands fare. */
export interface CommandListener {
  /** A connection of the device, or of its provider, confirmed this message of its command topic (QoS 1). */
  onDelivered(topic: string, payload: Uint8Array): void;
  /** One of a device or provider hears this filter from now on. */
  onSubscribed(filter: string): void;
}

/** Tells of commands that connections confirmed, and of subscriptions that may wait for some. */
export interface CommandDelivery {
  listen(listener: CommandListener): () => void;
}

/** Commands of one clean session that are noted until they are confirmed; the oldest is then not told of. */
const sentMax = 100;

export function watchCommandDelivery(aedes: Aedes, connections: Connections): CommandDelivery {
  const listeners = new Set<CommandListener>();

  aedes.on('ack', (packet, client) => {
    // Aedes tells of every PUBACK, also when nobody knows what it was for.
    if (!packet || !('topic' in packet)) return;
    const { topic, payload } = packet;
    const parsed = parseTopic(topic);
    const account = connections.of(client)?.account;
    if (parsed?.kind !== 'commands' || !account || !isVoiceOf(account, parsed.device)) return;
    for (const listener of listeners) listener.onDelivered(topic, Buffer.from(payload));
  });

  aedes.on('subscribe', (subscriptions, client) => {
    const account = connections.of(client)?.account;
    if (account?.kind !== 'device' && account?.kind !== 'provider') return;
    for (const { topic, qos } of subscriptions) {
      if (qos > 2 || !topic.endsWith('/commands')) continue;
      for (const listener of listeners) listener.onSubscribed(topic);
    }
  });

  return {
    listen(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}

/**
 * Notes under which packet id a command goes to a clean session, whose PUBACK would otherwise say nothing: Aedes
 * takes the id that a packet has already.
 *
 * @returns the packet as it is to be delivered
 */
export function noteSentCommand(connection: Connection, packet: DeliveredPacket): DeliveredPacket {
  const { client } = connection;
  if (!client.clean || packet.qos === 0 || parseTopic(packet.topic)?.kind !== 'commands')
    return packet;
  const messageId = takeId(client);
  const { topic, payload } = packet;
  connection.sentCommands ??= new Map();
  connection.sentCommands.set(messageId, { topic, payload: Buffer.from(payload) });
  if (connection.sentCommands.size > sentMax) forgetOldest(connection.sentCommands);
  return { ...packet, messageId };
}

function forgetOldest(sent: Map<number, SentCommand>): void {
  for (const id of sent.keys()) {
    sent.delete(id);
    return;
  }
}
