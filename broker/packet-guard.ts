import type { ConnectPacket, PublishPacket, SubscribePacket, UnsubscribePacket } from 'aedes';
import type { PacketParser } from './aedes-internals.ts';
import type { Connection } from './connections.ts';
import type { RefusalReason } from './contract/rejection.ts';
import type { BrokerLimits } from './limits.ts';
import { isTopicFilter, isTopicName } from './topic-filter.ts';

type AnyPacket =
  | ConnectPacket
  | PublishPacket
  | SubscribePacket
  | UnsubscribePacket
  | { cmd: 'pingreq' | 'puback' | 'pubrec' | 'pubrel' | 'pubcomp' | 'disconnect' };

/** CONNACK "unacceptable protocol version" [MQTT-3.1.2-2]. */
const connackUnacceptableVersion = Buffer.from([0x20, 2, 0, 1]);

/**
 * Stands between the socket and Aedes: bounds what a packet may announce (also before CONNECT), refuses
 * packets that break rules Aedes does not check, and stops reading while `mayRead` says so.
 */
export function guardPackets(
  connection: Connection,
  deps: {
    limits: BrokerLimits;
    mayRead: () => boolean;
    refuse: (reason: RefusalReason) => void;
  },
): void {
  const { client } = connection;
  const parser = client._parser;
  const close = (reason: RefusalReason) => {
    if (connection.refused) return;
    deps.refuse(reason);
    connection.refused = true;
    client.conn.destroy();
  };

  const read = client.conn.read.bind(client.conn);
  client.conn.read = (size?: number | null) =>
    // Only Aedes reads with null; the stream's own `read(0)` must go through.
    size === null && !deps.mayRead() ? null : read(size ?? undefined);

  const parse = parser.parse.bind(parser);
  parser.parse = (chunk) => {
    try {
      const left = parse(chunk);
      const { packetBytesMax, connectBytesMax } = deps.limits;
      const bytesMax = connection.account ? packetBytesMax : connectBytesMax;
      if (parser.packet.length > bytesMax) close('packet-too-large');
      return left;
    } catch {
      close('malformed-packet');
      return 0;
    }
  };

  checkEachPacket(parser, (packet) => {
    if (connection.refused) return false;
    const fault = faultOf(packet, deps.limits);
    if (fault) close(fault);
    return fault === undefined;
  });

  parser.prependListener('error', (error) => {
    if (connection.refused) return;
    const isVersion = error.message === 'Invalid protocol version';
    deps.refuse(isVersion ? 'unsupported-protocol' : 'malformed-packet');
    connection.refused = true;
    if (isVersion) client.conn.write(connackUnacceptableVersion);
  });
}

/** Puts a check in front of Aedes' own listener. */
function checkEachPacket(parser: PacketParser, isFine: (packet: AnyPacket) => boolean): void {
  const listeners = parser.listeners('packet') as ((packet: unknown) => void)[];
  parser.removeAllListeners('packet');
  parser.on('packet', (packet) => {
    if (!isFine(packet as AnyPacket)) return;
    for (const listener of listeners) listener.call(parser, packet);
  });
}

/** Which rule of MQTT 3.1.1 or limit of ours a packet breaks. Lowers a requested QoS 2 to 1 as it passes. */
function faultOf(packet: AnyPacket, limits: BrokerLimits): RefusalReason | undefined {
  switch (packet.cmd) {
    case 'publish':
      if (packet.qos > 0 && !packet.messageId) return 'malformed-packet'; // [MQTT-2.3.1-1]
      if (packet.payload.length > limits.payloadBytesMax) return 'packet-too-large';
      return isTopicName(packet.topic) ? undefined : 'invalid-topic';
    case 'subscribe':
      if (!packet.messageId || packet.subscriptions.length === 0) return 'malformed-packet';
      // Granting less than was asked for is allowed [MQTT-3.9.3-1], and spares a second kind of session state.
      for (const subscription of packet.subscriptions)
        if (subscription.qos === 2) subscription.qos = 1;
      return packet.subscriptions.every(({ topic }) => isTopicFilter(topic))
        ? undefined
        : 'invalid-topic';
    case 'unsubscribe':
      if (!packet.messageId || packet.unsubscriptions.length === 0) return 'malformed-packet';
      return packet.unsubscriptions.every(isTopicFilter) ? undefined : 'invalid-topic';
    case 'connect':
      if ((packet.will?.qos ?? 0) > 2) return 'malformed-packet'; // [MQTT-3.1.2-14]
      return packet.password !== undefined && packet.username === undefined
        ? 'malformed-packet' // [MQTT-3.1.2-22]
        : undefined;
    default:
      return undefined;
  }
}
