import { isUtf8 } from 'node:buffer';
import type { PacketParser } from './aedes-internals.ts';
import type { Connection } from './connections.ts';
import type { RefusalReason } from './contract/rejection.ts';
import { deliverAtHighestQos } from './delivery-qos.ts';
import type { BrokerLimits } from './limits.ts';
import { type AnyPacket, faultOf, type PacketBytes, prepareSubscribe } from './packet-faults.ts';
import { createPacketOrder } from './packet-order.ts';
import type { GeneralWay } from './publish-lane.ts';

/** CONNACK "unacceptable protocol version" [MQTT-3.1.2-2]. */
const connackUnacceptableVersion = Buffer.from([0x20, 2, 0, 1]);
/** The parser's own words for it, which we use too. */
const invalidVersion = 'Invalid protocol version';

interface GuardDeps {
  limits: BrokerLimits;
  mayRead: () => boolean;
  refuse: (reason: RefusalReason) => void;
  /** Opens a shorter way for some of the packets. */
  openLane?: ((connection: Connection, way: GeneralWay) => PacketParser['parse']) | undefined;
}

/**
 * Stands between the socket and Aedes: bounds what a packet may announce (also before CONNECT), refuses
 * packets that break rules Aedes does not check, hands the others on in order, and stops reading while
 * `mayRead` says so.
 */
export function guardPackets(connection: Connection, deps: GuardDeps): void {
  const { client } = connection;
  const parser = client._parser;
  const close = (reason: RefusalReason) => {
    if (connection.refused) return;
    deps.refuse(reason);
    connection.refused = true;
    client.conn.destroy();
  };
  let isFirst = true;
  const order = createPacketOrder(connection, takeOver(parser, check));

  function check(packet: AnyPacket, bytes: PacketBytes): void {
    if (connection.refused) return;
    // CONNECT comes first, and once [MQTT-3.1.0-1, 3.1.0-2].
    const isInTurn = isFirst === (packet.cmd === 'connect');
    isFirst = false;
    const fault = isInTurn ? faultOf(packet, bytes, deps.limits) : 'malformed-packet';
    if (fault) {
      close(fault);
      return;
    }
    if (packet.cmd === 'subscribe') prepareSubscribe(packet);
    // It speaks of this delivery, not of those to subscribers [MQTT-3.3.1-3].
    if (packet.cmd === 'publish') packet.dup = false;
    order.take(packet);
  }

  deliverAtHighestQos(connection);
  refuseVersions(parser);
  stayAliveWhileWaiting(connection);
  readOnlyWhile(connection, () => !order.isWaiting() && deps.mayRead());

  const feed = parser.parse.bind(parser);
  function parse(chunk: Buffer): number {
    try {
      const left = feed(chunk);
      const { packetBytesMax, connectBytesMax } = deps.limits;
      const bytesMax = connection.account ? packetBytesMax : connectBytesMax;
      if (parser.packet.length > bytesMax) close('packet-too-large');
      return left;
    } catch {
      close('malformed-packet');
      return 0;
    }
  }
  parser.parse = deps.openLane?.(connection, { order, parse }) ?? parse;

  parser.prependListener('error', (error) => {
    if (connection.refused) return;
    const isVersion = error.message === invalidVersion;
    deps.refuse(isVersion ? 'unsupported-protocol' : 'malformed-packet');
    connection.refused = true;
    if (isVersion) client.conn.write(connackUnacceptableVersion);
  });
}

function readOnlyWhile({ client }: Connection, mayRead: () => boolean): void {
  const { conn } = client;
  const read = conn.read.bind(conn);
  conn.read = (size?: number | null) =>
    // Only Aedes reads with null; the stream's own `read(0)` must go through.
    size === null && !mayRead() ? null : read(size ?? undefined);
}

/**
 * Bytes that arrive are a sign of life, also while Aedes does not read them because publishes of the
 * connection wait: else a slow disk would disconnect devices that ping in time.
 */
function stayAliveWhileWaiting(connection: Connection): void {
  const { client } = connection;
  client.conn.on('readable', () => {
    if (connection.pendingCount > 0) client._keepaliveTimer?.refresh();
  });
}

/**
 * Puts a check in the place of Aedes' own listener.
 *
 * @returns hands a packet on to Aedes
 */
function takeOver(
  parser: PacketParser,
  check: (packet: AnyPacket, bytes: PacketBytes) => void,
): (packet: AnyPacket) => void {
  const listeners = parser.listeners('packet') as ((packet: AnyPacket) => void)[];
  const bytes: PacketBytes = { readBytes: 0, hasIllFormedText: false };
  parser.removeAllListeners('packet');
  parser.on('packet', (packet) => {
    bytes.readBytes = parser._pos;
    check(packet as AnyPacket, bytes);
    bytes.hasIllFormedText = false;
  });
  const parseString = parser._parseString.bind(parser);
  parser._parseString = () => {
    const begin = parser._pos + 2;
    const text = parseString();
    // U+FFFD may have been sent, or stands where bytes were not UTF-8.
    if (text?.includes('\ufffd') && !isUtf8(parser._list.slice(begin, parser._pos)))
      bytes.hasIllFormedText = true;
    return text;
  };
  return (packet) => {
    for (const listener of listeners) listener.call(parser, packet);
  };
}

/** Levels by protocol name; the parser takes others too, and trips over what MQTT 5 has in its CONNECT. */
const levels: ReadonlyMap<string, number> = new Map([
  ['MQTT', 4],
  ['MQIsdp', 3],
]);

function refuseVersions(parser: PacketParser): void {
  const parseConnect = parser._parseConnect.bind(parser);
  parser._parseConnect = () => {
    const head = parser._list.slice(0, Math.min(parser.packet.length, 9));
    const nameEnd = 2 + (head.length < 2 ? 0 : head.readUInt16BE(0));
    const expected = levels.get(head.subarray(2, nameEnd).toString());
    const level = head[nameEnd];
    const isOther = expected !== undefined && level !== undefined && level !== expected;
    return isOther ? parser._emitError(new Error(invalidVersion)) : parseConnect();
  };
}
