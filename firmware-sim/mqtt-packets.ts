/**
 * MQTT 3.1.1 as bytes: the few packets that a device needs, made and taken apart with as little work as possible. A client
 * of a library costs ten times what a broker spends on a message; a load of such clients would measure itself.
 */

export const packetTypes = { connAck: 2, publish: 3, pubAck: 4, subAck: 9 } as const;

export interface ConnectFields {
  clientId: string;
  username?: string | undefined;
  password?: string | undefined;
  /** Published by the broker, QoS 1 and retained, when the connection ends without DISCONNECT. */
  will?: { topic: string; payload: string } | undefined;
  keepaliveS: number;
}

/** CONNECT with a clean session [MQTT-3.1]. */
export function connectPacket(fields: ConnectFields): Buffer {
  const { clientId, username, password, will, keepaliveS } = fields;
  const flags =
    0x02 |
    (will ? 0x2c : 0) |
    (username === undefined ? 0 : 0x80) |
    (password === undefined ? 0 : 0x40);
  const texts = [clientId, will?.topic, will?.payload, username, password];
  return packet(0x10, [
    text('MQTT'),
    Buffer.from([4, flags, keepaliveS >> 8, keepaliveS & 0xff]),
    ...texts.flatMap((each) => (each === undefined ? [] : [text(each)])),
  ]);
}

/** PUBLISH of QoS 1, in one piece: header, topic, packet id, payload. */
export function publishPacket(
  topic: string,
  payload: string | Uint8Array,
  { id, retain = false }: { id: number; retain?: boolean },
): Buffer {
  const topicBytes = Buffer.byteLength(topic);
  const payloadBytes = Buffer.byteLength(payload);
  const length = 4 + topicBytes + payloadBytes;
  const bytes = Buffer.allocUnsafe(1 + lengthBytes(length) + length);
  bytes[0] = retain ? 0x33 : 0x32;
  let at = writeLength(bytes, length);
  at = bytes.writeUInt16BE(topicBytes, at);
  at += bytes.write(topic, at);
  at = bytes.writeUInt16BE(id, at);
  if (typeof payload === 'string') bytes.write(payload, at);
  else bytes.set(payload, at);
  return bytes;
}

/** The packet is being sent again [MQTT-3.3.1-1]. */
export function markDuplicate(publish: Buffer): void {
  publish[0] = (publish[0] ?? 0) | 0x08;
}

/** SUBSCRIBE to one filter at QoS 1. */
export function subscribePacket({ id, filter }: { id: number; filter: string }): Buffer {
  return packet(0x82, [Buffer.from([id >> 8, id & 0xff]), text(filter), Buffer.from([1])]);
}

export function pubAckPacket(id: number): Buffer {
  return Buffer.from([0x40, 2, id >> 8, id & 0xff]);
}

export const pingPacket = Buffer.from([0xc0, 0]);
export const disconnectPacket = Buffer.from([0xe0, 0]);

/** What was received does not look like MQTT, or is larger than anything a device is sent. */
export class PacketFault extends Error {
  readonly code = 'packet-fault';
}

/** A packet with more bytes is a fault: nothing that this client asks for is answered by such. */
const packetBytesMax = 1024 * 1024;

/** Cuts what comes in into packets; half a packet waits for its other half. */
export class PacketReader {
  #rest: Buffer | undefined;

  /**
   * `onPacket` gets the type, the flags and the body, which is valid only during the call.
   * @throws PacketFault
   */
  read(chunk: Buffer, onPacket: (type: number, flags: number, body: Buffer) => void): void {
    const bytes = this.#rest ? Buffer.concat([this.#rest, chunk]) : chunk;
    this.#rest = undefined;
    let at = 0;
    while (at < bytes.length) {
      const size = readLength(bytes, at + 1);
      if (size === undefined || size.end + size.length > bytes.length) break;
      const header = bytes[at] ?? 0;
      at = size.end + size.length;
      onPacket(header >> 4, header & 0x0f, bytes.subarray(size.end, at));
    }
    // A copy: the chunk's memory is read into again.
    if (at < bytes.length) this.#rest = Buffer.from(bytes.subarray(at));
  }

  /** A new connection begins with no half packet of the old one. */
  reset(): void {
    this.#rest = undefined;
  }
}

/** The length that stands at `at`, and where it ends; undefined when not all of it is there yet. */
function readLength(bytes: Buffer, at: number): { length: number; end: number } | undefined {
  let length = 0;
  for (let index = 0; index < 4; index++) {
    const byte = bytes[at + index];
    if (byte === undefined) return undefined;
    length += (byte & 0x7f) * 2 ** (7 * index);
    if (byte < 0x80) {
      if (length > packetBytesMax) break;
      return { length, end: at + index + 1 };
    }
  }
  throw new PacketFault('a packet of the broker has no sensible length');
}

function lengthBytes(length: number): number {
  return length < 0x80 ? 1 : length < 0x4000 ? 2 : length < 0x20_0000 ? 3 : 4;
}

/** Writes the remaining length behind the first byte; gives where it ends. */
function writeLength(bytes: Buffer, length: number): number {
  let at = 1;
  let left = length;
  do {
    bytes[at++] = (left & 0x7f) | (left > 0x7f ? 0x80 : 0);
    left >>>= 7;
  } while (left > 0);
  return at;
}

function text(value: string): Buffer {
  const bytes = Buffer.from(value);
  return Buffer.concat([Buffer.from([bytes.length >> 8, bytes.length & 0xff]), bytes]);
}

function packet(header: number, parts: Buffer[]): Buffer {
  const body = Buffer.concat(parts);
  const head = Buffer.alloc(1 + lengthBytes(body.length));
  head[0] = header;
  writeLength(head, body.length);
  return Buffer.concat([head, body]);
}
