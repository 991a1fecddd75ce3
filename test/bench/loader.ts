import { connect, type Socket } from 'node:net';
import { parseArgs } from 'node:util';
import { connectPacket, field, pingPacket, publishPacket } from './mqtt-bytes.ts';

/**
 * Publishes QoS 1 readings as fast as a broker acknowledges them, over plain sockets with bytes made
 * beforehand, so that the loader costs as little as possible. Bounded in count and, by `--seconds`, in
 * time. Prints one JSON line: acknowledged messages, seconds, acks per second, its own CPU seconds.
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
    /** First device number and event time, so that rounds do not repeat keys. */
    round: { type: 'string', default: '0' },
  },
});
const port = Number(values.port);
const connections = Number(values.connections);
const perConnection = Math.ceil(Number(values.messages) / connections);
const window = Number(values.window);
const startAt = Date.now() - 3_600_000 + Number(values.round) * 600_000;

const readyBytes = 4 + 2;

/** One PUBLISH per message; the id goes round within 1..65535. */
function publishes(device: number): Buffer[] {
  const topic = field(`city/v1/bench/dev-${device}/readings`);
  return Array.from({ length: perConnection }, (_, index) => {
    const reading = {
      at: startAt + index * 10,
      pm10: (index % 500) / 10,
      pm2_5: (index % 300) / 10,
    };
    return publishPacket(topic, index, JSON.stringify(reading));
  });
}

/** Runs one connection until all its messages are acknowledged; resolves with their number. */
function runConnection(
  device: number,
  packets: readonly Buffer[],
): { ready: Promise<void>; go(): Promise<number> } {
  const socket: Socket = connect({ port, host: '127.0.0.1', noDelay: true });
  let started = false;
  let sent = 0;
  let ackedBytes = 0;
  let greetingBytes = 0;
  let isReady = (): void => {};
  let isDone = (_acked: number): void => {};
  const ready = new Promise<void>((resolve, reject) => {
    isReady = resolve;
    socket.once('error', reject);
  });
  function send(): void {
    const upTo = Math.min(packets.length, Math.floor(ackedBytes / 4) + window);
    if (upTo <= sent) return;
    socket.write(Buffer.concat(packets.slice(sent, upTo)));
    sent = upTo;
  }
  socket.on('data', (chunk) => {
    // CONNACK is four bytes and PINGRESP two; behind them come PUBACKs of four: counting bytes counts packets.
    const toReady = Math.min(readyBytes - greetingBytes, chunk.length);
    greetingBytes += toReady;
    if (toReady > 0 && greetingBytes === readyBytes) isReady();
    ackedBytes += chunk.length - toReady;
    if (ackedBytes >= packets.length * 4) isDone(packets.length);
    else if (started && sent - ackedBytes / 4 <= window / 2) send();
  });
  socket.on('close', () => isDone(Math.floor(ackedBytes / 4)));
  // A ping that is answered proves that the session is open: plain Aedes loses packets that come while
  // it still finishes a CONNECT.
  socket.write(connectPacket(`bench-${values.round}-${device}`, values.user, values.password));
  socket.write(pingPacket);
  return {
    ready,
    go: () =>
      new Promise((resolve) => {
        isDone = (acked) => {
          socket.destroy();
          resolve(acked);
        };
        started = true;
        send();
      }),
  };
}

const runs = Array.from({ length: connections }, (_, device) =>
  runConnection(device, publishes(device)),
);
await Promise.all(runs.map(({ ready }) => ready));
const cpuBefore = process.cpuUsage();
const begin = process.hrtime.bigint();
const timeout = setTimeout(() => {
  console.error(`not done within ${values.seconds} s`);
  process.exit(1);
}, Number(values.seconds) * 1000);
const acked = (await Promise.all(runs.map(({ go }) => go()))).reduce(
  (sum, count) => sum + count,
  0,
);
const seconds = Number(process.hrtime.bigint() - begin) / 1e9;
clearTimeout(timeout);
const { user, system } = process.cpuUsage(cpuBefore);
const complete = acked === perConnection * connections;
console.log(
  JSON.stringify({
    acked,
    complete,
    seconds,
    acksPerS: acked / seconds,
    loaderCpuS: (user + system) / 1e6,
  }),
);
process.exit(complete ? 0 : 1);
