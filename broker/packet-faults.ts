import type { ConnectPacket, PublishPacket, SubscribePacket, UnsubscribePacket } from 'aedes';
import type { RefusalReason } from './contract/rejection.ts';
import type { BrokerLimits } from './limits.ts';
import { isTopicFilter, isTopicName } from './topic-filter.ts';

/** A packet as the parser gives it; `length` is what it has announced. */
export type AnyPacket = { length: number } & (
  | ConnectPacket
  | PublishPacket
  | SubscribePacket
  | UnsubscribePacket
  | { cmd: 'puback' | 'pubrec' | 'pubrel' | 'pubcomp'; messageId: number }
  | { cmd: 'pingreq' | 'disconnect' }
  | { cmd: 'connack' | 'suback' | 'unsuback' | 'pingresp' | 'auth' | 'reserved' }
);

/** How the bytes of a packet were, which the parser's result does not show. */
export interface PacketBytes {
  /** How far the parser has read into the packet, or beyond it. */
  readBytes: number;
  /** One of its texts is not UTF-8 [MQTT-1.5.3-1]: the parser has put U+FFFD in the place of bytes. */
  hasIllFormedText: boolean;
}

/** Which rule of MQTT 3.1.1 or limit of ours a packet breaks. */
export function faultOf(
  packet: AnyPacket,
  bytes: PacketBytes,
  limits: BrokerLimits,
): RefusalReason | undefined {
  switch (packet.cmd) {
    case 'publish':
      return publishFault(packet, bytes, limits);
    case 'subscribe':
      if (packet.subscriptions.length === 0) return 'malformed-packet'; // [MQTT-3.8.3-3]
      return filtersFault(
        packet,
        bytes,
        packet.subscriptions.every(({ topic }) => isTopicFilter(topic)),
      );
    case 'unsubscribe':
      if (packet.unsubscriptions.length === 0) return 'malformed-packet'; // [MQTT-3.10.3-2]
      return filtersFault(packet, bytes, packet.unsubscriptions.every(isTopicFilter));
    case 'connect':
      return isWellFormedConnect(packet, bytes) ? undefined : 'malformed-packet';
    case 'puback':
    case 'pubrec':
    case 'pubrel':
    case 'pubcomp':
      return packet.length === 2 && packet.messageId ? undefined : 'malformed-packet';
    case 'pingreq':
    case 'disconnect':
      return packet.length === 0 ? undefined : 'malformed-packet';
    default:
      return 'malformed-packet'; // only a server sends these, or nobody
  }
}

function publishFault(
  packet: PublishPacket & { length: number },
  { readBytes, hasIllFormedText }: PacketBytes,
  limits: BrokerLimits,
): RefusalReason | undefined {
  // [MQTT-2.3.1-1]; -1 is what the parser makes of an id that is not there.
  if (packet.qos > 0 && !((packet.messageId ?? 0) > 0)) return 'malformed-packet';
  if (packet.qos === 0 && packet.dup) return 'malformed-packet'; // [MQTT-3.3.1-2]
  if (readBytes > packet.length) return 'malformed-packet';
  if (packet.payload.length > limits.payloadBytesMax) return 'packet-too-large';
  return hasIllFormedText || !isTopicName(packet.topic) ? 'invalid-topic' : undefined;
}

function filtersFault(
  { messageId, length }: { messageId?: number; length: number },
  { readBytes, hasIllFormedText }: PacketBytes,
  areFilters: boolean,
): RefusalReason | undefined {
  if (!messageId || readBytes !== length) return 'malformed-packet'; // [MQTT-2.3.1-1]
  return hasIllFormedText || !areFilters ? 'invalid-topic' : undefined;
}

function isWellFormedConnect(
  packet: ConnectPacket & { length: number },
  { readBytes, hasIllFormedText }: PacketBytes,
): boolean {
  if (readBytes !== packet.length || hasIllFormedText) return false;
  if ((packet.will?.qos ?? 0) > 2) return false; // [MQTT-3.1.2-14]
  if (packet.username?.includes('\0')) return false; // [MQTT-1.5.3-2]
  return packet.password === undefined || packet.username !== undefined; // [MQTT-3.1.2-22]
}

/**
 * Grants less than was asked for, which is allowed [MQTT-3.8.4-6] and spares a second kind of session
 * state; and gives filters that come again in the same SUBSCRIBE names of their own: Aedes would leave
 * them out, and with them their return codes [MQTT-3.8.4-5]. The last of them counts [MQTT-3.8.4-4].
 */
export function prepareSubscribe({ subscriptions }: SubscribePacket): void {
  const seen = new Set<string>();
  for (const [index, subscription] of [...subscriptions.entries()].reverse()) {
    if (subscription.qos === 2) subscription.qos = 1;
    if (seen.has(subscription.topic)) subscription.topic = `${repeatPrefix}${index}`;
    else seen.add(subscription.topic);
  }
}

/** U+0000 comes in no filter that passes the guard. */
const repeatPrefix = '\0repeat/';

/** Whether a filter stands for one that comes again later in its SUBSCRIBE: granted, and matching nothing. */
export function isRepeat(filter: string): boolean {
  return filter.startsWith(repeatPrefix);
}
