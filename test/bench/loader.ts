import { connect, type Socket } from 'node:net';
import { parseArgs } from 'node:util';
import { mainThreadSeconds } from './figures.ts';
import { connectPacket, field, pingPacket, publishPacket } from './mqtt-bytes.ts';
import { openAll } from './open-all.ts';

/**
 * Publishes QoS 1 readings as fast as a broker acknowledges them, over plain sockets with bytes made
 * beforehand: per acknowledgement it counts bytes, per half a window it writes one piece of them. Bounded in
 * count and, by `--seconds`, in time. Prints one JSON line: acknowledged messages, seconds, its own CPU seconds.
 */
const { values } = parseArgs({
  options: {
    port: { type: 'string' },
    connections: { type: 'string', default: '50' },
    messages: { type: 'string', default: '100000' },
    window: { type: 'string', default: '100' },
    seconds: { type: 'string', default: '60' },
    user: { type: 'string', default: '' },
    password: { type: 'string', default: '' },
    /** Rounds have event times of their own, so that no key comes twice. */
    round: { type: 'string', default: '0' },
  },
});
const port = Number(values.port);
const connections = Number(values.connections);
const perConnection = Math.ceil(Number(values.messages) / connections);
const window = Number(values.window);
const startAt = Date.now() - 2 * 3_600_000 + Number(values.round) * 600_000;
const ackBytes = 4;
/** CONNACK is four bytes and PINGRESP two; behind them come PUBACKs of four: counting bytes counts packets. */
const greetingBytes = 4 + 2;
/** What comes is only counted, so one buffer does for all sockets. */
const received = Buffer.alloc(64 * 1024);

/** All packets of one device in one piece, and where each begins; ids go round within 1..65535. */
function publishes(device: number): { bytes: Buffer; begins: Uint32Array } {
  const topic = field(`city/v1/bench/dev-${device}/readings`);
  const begins = new Uint32Array(perConnection + 1);
  const packets = Array.from({ length: perConnection }, (_, index) => {
    const at = startAt + index * 10;
    const reading = { at, pm10: (index % 500) / 10, pm2_5: (index % 300) / 10 };
    const packet = publishPacket(topic, index, JSON.stringify(reading));
    begins[index + 1] = (begins[index] ?? 0) + packet.length;
    return packet;
  });
  return { bytes: Buffer.concat(packets), begins };
}

/** One connection of one device. */
class Connection {
  readonly #bytes: Buffer;
  readonly #begins: Uint32Array;
  readonly #socket: Socket;
  #greetedBytes = 0;
  #ackedBytes = 0;
  #sent = 0;
  #isReady = (): void => {};
  #isDone = (): void => {};
  /** The session is open, proved by a ping: plain Aedes loses packets that come while it finishes a CONNECT. */
  readonly ready: Promise<void>;

  constructor(device: number) {
    const { bytes, begins } = publishes(device);
    this.#bytes = bytes;
    this.#begins = begins;
    this.#socket = connect({
      port,
      host: '127.0.0.1',
      noDelay: true,
      onread: {
        buffer: received,
        callback: (length: number) => {
          this.#receive(length);
          return true;
        },
      },
    });
    this.ready = new Promise((resolve, reject) => {
      this.#isReady = resolve;
      this.#socket.once('error', reject);
    });
    this.#socket.on('close', () => this.#isDone());
    this.#socket.write(
      connectPacket(`bench-${values.round}-${device}`, values.user, values.password),
    );
    this.#socket.write(pingPacket);
  }

  /** Publishes all; resolves with how many were acknowledged, also when the broker closes before. */
  run(): Promise<number> {
    return new Promise((resolve) => {
      this.#isDone = () => {
        this.#socket.destroy();
        resolve(Math.floor(this.#ackedBytes / ackBytes));
      };
      this.#send(window);
    });
  }

  #receive(length: number): void {
    const greeting = Math.min(greetingBytes - this.#greetedBytes, length);
    if (greeting > 0) {
      this.#greetedBytes += greeting;
      if (this.#greetedBytes === greetingBytes) this.#isReady();
    }
    this.#ackedBytes += length - greeting;
    const acked = this.#ackedBytes >> 2;
    if (acked >= perConnection) this.#isDone();
    else if (this.#sent > 0 && this.#sent - acked <= window / 2) this.#send(acked + window);
  }

  #send(most: number): void {
    const upTo = Math.min(perConnection, most);
    if (upTo <= this.#sent) return;
    this.#socket.write(this.#bytes.subarray(this.#begins[this.#sent], this.#begins[upTo]));
    this.#sent = upTo;
  }
}

const opened = await openAll(connections, (device) => {
  const connection = new Connection(device);
  return { opened: connection, ready: connection.ready };
});
const cpuBefore = process.cpuUsage();
const threadBefore = mainThreadSeconds();
const startedAt = Date.now();
const begin = performance.now();
const timeout = setTimeout(() => {
  console.error(`not done within ${values.seconds} s`);
  process.exit(1);
}, Number(values.seconds) * 1000);
const counts = await Promise.all(opened.map((connection) => connection.run()));
const seconds = (performance.now() - begin) / 1000;
clearTimeout(timeout);
const { user, system } = process.cpuUsage(cpuBefore);
const acked = counts.reduce((sum, count) => sum + count, 0);
const complete = acked === perConnection * connections;
console.log(
  JSON.stringify({
    acked,
    complete,
    startedAt,
    seconds,
    acksPerS: acked / seconds,
    loaderCpuS: (user + system) / 1e6,
    loaderThreadS: mainThreadSeconds() - threadBefore,
  }),
);
process.exit(complete ? 0 : 1);
