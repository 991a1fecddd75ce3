import { isUtf8 } from 'node:buffer';
import type { Duplex } from 'node:stream';
import { listenToPackets, type PacketParser, slimParser } from './aedes-internals.ts';
import type { Connection } from './connections.ts';
import type { RefusalReason } from './contract/rejection.ts';
import { deliverAtHighestQos } from './delivery-qos.ts';
import type { DirectReader } from './direct-read.ts';
import type { BrokerLimits } from './limits.ts';
import { type AnyPacket, faultOf, type PacketBytes, prepareSubscribe } from './packet-faults.ts';
import { PacketOrder } from './packet-order.ts';
import type { PacketPace } from './packet-pace.ts';
import type { GeneralWay, PublishLane } from './publish-lane.ts';
import { PieceReader } from './read-in-pieces.ts';

/** CONNACK "unacceptable protocol version" [MQTT-3.1.2-2]. */
const connackUnacceptableVersion = Buffer.from([0x20, 2, 0, 1]);
/** The parser's own words for it, which we use too. */
const invalidVersion = 'Invalid protocol version';

/** The same for all connections. */
export interface GuardDeps {
  limits: BrokerLimits;
  pace: PacketPace;
  mayRead: (connection: Connection) => boolean;
  refuse: (connection: Connection, reason: RefusalReason) => void;
  /** Opens a shorter way for some of the packets. */
  openLane?: ((connection: Connection, way: GeneralWay) => PublishLane) | undefined;
  /** Shows a reader what arrives before the stream has it. */
  readDirectly: (stream: Duplex, reader: DirectReader) => void;
}

/** Puts a guard between the socket of a new connection and Aedes. */
export function guardPackets(connection: Connection, deps: GuardDeps): void {
  new PacketGuard(connection, deps);
}

/**
 * Stands between the socket and Aedes: bounds what a packet may announce (also before CONNECT), refuses
 * packets that break rules Aedes does not check, hands the others on in order, and stops reading while
 * `mayRead` says so.
 *
 * An object with methods, as are the parts that it puts in: of functions in its stead there would be a dozen for each
 * of very many connections.
 */
class PacketGuard implements GeneralWay, PacketBytes, DirectReader {
  readonly order: PacketOrder;
  readBytes = 0;
  hasIllFormedText = false;
  readonly #connection: Connection;
  readonly #deps: GuardDeps;
  readonly #reader: PieceReader;
  readonly #lane: PublishLane | undefined;
  /** Aedes' own listener. */
  readonly #toAedes: (this: PacketParser, packet: AnyPacket) => void;
  #isFirst = true;

  constructor(connection: Connection, deps: GuardDeps) {
    const { client } = connection;
    const parser = client._parser;
    this.#connection = connection;
    this.#deps = deps;
    this.order = new PacketOrder(connection, this);
    this.#reader = new PieceReader(connection, this, deps.limits.readBytesMax);
    slimParser(parser);
    this.#toAedes = listenToPackets<AnyPacket>(parser, (packet) => this.#check(packet));
    deliverAtHighestQos(connection);
    refuseVersions(parser);
    this.#lookAtTexts(parser);
    client.conn.on('readable', () => this.#stayAliveWhileWaiting());
    this.#lane = deps.openLane?.(connection, this);
    parser.parse = (chunk) => (this.#lane ?? this).parse(chunk);
    if (this.#lane) deps.readDirectly(client.conn, this);
    parser.prependListener('error', (error) => this.#onParserError(error));
  }

  mayRead(): boolean {
    return !this.order.isWaiting() && this.#deps.mayRead(this.#connection);
  }

  /** Feeds the parser. */
  parse(chunk: Buffer): number {
    try {
      const left = this.#reader.feed(chunk);
      const { limits, pace } = this.#deps;
      pace.fed(this.#connection);
      const bytesMax = this.#connection.account ? limits.packetBytesMax : limits.connectBytesMax;
      if (this.#connection.client._parser.packet.length > bytesMax) this.#close('packet-too-large');
      return left;
    } catch {
      this.#close('malformed-packet');
      return 0;
    }
  }

  takeFront(bytes: Buffer): number {
    return this.#lane && this.mayRead() ? this.#lane.takeFront(bytes) : 0;
  }

  handOn(packet: AnyPacket): void {
    this.#toAedes.call(this.#connection.client._parser, packet);
  }

  #check(packet: AnyPacket): void {
    this.readBytes = this.#connection.client._parser._pos;
    this.#passOn(packet);
    this.hasIllFormedText = false;
  }

  #passOn(packet: AnyPacket): void {
    if (this.#connection.refused) return;
    // CONNECT comes first, and once [MQTT-3.1.0-1, 3.1.0-2].
    const isInTurn = this.#isFirst === (packet.cmd === 'connect');
    this.#isFirst = false;
    const fault = isInTurn ? faultOf(packet, this, this.#deps.limits) : 'malformed-packet';
    if (fault) {
      this.#close(fault);
      return;
    }
    if (packet.cmd === 'subscribe') prepareSubscribe(packet);
    // It speaks of this delivery, not of those to subscribers [MQTT-3.3.1-3].
    if (packet.cmd === 'publish') packet.dup = false;
    this.order.take(packet);
  }

  #lookAtTexts(parser: PacketParser): void {
    const parseString = parser._parseString;
    parser._parseString = () => {
      const begin = parser._pos + 2;
      const text = parseString.call(parser);
      // U+FFFD may have been sent, or stands where bytes were not UTF-8.
      if (text?.includes('\ufffd') && !isUtf8(parser._list.slice(begin, parser._pos)))
        this.hasIllFormedText = true;
      return text;
    };
  }

  /**
   * Bytes that arrive are a sign of life, also while Aedes does not read them because publishes of the
   * connection wait: else a slow disk would disconnect devices that ping in time.
   */
  #stayAliveWhileWaiting(): void {
    const { client, pendingCount } = this.#connection;
    if (pendingCount > 0) client._keepaliveTimer?.refresh();
  }

  #onParserError(error: Error): void {
    const connection = this.#connection;
    if (connection.refused) return;
    const isVersion = error.message === invalidVersion;
    this.#deps.refuse(connection, isVersion ? 'unsupported-protocol' : 'malformed-packet');
    connection.refused = true;
    if (isVersion) connection.client.conn.write(connackUnacceptableVersion);
  }

  #close(reason: RefusalReason): void {
    const connection = this.#connection;
    if (connection.refused) return;
    this.#deps.refuse(connection, reason);
    connection.refused = true;
    connection.client.conn.destroy();
  }
}

/** Levels by protocol name; the parser takes others too, and trips over what MQTT 5 has in its CONNECT. */
const levels: ReadonlyMap<string, number> = new Map([
  ['MQTT', 4],
  ['MQIsdp', 3],
]);

function refuseVersions(parser: PacketParser): void {
  const parseConnect = parser._parseConnect;
  parser._parseConnect = () => {
    const head = parser._list.slice(0, Math.min(parser.packet.length, 9));
    const nameEnd = 2 + (head.length < 2 ? 0 : head.readUInt16BE(0));
    const expected = levels.get(head.subarray(2, nameEnd).toString());
    const level = head[nameEnd];
    const isOther = expected !== undefined && level !== undefined && level !== expected;
    return isOther ? parser._emitError(new Error(invalidVersion)) : parseConnect.call(parser);
  };
}
