import { openSocket } from '../lean-link.ts';
import { LinkRefused, linkTimes } from '../link.ts';
import {
  connectPacket,
  disconnectPacket,
  PacketReader,
  packetTypes,
  pingPacket,
  pubAckPacket,
  subscribePacket,
} from '../mqtt-packets.ts';
import { mix } from '../random.ts';

/** Hears what a broker delivers, so that any broker can be checked: what it has acknowledged must arrive. */
export interface Witness {
  /** Messages that devices had acknowledged. */
  acknowledged(hashes: readonly number[]): void;
  /** Acknowledged messages that have not been heard yet. */
  missing(): number;
  findings(): WitnessFindings;
  stop(): void;
}

export interface WitnessFindings {
  heard: number;
  /** Acknowledged and never delivered. */
  missing: number;
  /** Delivered oftener than acknowledged: sent again after a broken connection, or by somebody else. */
  more: number;
  /** So many could not be kept apart: too many were on their way at once. */
  overflowed: number;
  /** The connection went: what came in the meantime was not heard. */
  isCut: boolean;
}

/** Messages that were heard or acknowledged and not yet both; further ones are only counted. */
const openMax = 1_000_000;

/** What was counted on one side and not yet on the other. */
export class Matching {
  /** Positive: acknowledged more often than heard. */
  readonly #open = new Map<number, number>();
  overflowed = 0;

  add(hash: number, by: 1 | -1): void {
    const count = (this.#open.get(hash) ?? 0) + by;
    if (count === 0) this.#open.delete(hash);
    else if (this.#open.size < openMax || this.#open.has(hash)) this.#open.set(hash, count);
    else this.overflowed += 1;
  }

  /** How many were only acknowledged, and only heard. */
  left(): { missing: number; more: number } {
    let [missing, more] = [0, 0];
    for (const count of this.#open.values()) {
      if (count > 0) missing += count;
      else more -= count;
    }
    return { missing, more };
  }
}

/** Waits for the answers to CONNECT and SUBSCRIBE. */
class Greeting {
  #accept: () => void = () => undefined;
  #reject: (why: LinkRefused) => void = () => undefined;
  readonly #timer = setTimeout(
    () => this.refuse(`no answer in ${linkTimes.firstConnectMs / 1000} s`),
    linkTimes.firstConnectMs,
  );
  /** Rejects with LinkRefused. */
  readonly subscribed = new Promise<void>((resolve, reject) => {
    this.#accept = resolve;
    this.#reject = reject;
  });

  /** The first reason counts. */
  refuse(why: string): void {
    clearTimeout(this.#timer);
    this.#reject(new LinkRefused(`nobody can subscribe at the broker: ${why}`));
  }

  connAck(code: number): boolean {
    if (code !== 0) this.refuse(`CONNACK ${code}`);
    return code === 0;
  }

  subAck(code: number): void {
    if (code >= 0x80) this.refuse('it does not give out city/v1/+/+/readings');
    clearTimeout(this.#timer);
    this.#accept();
  }
}

/** Subscribes to all readings at QoS 1. @throws LinkRefused */
export async function createWitness({
  mqttUrl,
  credentials,
}: {
  mqttUrl: string;
  credentials?: { username: string; password: string } | undefined;
}): Promise<Witness> {
  const matching = new Matching();
  const reader = new PacketReader();
  let heard = 0;
  let isCut = false;
  let isStopping = false;
  const hear = (flags: number, body: Buffer) => {
    heard += 1;
    const topicEnd = 2 + body.readUInt16BE(0);
    const qos = (flags >> 1) & 3;
    if (qos > 0) socket.write(pubAckPacket(body.readUInt16BE(topicEnd)));
    const payload = body.subarray(topicEnd + (qos > 0 ? 2 : 0));
    matching.add(hashOf(body.toString('utf8', 2, topicEnd), payload), -1);
  };
  const greeting = new Greeting();
  const take = (type: number, flags: number, body: Buffer) => {
    if (type === packetTypes.publish) hear(flags, body);
    else if (type === packetTypes.connAck && greeting.connAck(body[1] ?? 0))
      socket.write(subscribePacket({ id: 1, filter: 'city/v1/+/+/readings' }));
    else if (type === packetTypes.subAck) greeting.subAck(body[2] ?? 0x80);
  };
  const fields = { clientId: 'sim-witness', keepaliveS: linkTimes.keepaliveS, ...credentials };
  const socket = openSocket(mqttUrl, {
    onOpen: () => socket.write(connectPacket(fields)),
    onRead: (bytes) => reader.read(bytes, take),
  });
  const pulse = setInterval(() => socket.write(pingPacket), linkTimes.keepaliveS * 500);
  const stop = () => {
    isStopping = true;
    clearInterval(pulse);
    socket.end(disconnectPacket);
  };
  socket.on('error', ({ message }) => greeting.refuse(message));
  socket.once('close', () => {
    isCut = !isStopping;
    greeting.refuse('the connection was closed');
  });
  try {
    await greeting.subscribed;
  } catch (error) {
    stop();
    throw error;
  }

  return {
    acknowledged: (hashes) => {
      for (const hash of hashes) matching.add(hash, 1);
    },
    missing: () => matching.left().missing,
    findings: () => ({ heard, ...matching.left(), overflowed: matching.overflowed, isCut }),
    stop,
  };
}

/** A message as a number: 53 bits of its topic and payload. */
export function hashOf(topic: string, payload: string | Uint8Array): number {
  const bytes = typeof payload === 'string' ? Buffer.from(payload) : payload;
  let low = 0x811c9dc5;
  let high = topic.length;
  for (let index = 0; index < topic.length; index++) {
    low = Math.imul(low ^ topic.charCodeAt(index), 0x01000193);
    high = Math.imul(high ^ topic.charCodeAt(index), 0x85ebca6b);
  }
  for (const byte of bytes) {
    low = Math.imul(low ^ byte, 0x01000193);
    high = Math.imul(high ^ byte, 0x85ebca6b);
  }
  return mix(low, bytes.length) + (mix(high, low) & 0x1f_ffff) * 0x1_0000_0000;
}
