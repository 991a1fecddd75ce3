import type { Client } from 'aedes';

/**
 * The parts of Aedes 1.2 that are not in its types and that the broker leans on. Few, in one place,
 * and each one used by a test that fails when a new version of Aedes moves it.
 */
export interface AedesClient extends Client {
  /** The packet parser; `packet.length` is what the packet that is being received has announced. */
  readonly _parser: PacketParser;
  /** Reads and parses what the socket has, unless packets of the last read are still being handled; or ends with an error. */
  readonly _nextBatch: (error?: Error) => void;
  /** Calls back when the socket has taken what was written, or closes it when it does not in time. */
  readonly waitForDrain: (done: () => void) => void;
  /** Runs out when nothing was read for 1.5 times the keepalive; null without one. */
  readonly _keepaliveTimer: NodeJS.Timeout | null;
  /** Packet id of the next message to the client. */
  _nextId: number;
  /** A DISCONNECT has come: no will. */
  _disconnected: boolean;
  /** By filter. */
  readonly subscriptions: Record<string, AedesSubscription>;
  /** What subscriptions of QoS 0 and of more call; a subscription keeps what it found when it began. */
  deliver0: Deliver;
  deliverQoS: Deliver;
}

export interface AedesSubscription {
  qos: number;
}

export interface DeliveredPacket {
  topic: string;
  payload: Buffer | string;
  qos: number;
  retain: boolean;
  messageId?: number | undefined;
}

export type Deliver = (packet: DeliveredPacket, done: () => void) => void;

export interface PacketParser {
  parse(chunk: Buffer): number;
  /** Replaced by a new one when it is complete; `cmd` is null until its first byte has come. */
  readonly packet: { length: number; cmd: string | null };
  /** What stopped it in the midst of a chunk. */
  readonly error: Error | null;
  listeners(event: 'packet'): unknown[];
  removeAllListeners(event: 'packet'): this;
  on(event: 'packet', listener: (packet: unknown) => void): this;
  prependListener(event: 'error', listener: (error: Error) => void): this;
  /** Bytes received and not yet consumed; those of `packet` without its header begin at 0. */
  _list: ByteList;
  /** How far into `packet` was read. */
  readonly _pos: number;
  _parseConnect(): unknown;
  /** Null when the packet ends before the text does. */
  _parseString(): string | null;
  _emitError(error: Error): void;
  /** The CONNECT, of which the parser asks for the version later. */
  settings: { protocolVersion?: number };
}

interface ByteList {
  readonly length: number;
  slice(start: number, end: number): Buffer;
}

/** Aedes makes its clients itself; this is where the untyped parts are vouched for. */
export function internalsOf(client: Client): AedesClient {
  return client as AedesClient;
}

/**
 * Puts a listener in the place of Aedes' own, which is the only one.
 *
 * @returns Aedes' own; it is to be called as a method of the parser
 */
export function listenToPackets<T>(
  parser: PacketParser,
  listener: (packet: T) => void,
): (this: PacketParser, packet: T) => void {
  const [own] = parser.listeners('packet');
  parser.removeAllListeners('packet');
  parser.on('packet', (packet) => listener(packet as T));
  return own as (this: PacketParser, packet: T) => void;
}

/**
 * Gives a parser that has read nothing yet a plain list of bytes: its own is a duplex stream beside, which nobody uses
 * as one, of 1 KB for each connection.
 */
export function slimParser(parser: PacketParser): void {
  const { BufferList } = parser._list.constructor as { BufferList?: new () => ByteList };
  if (BufferList) parser._list = new BufferList();
}

/** Lets go of the CONNECT, password included, once it has been judged: a connection may stay for months. */
export function forgetConnect({ _parser: parser }: AedesClient): void {
  const { protocolVersion } = parser.settings;
  parser.settings = protocolVersion === 3 ? settingsOf3 : settingsOf4;
}

const settingsOf3 = Object.freeze({ protocolVersion: 3 });
const settingsOf4 = Object.freeze({ protocolVersion: 4 });

/**
 * Keeps packet ids that are still in use from being given to new messages [MQTT-2.3.1-4]: Aedes numbers
 * each connection from a random start. They are fewer than there are ids: the queue is bounded.
 */
export function skipTakenIds(client: AedesClient, isTaken: (id: number) => boolean): void {
  let next = client._nextId;
  Object.defineProperty(client, '_nextId', {
    get() {
      while (next === 0 || isTaken(next)) next = next >= idMax ? 1 : next + 1;
      return next;
    },
    set(id: number) {
      next = id;
    },
  });
}

const idMax = 65_535;

/** The packet id of the next message, which is then given to no other one. */
export function takeId(client: AedesClient): number {
  const id = client._nextId;
  client._nextId = id >= idMax ? 1 : id + 1;
  return id;
}

/**
 * Makes the CONNACK that comes next say that a session is present [MQTT-3.2.2-2]: Aedes says so only of
 * sessions with subscriptions. CONNACK is the first packet on a connection [MQTT-3.2.0-1].
 */
export function answerSessionPresent({ conn }: Client): void {
  const write = conn.write;
  let begun = Buffer.alloc(0);
  conn.write = (chunk: Uint8Array): boolean => {
    begun = Buffer.concat([begun, chunk]);
    if (begun.length < connackBytes) return true;
    conn.write = write;
    if (begun[0] === connackFirst && begun[connackBytes - 1] === 0) begun[2] = 1;
    return conn.write(begun);
  };
}

const connackBytes = 4;
const connackFirst = 0x20;

/**
 * Reads and parses what the socket has. Of a signed-in client also while packets of the last read are
 * being handled, which Aedes' own way does not: what may wait is bounded elsewhere.
 */
export function readOn({ client, account }: { client: AedesClient; account: unknown }): void {
  if (account === undefined) {
    client._nextBatch();
    return;
  }
  // As Aedes itself reads, so that what stands in between sees no difference.
  const bytes = (client.conn as unknown as { read(size: null): Buffer | null }).read(null);
  if (bytes) client._parser.parse(bytes);
}
