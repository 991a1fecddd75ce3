import { connect, type Socket } from 'node:net';
import { parseArgs } from 'node:util';
import { connectPacket, field, packet, pingPacket } from './mqtt-bytes.ts';
import { openAll } from './open-all.ts';

/**
 * Devices that have nothing to say: signed in, subscribed to their commands, alive by a ping each 45 s. Prints a line
 * of JSON when all are there, and one more for each line of its input: how many are still connected.
 */
const { values } = parseArgs({
  options: {
    port: { type: 'string' },
    user: { type: 'string', default: 'bench' },
    password: { type: 'string', default: '' },
    connections: { type: 'string', default: '1000' },
    /** Number of the first device. */
    first: { type: 'string', default: '0' },
    /** Own address: one has no more than about 28,000 ports. */
    address: { type: 'string', default: '127.0.0.1' },
    seconds: { type: 'string', default: '300' },
  },
});
const keepaliveS = 60;
const pingMs = 45_000;
/** CONNACK has four bytes, SUBACK five. */
const greetingBytes = 4 + 5;
const received = Buffer.alloc(64 * 1024);

/** From the first connection on: one that is never answered ends here too. */
setTimeout(() => {
  console.error(`idle devices end: their bound of ${values.seconds} s is over`);
  process.exit(1);
}, Number(values.seconds) * 1000);

const sockets: Socket[] = [];
let closed = 0;

function open(index: number): { opened: Socket; ready: Promise<void> } {
  const device = Number(values.first) + index;
  let bytes = 0;
  let isReady = (): void => {};
  const callback = (length: number): boolean => {
    bytes += length;
    if (bytes >= greetingBytes) isReady();
    return true;
  };
  const socket = connect({
    port: Number(values.port),
    host: '127.0.0.1',
    localAddress: values.address,
    noDelay: true,
    onread: { buffer: received, callback },
  });
  const ready = new Promise<void>((resolve, reject) => {
    isReady = resolve;
    socket.once('error', reject);
    socket.once('close', () => {
      closed += 1;
      reject(new Error(`connection ${device} was closed`));
    });
  });
  const { user, password } = values;
  socket.write(connectPacket(`idle-${device}`, user, password, keepaliveS));
  const filter = field(`city/v1/${user}/dev-${device}/commands`);
  socket.write(packet(0x82, Buffer.concat([Buffer.from([0, 1]), filter, Buffer.from([1])])));
  return { opened: socket, ready };
}

const report = (): void =>
  console.log(JSON.stringify({ connected: sockets.length - closed, closed }));

sockets.push(...(await openAll(Number(values.connections), open)));
let next = 0;
// A few at a time, as devices would.
setInterval(() => {
  const upTo = next + Math.ceil(sockets.length / (pingMs / 100));
  for (; next < upTo; next += 1) sockets[next % sockets.length]?.write(pingPacket);
}, 100);
report();
process.stdin.on('data', report);
process.stdin.on('end', () => process.exit(0));
