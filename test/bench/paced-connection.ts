import { connect, type Socket } from 'node:net';
import { connectPacket, pingPacket } from './mqtt-bytes.ts';
import type { PacedFleet } from './paced-fleet.ts';

const ackBytes = 4;
/** CONNACK is four bytes and PINGRESP two; behind them come PUBACKs of four, in order: counting bytes counts packets. */
const greetingBytes = 4 + 2;
/** What comes is only counted, so one buffer does for all sockets. */
const received = Buffer.alloc(64 * 1024);
const longestMs = 60_000;

/** How often each duration was seen, by the millisecond; what is longer than the longest counts as that. */
export class Milliseconds {
  #counts = new Uint32Array(longestMs + 1);

  add(ms: number): void {
    const bucket = Math.min(longestMs, Math.ceil(ms));
    this.#counts[bucket] = (this.#counts[bucket] ?? 0) + 1;
  }

  /** Of what was added since the last call. */
  take(): { p50: number; p99: number; max: number } {
    const counts = this.#counts;
    this.#counts = new Uint32Array(longestMs + 1);
    const total = counts.reduce((sum, count) => sum + count, 0);
    const at = (share: number): number => {
      let seen = 0;
      return counts.findIndex((count) => {
        seen += count;
        return seen > 0 && seen >= share * total;
      });
    };
    return { p50: at(0.5), p99: at(0.99), max: at(1) };
  }
}

interface PacedConnectionOptions {
  port: number;
  user: string;
  password: string;
  index: number;
  /** Messages that may wait for their acknowledgement; a further one is held back, and counted. */
  inFlightMax: number;
  ackMs: Milliseconds;
}

/** A connection that collects what is due and notes how long its acknowledgements take. */
export class PacedConnection {
  readonly #options: PacedConnectionOptions;
  readonly #socket: Socket;
  readonly #sentMs: Float64Array;
  #due: Buffer[] = [];
  #greetedBytes = 0;
  #ackedBytes = 0;
  #isReady = (): void => {};
  sent = 0;
  acked = 0;
  heldBack = 0;
  isClosed = false;
  readonly ready: Promise<void>;

  constructor(options: PacedConnectionOptions) {
    const { port, user, password, index, inFlightMax } = options;
    this.#options = options;
    this.#sentMs = new Float64Array(inFlightMax);
    const callback = (length: number): boolean => {
      this.#receive(length);
      return true;
    };
    const onread = { buffer: received, callback };
    this.#socket = connect({ port, host: '127.0.0.1', noDelay: true, onread });
    this.ready = new Promise((resolve, reject) => {
      this.#isReady = resolve;
      this.#socket.once('error', reject);
    });
    this.#socket.on('close', () => {
      this.isClosed = true;
    });
    this.#socket.write(connectPacket(`paced-${index}`, user, password));
    this.#socket.write(pingPacket);
  }

  /** A message of a device, to go with the next {@link flush}. */
  add(fleet: PacedFleet, device: number, now: number): void {
    if (this.isClosed || this.sent + this.#due.length - this.acked >= this.#sentMs.length) {
      this.heldBack += 1;
      return;
    }
    this.#due.push(fleet.next(device, this.sent + this.#due.length, now));
  }

  flush(): void {
    const due = this.#due;
    const [first] = due;
    if (!first) return;
    const now = performance.now();
    for (let index = 0; index < due.length; index += 1) {
      this.#sentMs[(this.sent + index) % this.#sentMs.length] = now;
    }
    this.sent += due.length;
    this.#due = [];
    this.#socket.write(due.length === 1 ? first : Buffer.concat(due));
  }

  #receive(length: number): void {
    const greeting = Math.min(greetingBytes - this.#greetedBytes, length);
    this.#greetedBytes += greeting;
    if (greeting > 0 && this.#greetedBytes === greetingBytes) this.#isReady();
    this.#ackedBytes += length - greeting;
    const now = performance.now();
    for (const acked = Math.floor(this.#ackedBytes / ackBytes); this.acked < acked; ) {
      this.#options.ackMs.add(now - (this.#sentMs[this.acked % this.#sentMs.length] ?? now));
      this.acked += 1;
    }
  }
}
