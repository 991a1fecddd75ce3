import type { Socket } from 'node:net';
import { connect as connectTcp } from 'node:net';
import { performance } from 'node:perf_hooks';
import { connect as connectTls } from 'node:tls';
import { statusTopic } from '../broker/contract/topics.ts';
import type { Link, LinkConfig } from './link.ts';
import { backoffMs, LinkRefused, linkTimes, placesOf, willTopicOf } from './link.ts';
import {
  connectPacket,
  disconnectPacket,
  markDuplicate,
  PacketReader,
  packetTypes,
  pingPacket,
  publishPacket,
} from './mqtt-packets.ts';
import type { Tally } from './tally.ts';

/** A message on its way. */
interface Pending {
  bytes: Buffer;
  sentAt: number;
  /** Counted: a reading, not a status. */
  isSample: boolean;
  onAck: (() => void) | undefined;
}

/** All connections read into the same memory: what was read is used up before the next one reads. */
const readBuffer = Buffer.allocUnsafe(64 * 1024);

/**
 * One MQTT connection as bytes over a socket: for thousands of them, where a library would be the bottleneck. It
 * publishes and hears nothing; what was not answered when the connection went is sent again on the next one.
 */
export function createLeanLink(config: LinkConfig, tally: Tally): Link {
  return new LeanLink(config, tally);
}

class LeanLink implements Link {
  readonly #config: LinkConfig;
  readonly #tally: Tally;
  readonly #places: number;
  readonly #reader = new PacketReader();
  readonly #pending = new Map<number, Pending>();
  #socket: Socket | undefined;
  #state: 'new' | 'connecting' | 'up' | 'waiting' | 'dark' | 'stopped' = 'new';
  #inFlight = 0;
  #lastId = 0;
  #attempts = 0;
  #backAfterMs: number | undefined;
  #connectingSince = 0;
  #isGoingDark = false;
  #isPingDue = false;
  #hasWritten = false;
  #retry: NodeJS.Timeout | undefined;
  #watch: NodeJS.Timeout | undefined;
  #first: { settle: () => void; refuse: (why: string) => void } | undefined;
  #whenQuiet: (() => void) | undefined;

  constructor(config: LinkConfig, tally: Tally) {
    this.#config = config;
    this.#tally = tally;
    this.#places = placesOf(config);
  }

  get connected(): boolean {
    return this.#state === 'up';
  }

  get inFlight(): number {
    return this.#inFlight;
  }

  get hasRoom(): boolean {
    return this.#state === 'up' && this.#inFlight < this.#places;
  }

  start(): Promise<void> {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(
        () => this.#first?.refuse(`no answer in ${linkTimes.firstConnectMs / 1000} s`),
        linkTimes.firstConnectMs,
      );
      const end = (then: () => void) => {
        clearTimeout(timer);
        this.#first = undefined;
        then();
      };
      this.#first = {
        settle: () => end(resolve),
        refuse: (why) => {
          end(() => reject(new LinkRefused(`no MQTT connection: ${why}`)));
          void this.stop();
        },
      };
      this.#connect();
    });
  }

  publish(topic: string, payload: string | Uint8Array, onAck?: () => void): boolean {
    if (!this.hasRoom) {
      this.#tally.skipped += 1;
      return false;
    }
    this.#tally.sent += 1;
    this.#inFlight += 1;
    const id = this.#nextId();
    const bytes = publishPacket(topic, payload, { id });
    this.#send(id, { bytes, sentAt: performance.now(), isSample: true, onAck });
    return true;
  }

  answer(topic: string, payload: string): void {
    if (this.#state === 'up') this.#tell(topic, payload, false);
  }

  lose(): void {
    if (this.#config.devices.length !== 1 || this.#state === 'stopped') return;
    this.#isGoingDark = true;
    // The last reading follows in this turn of the event loop.
    setImmediate(() => this.#darken());
  }

  drop(): void {
    if (this.#config.devices.length !== 1 || this.#state === 'stopped') return;
    clearTimeout(this.#retry);
    this.#state = 'dark';
    this.#socket?.destroy();
  }

  regain(): void {
    this.#isGoingDark = false;
    if (this.#state !== 'dark') return;
    this.#connect();
  }

  cut(backAfterMs?: number): void {
    if (this.#state === 'up') this.#backAfterMs = backAfterMs;
    this.#socket?.destroy();
  }

  async stop(): Promise<void> {
    if (this.#state === 'stopped') return;
    clearTimeout(this.#retry);
    if (this.#state === 'up') {
      this.#say('offline');
      await this.#quiet();
      this.#socket?.end(disconnectPacket);
    } else this.#socket?.destroy();
    this.#state = 'stopped';
    clearInterval(this.#watch);
    this.#first?.settle();
    this.#tally.errors += this.#inFlight;
    this.#inFlight = 0;
    this.#pending.clear();
  }

  #connect(): void {
    this.#state = 'connecting';
    this.#connectingSince = performance.now();
    this.#reader.reset();
    const socket = openSocket(this.#config.url, { onOpen: this.#onOpen, onRead: this.#onRead });
    this.#socket = socket;
    socket.on('error', this.#onError);
    socket.once('close', () => this.#onClose(socket));
    this.#watch ??= setInterval(this.#onPulse, linkTimes.keepaliveS * 500);
  }

  readonly #onOpen = (): void => {
    const { clientId, username, password } = this.#config;
    const topic = willTopicOf(this.#config);
    const will = topic === undefined ? undefined : { topic, payload: 'offline' };
    const { keepaliveS } = linkTimes;
    this.#socket?.write(connectPacket({ clientId, username, password, will, keepaliveS }));
  };

  readonly #onError = (): void => {
    this.#tally.faults += 1;
  };

  #onClose(socket: Socket): void {
    // A connection that was dropped ends after the next one has begun.
    if (this.#socket !== socket) return;
    const wasUp = this.#state === 'up';
    this.#socket = undefined;
    if (this.#state === 'stopped' || this.#state === 'dark') return;
    if (wasUp) this.#tally.drops += 1;
    if (this.#whenQuiet) {
      this.#whenQuiet();
      return;
    }
    this.#state = 'waiting';
    const waitMs = this.#backAfterMs ?? backoffMs(this.#config, this.#attempts);
    this.#backAfterMs = undefined;
    this.#attempts += 1;
    this.#retry = setTimeout(() => this.#connect(), waitMs);
  }

  readonly #onRead = (bytes: Buffer): void => {
    try {
      this.#isPingDue = false;
      this.#reader.read(bytes, this.#onPacket);
    } catch {
      this.#tally.faults += 1;
      this.#socket?.destroy();
    }
  };

  readonly #onPacket = (type: number, _flags: number, body: Buffer): void => {
    if (type === packetTypes.pubAck) this.#settle(((body[0] ?? 0) << 8) | (body[1] ?? 0));
    else if (type === packetTypes.connAck) this.#greet(body[1] ?? 0);
  };

  #greet(code: number): void {
    if (code !== 0) {
      this.#tally.faults += 1;
      this.#socket?.destroy();
      // Bad user or password, not authorised: trying again would not help.
      if (code === 4 || code === 5) this.#first?.refuse(`CONNACK ${code}`);
      return;
    }
    this.#state = 'up';
    this.#attempts = 0;
    this.#tally.connects += 1;
    this.#tally.connectMs.add(performance.now() - this.#connectingSince);
    this.#resend();
    this.#say('online');
    this.#first?.settle();
    this.#darken();
    this.#config.onReady?.();
  }

  /** Readings without an answer go out again; a status of the last connection is over. */
  #resend(): void {
    for (const [id, { bytes, isSample }] of this.#pending) {
      if (!isSample) {
        this.#pending.delete(id);
        continue;
      }
      markDuplicate(bytes);
      this.#tally.resent += 1;
      this.#write(bytes);
    }
  }

  #settle(id: number): void {
    const pending = this.#pending.get(id);
    if (!pending) return;
    this.#pending.delete(id);
    if (pending.isSample) {
      this.#inFlight -= 1;
      this.#tally.acknowledged += 1;
      this.#tally.ackMs.add(performance.now() - pending.sentAt);
      pending.onAck?.();
    }
    if (this.#pending.size === 0) {
      this.#whenQuiet?.();
      this.#darken();
    }
    this.#config.onReady?.();
  }

  /** Half a keepalive without a word: a ping, and when that was not answered by the next look, a new connection. */
  readonly #onPulse = (): void => {
    if (this.#state !== 'up') return;
    if (this.#isPingDue) this.#socket?.destroy();
    else if (!this.#hasWritten) {
      this.#isPingDue = true;
      this.#write(pingPacket);
    }
    this.#hasWritten = false;
  };

  /** Drops the connection of a device without mains when nothing is due any more. */
  #darken(): void {
    if (!this.#isGoingDark || this.#pending.size > 0 || this.#state !== 'up') return;
    this.#state = 'dark';
    this.#socket?.destroy();
  }

  #say(status: 'online' | 'offline'): void {
    for (const device of this.#config.devices) this.#tell(statusTopic(device), status, true);
  }

  /** What is no reading: neither counted nor measured. */
  #tell(topic: string, payload: string, retain: boolean): void {
    const id = this.#nextId();
    const bytes = publishPacket(topic, payload, { id, retain });
    this.#send(id, { bytes, sentAt: 0, isSample: false, onAck: undefined });
  }

  #send(id: number, pending: Pending): void {
    this.#pending.set(id, pending);
    this.#write(pending.bytes);
  }

  #write(bytes: Buffer): void {
    this.#hasWritten = true;
    this.#socket?.write(bytes);
  }

  /** The next id that nothing on its way has. */
  #nextId(): number {
    do this.#lastId = (this.#lastId % 0xffff) + 1;
    while (this.#pending.has(this.#lastId));
    return this.#lastId;
  }

  /** Resolves when nothing is unanswered, the connection is gone, or it takes too long. */
  #quiet(): Promise<void> {
    if (this.#pending.size === 0) return Promise.resolve();
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, linkTimes.stopMs);
      this.#whenQuiet = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }
}

/** Opens a connection by TCP or TLS; what `onRead` gets is valid only during the call. */
export function openSocket(
  url: string,
  { onOpen, onRead }: { onOpen: () => void; onRead: (bytes: Buffer) => void },
): Socket {
  const { hostname, port, protocol } = new URL(url);
  const isTls = protocol === 'mqtts:';
  // An IPv6 address stands in brackets.
  const host = hostname.replace(/^\[|\]$/g, '');
  const address = { host, port: Number(port || (isTls ? 8883 : 1883)) };
  const callback = (length: number, buffer: Uint8Array): boolean => {
    onRead(buffer.subarray(0, length) as Buffer);
    return true;
  };
  const onread = { buffer: readBuffer, callback };
  const socket = isTls
    ? connectTls({ ...address, servername: host, ...{ onread } })
    : connectTcp({ ...address, noDelay: true, onread });
  socket.once(isTls ? 'secureConnect' : 'connect', onOpen);
  return socket;
}
