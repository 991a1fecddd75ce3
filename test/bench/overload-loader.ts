import { connect, type Socket } from 'node:net';
import { parseArgs } from 'node:util';
import { connectPacket, publishPacket } from '../broker/packets.ts';

/**
 * Those who overdo it, as a process of their own, so that they do not slow the measuring one: `flood`
 * publishes at a rate or at full speed, `slow` sends a byte a second, `storm` opens connections. Over plain
 * sockets with bytes made beforehand. Prints one JSON line when told to by a line on its input.
 */
const { values } = parseArgs({
  options: {
    mode: { type: 'string', default: 'flood' },
    port: { type: 'string' },
    user: { type: 'string', default: '' },
    password: { type: 'string', default: '' },
    connections: { type: 'string', default: '1' },
    /** Messages per second and connection; 0 = full speed. */
    rate: { type: 'string', default: '0' },
    /** Over which time a storm is spread. */
    withinMs: { type: 'string', default: '10000' },
  },
});
const port = Number(values.port);
const count = Number(values.connections);
const rate = Number(values.rate);
/** Unacknowledged messages of one flooding connection. */
const window = 2_000;

function connectOf(clientId: string): Buffer {
  const { user, password } = values;
  return connectPacket({ clientId, ...(user && { username: user, password }) });
}

function open(onData: (chunk: Buffer) => void, onClose = () => {}): Socket {
  const socket = connect({ port, host: '127.0.0.1', noDelay: true });
  socket.on('data', onData);
  socket.on('error', () => {});
  socket.on('close', onClose);
  return socket;
}

/** Says how it stands, as a JSON line, whenever a line comes in. */
function reportOnRequest(report: () => object): void {
  process.stdin.on('data', () => console.log(JSON.stringify(report())));
  process.stdin.on('end', () => process.exit(0));
}

function flood(): void {
  let acked = 0;
  let closed = 0;
  for (let index = 0; index < count; index += 1) {
    const at = Date.now();
    const packets = Array.from({ length: 65_535 }, (_, id) =>
      publishPacket({
        topic: `city/v1/bench/flood-${index}/readings`,
        payload: JSON.stringify({ at: at + id, pm10: (id % 500) / 10 }),
        qos: 1,
        messageId: id + 1,
      }),
    );
    let sent = 0;
    let bytes = 0;
    const mine = () => Math.max(0, Math.floor((bytes - 4) / 4));
    const send = (upTo: number) => {
      const due: Buffer[] = [];
      for (; sent < upTo; sent += 1) due.push(packets[sent % packets.length] ?? Buffer.alloc(0));
      if (due.length > 0) socket.write(Buffer.concat(due));
    };
    const socket = open(
      (chunk) => {
        const before = mine();
        bytes += chunk.length;
        acked += mine() - before;
        if (rate === 0 && sent - mine() <= window / 2) send(mine() + window);
      },
      () => {
        closed += 1;
      },
    );
    socket.write(connectOf(`flood-${index}`));
    if (rate > 0) setInterval(() => send(sent + rate / 10), 100);
  }
  reportOnRequest(() => ({ acked, closed }));
}

/** A third of them before CONNECT is complete, the others in the middle of a PUBLISH. */
function slow(): void {
  let openCount = 0;
  const publish = publishPacket({
    topic: 'city/v1/bench/slow/readings',
    payload: 'x'.repeat(200),
    qos: 1,
  });
  for (let index = 0; index < count; index += 1) {
    let next = 0;
    const connectBytes = connectOf(`slow-${index}`);
    const isSignedIn = index % 3 > 0;
    const bytes = isSignedIn ? publish : connectBytes;
    const socket = open(
      () => {},
      () => {
        openCount -= 1;
        clearInterval(timer);
      },
    );
    openCount += 1;
    if (isSignedIn) socket.write(connectBytes);
    const timer = setInterval(() => socket.write(bytes.subarray(next, ++next)), 1_000);
  }
  reportOnRequest(() => ({ openCount }));
}

function storm(): void {
  const result = { opened: 0, admitted: 0, refused: 0, closed: 0, longestMs: 0 };
  const startedAt = performance.now();
  const openOne = (index: number) => {
    const openedAt = performance.now();
    let isAnswered = false;
    const socket = open(
      (chunk) => {
        if (isAnswered) return;
        isAnswered = true;
        if (chunk[3] === 0) result.admitted += 1;
        else result.refused += 1;
        result.longestMs = Math.max(result.longestMs, performance.now() - openedAt);
      },
      () => {
        if (!isAnswered) result.closed += 1;
      },
    );
    socket.write(connectOf(`storm-${index}`));
  };
  const timer = setInterval(() => {
    const due = Math.min(
      count,
      (count * (performance.now() - startedAt)) / Number(values.withinMs),
    );
    while (result.opened < due) openOne(result.opened++);
    if (result.opened >= count) clearInterval(timer);
  }, 10);
  reportOnRequest(() => result);
}

({ flood, slow, storm })[values.mode as 'flood' | 'slow' | 'storm']();
