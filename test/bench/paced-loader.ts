import { connect, type Socket } from 'node:net';
import { parseArgs } from 'node:util';
import { connectPacket, field, pingPacket, publishPacket } from './mqtt-bytes.ts';

/**
 * Publishes QoS 1 readings at a steady rate, round the devices `<user>/dev-0` to `dev-<n>`, each time with another
 * value. Bounded in time. Prints one JSON line at the end: sent, acknowledged, the most that waited at once.
 */
const { values } = parseArgs({
  options: {
    port: { type: 'string' },
    user: { type: 'string', default: 'bench' },
    password: { type: 'string', default: '' },
    devices: { type: 'string', default: '5000' },
    rate: { type: 'string', default: '2000' },
    seconds: { type: 'string', default: '60' },
    connections: { type: 'string', default: '10' },
  },
});
const devices = Number(values.devices);
const rate = Number(values.rate);
const tickMs = 50;
const ackBytes = 4;
const greetingBytes = 4 + 2;

const topics = Array.from({ length: devices }, (_, index) =>
  field(`city/v1/${values.user}/dev-${index}/readings`),
);
let sent = 0;
let received = 0;
let waitingMost = 0;

function open(index: number): Promise<Socket> {
  const socket = connect({ port: Number(values.port), host: '127.0.0.1', noDelay: true });
  socket.write(connectPacket(`paced-${index}`, values.user, values.password));
  socket.write(pingPacket);
  socket.on('data', (chunk) => {
    received += chunk.length;
  });
  return new Promise((resolve, reject) => {
    socket.once('data', () => resolve(socket));
    socket.once('error', reject);
  });
}

const sockets = await Promise.all(
  Array.from({ length: Number(values.connections) }, (_, i) => open(i)),
);
const acked = () => Math.max(0, (received - greetingBytes * sockets.length) / ackBytes);
const startedAt = performance.now();

/** What is due by now; a tick that came late makes up for it, but never more than a second's worth. */
function publishDue(): void {
  const due = Math.min(sent + rate, Math.floor(((performance.now() - startedAt) / 1000) * rate));
  const parts = sockets.map((): Buffer[] => []);
  for (; sent < due; sent += 1) {
    const topic = topics[sent % devices];
    const round = Math.floor(sent / devices);
    const value = ((sent * 37 + round * 101) % 400) / 10;
    if (topic) parts[sent % parts.length]?.push(publishPacket(topic, sent, `{"pm2_5":${value}}`));
  }
  for (const [index, part] of parts.entries()) {
    if (part.length > 0) sockets[index]?.write(Buffer.concat(part));
  }
  waitingMost = Math.max(waitingMost, sent - acked());
}

const timer = setInterval(publishDue, tickMs);
function finish(): void {
  clearInterval(timer);
  for (const socket of sockets) socket.destroy();
  console.log(JSON.stringify({ sent, acked: Math.floor(acked()), waitingMost }));
  process.exit(0);
}
setTimeout(finish, Number(values.seconds) * 1000);
process.on('SIGTERM', finish);
