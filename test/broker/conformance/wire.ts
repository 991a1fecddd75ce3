import { connect as connectSocket, type Socket } from 'node:net';

/** A client of bytes: sends anything, and tells what it receives as one line a packet. */
export interface Wire {
  send(bytes: Buffer): void;
  /** The next packet in words, or `closed`; `nothing` when neither comes in time. */
  next(waitMs: number): Promise<string>;
  /** Packet id of the last PUBLISH received, for its acknowledgement. */
  lastId(): number;
  /** Ends the connection without a DISCONNECT. */
  cut(): void;
}

export async function openWire(port: number): Promise<Wire> {
  const socket = connectSocket({ port, host: '127.0.0.1', noDelay: true });
  const inbox = createInbox(socket);
  await new Promise<void>((resolve, reject) => {
    socket.once('connect', resolve);
    socket.once('error', reject);
  });
  socket.on('error', () => {});
  let lastId = 0;
  return {
    send: (bytes) => void socket.write(bytes),
    async next(waitMs) {
      const received = await inbox.take(waitMs);
      if (typeof received === 'string') return received;
      if (received.id !== undefined) lastId = received.id;
      return received.text;
    },
    lastId: () => lastId,
    cut: () => void socket.destroy(),
  };
}

interface Received {
  text: string;
  id?: number;
}

/** Packets as they come, for one reader. */
function createInbox(socket: Socket): { take(waitMs: number): Promise<Received | string> } {
  let rest: Buffer = Buffer.alloc(0);
  const packets: Received[] = [];
  let isClosed = false;
  let notify = () => {};
  socket.on('data', (chunk: Buffer) => {
    rest = Buffer.concat([rest, chunk]);
    for (let taken = takePacket(rest); taken; taken = takePacket(rest)) {
      packets.push(inWords(taken.first, taken.body));
      rest = taken.rest;
    }
    notify();
  });
  socket.on('close', () => {
    isClosed = true;
    notify();
  });
  return {
    async take(waitMs) {
      if (packets.length === 0 && !isClosed) {
        await new Promise<void>((resolve) => {
          const timer = setTimeout(resolve, waitMs);
          notify = () => {
            if (packets.length === 0 && !isClosed) return;
            clearTimeout(timer);
            resolve();
          };
        });
      }
      return packets.shift() ?? (isClosed ? 'closed' : 'nothing');
    },
  };
}

function takePacket(bytes: Buffer): { first: number; body: Buffer; rest: Buffer } | undefined {
  let length = 0;
  for (let index = 1; index < 5; index += 1) {
    const digit = bytes[index];
    if (digit === undefined) return undefined;
    length += (digit & 0x7f) * 128 ** (index - 1);
    if (digit & 0x80) continue;
    const end = index + 1 + length;
    if (bytes.length < end) return undefined;
    return {
      first: bytes[0] ?? 0,
      body: bytes.subarray(index + 1, end),
      rest: bytes.subarray(end),
    };
  }
  throw new Error('the server sent a remaining length of more than four bytes');
}

const names = new Map([
  [0x40, 'puback'],
  [0x50, 'pubrec'],
  [0x62, 'pubrel'],
  [0x70, 'pubcomp'],
  [0xb0, 'unsuback'],
]);

/** What a packet says. Reserved bits and lengths are part of it: a wrong one gives other words. */
function inWords(first: number, body: Buffer): Received {
  if (first >> 4 === 3) return publishInWords(first, body);
  const isShort = body.length === 2;
  if (first === 0x20 && isShort) return { text: `connack ${body[0]} ${body[1]}` };
  if (first === 0x90) return { text: `suback ${body.readUInt16BE(0)}: ${[...body.subarray(2)]}` };
  if (first === 0xd0 && body.length === 0) return { text: 'pingresp' };
  const name = names.get(first);
  if (name && isShort) return { text: `${name} ${body.readUInt16BE(0)}` };
  return { text: `unexpected ${first.toString(16)} ${body.toString('hex')}` };
}

function publishInWords(first: number, body: Buffer): Received {
  const topicEnd = 2 + body.readUInt16BE(0);
  const topic = body.subarray(2, topicEnd).toString();
  const qos = (first >> 1) & 3;
  const flags = `${first & 8 ? ' dup' : ''}${first & 1 ? ' retain' : ''}`;
  const payload = body.subarray(topicEnd + (qos > 0 ? 2 : 0)).toString();
  const text = `publish q${qos}${flags} ${topic}=${payload}`;
  return qos > 0 ? { text, id: body.readUInt16BE(topicEnd) } : { text };
}
