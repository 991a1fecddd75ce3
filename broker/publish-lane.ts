import type { PacketParser } from './aedes-internals.ts';
import { type AccessRules, mayPublish } from './authorize.ts';
import { BurstCutter, packetEnd, type Speaker } from './burst-cutter.ts';
import type { AcceptBurst } from './bus/burst.ts';
import { NotKept } from './bus/bus.ts';
import type { Connection, Connections } from './connections.ts';
import type { BrokerLimits } from './limits.ts';
import type { PacketOrder } from './packet-order.ts';
import type { BrokerPersistence } from './persistence/persistence.ts';
import { type ReadingsTopic, ReadingsTopics } from './readings-topics.ts';
import { WaitingBurst, type WaitingBurstDeps } from './waiting-burst.ts';

export interface LaneDeps extends WaitingBurstDeps {
  acceptBurst: AcceptBurst;
  rules: AccessRules;
  connections: Connections;
  persistence: Pick<BrokerPersistence, 'interest'>;
  limits: BrokerLimits;
  clock: () => number;
  received: (qos: 0 | 1, count: number) => void;
}

/** The way that a connection's bytes take in general, beside which a lane runs. */
export interface GeneralWay {
  order: PacketOrder;
  /** Feeds the parser. */
  parse(chunk: Buffer): number;
}

/** The smallest publish of readings, so that so many fit into a chunk at most. */
const packetBytesMin = 26;

/**
 * Opens the short way of readings: publishes that come together go to ingest as one burst, past the parser
 * and past Aedes, and are acknowledged with one write. Whatever is not plainly a good publish of readings
 * that only ingest has to keep, and nobody here to hear, goes the general way in its turn.
 */
export function createPublishLanes(
  deps: LaneDeps,
): (connection: Connection, way: GeneralWay) => PublishLane {
  const shared = { ...deps, cutter: new BurstCutter(deps.limits, new ReadingsTopics()) };
  return (connection, way) => new PublishLane(connection, way, shared);
}

export class PublishLane implements Speaker {
  readonly #connection: Connection;
  readonly #way: GeneralWay;
  readonly #deps: LaneDeps & { cutter: BurstCutter };
  lastTopic: ReadingsTopic | undefined;

  constructor(connection: Connection, way: GeneralWay, deps: LaneDeps & { cutter: BurstCutter }) {
    this.#connection = connection;
    this.#way = way;
    this.#deps = deps;
  }

  maySay(topic: ReadingsTopic): boolean {
    const { account } = this.#connection;
    try {
      return account !== undefined && mayPublish(account, topic, this.#deps.rules);
    } catch {
      // The general way meets it once more, and has an answer.
      return false;
    }
  }

  /** Takes the publishes that stand in front, all that may be taken now. @returns the bytes of them */
  takeFront(bytes: Buffer): number {
    let at = 0;
    while (at < bytes.length && this.#isFree(bytes.length - at)) {
      const end = this.#takeBurst(bytes, at);
      if (end === undefined) break;
      at = end;
    }
    return at;
  }

  /** Takes what a read gave. @returns bytes of a packet whose end has not come */
  parse(chunk: Buffer): number {
    const parser = this.#connection.client._parser;
    let at = 0;
    while (at < chunk.length && this.#isFree(chunk.length - at)) {
      const end = this.#takeBurst(chunk, at) ?? this.#feedOne(chunk, at);
      if (end === undefined) break;
      at = end;
    }
    if (at === chunk.length) return parser._list.length;
    // Behind an error the parser does not look at the rest of a chunk.
    if (parser.error && at > 0) return 0;
    return this.#way.parse(at === 0 ? chunk : chunk.subarray(at));
  }

  /** Whether publishes may take this way now, when so many bytes of them have come. */
  #isFree(bytes: number): boolean {
    const connection = this.#connection;
    const { connections, persistence, gate } = this.#deps;
    return (
      connection.client.connected &&
      !connection.refused &&
      this.#way.order.isFree() &&
      // What somebody subscribes to is fanned out, and may have to be kept for a session.
      connections.interest.count('readings') === 0 &&
      persistence.interest.count('readings') === 0 &&
      gate.hasRoom(connection, bytes / packetBytesMin, bytes)
    );
  }

  /** Hands on the publishes that stand at a place. @returns the place behind them, if there are some */
  #takeBurst(chunk: Buffer, at: number): number | undefined {
    const { cutter, acceptBurst, clock, gate, received } = this.#deps;
    const connection = this.#connection;
    const { account, client } = connection;
    // The parser has the beginning of a packet.
    if (!account || client._parser.packet.cmd !== null) return undefined;
    const end = cutter.cut(chunk, at, this);
    if (end === at) return undefined;
    const burst = cutter.burst(account, clock(), chunk);
    const waiting = new WaitingBurst(this.#deps, connection, cutter);
    received(burst.qos, burst.count);
    client._keepaliveTimer?.refresh();
    this.#way.order.passed();
    gate.begin(waiting, waiting.topics);
    try {
      acceptBurst(burst, waiting);
    } catch (cause) {
      waiting.settle(new NotKept('the messages could not be handed on', { cause }));
    }
    return end;
  }

  /** Gives one packet to the general way. @returns the place behind it, if there is more */
  #feedOne(chunk: Buffer, at: number): number | undefined {
    const parser = this.#connection.client._parser;
    const end = parser.packet.cmd === null ? packetEnd(chunk, at) : at + missingOf(parser);
    if (end <= at || end >= chunk.length) return undefined;
    this.#way.parse(chunk.subarray(at, end));
    return end;
  }
}

/** Bytes that the parser needs to finish its packet; none when it does not know. */
function missingOf({ packet, _list }: PacketParser): number {
  return packet.length < 0 ? 0 : packet.length - _list.length;
}
