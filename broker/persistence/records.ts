/** How the broker's state is laid out on disk: one record each, under keys that begin with their kind. */
export const keys = {
  session: (no: number) => `s/${no}`,
  queued: (no: number, seq: number) => `q/${no}/${seq}`,
  retained: (topic: string) => `r/${topic}`,
  incoming: (no: number, messageId: number) => `i/${no}/${messageId}`,
} as const;

/** What a message is when nobody is sending it: no packet id, no flags. */
export interface StoredMessage {
  topic: string;
  payload: Buffer;
  qos: 0 | 1 | 2;
}

export interface StoredSession {
  no: number;
  clientId: string;
  owner: string;
  isPlatform: boolean;
  filters: [filter: string, qos: number][];
  /** Last known to be connected, epoch ms UTC. */
  seenAt: number;
}

/** All records of a state file, sorted by what they are. */
export interface StoredState {
  sessions: StoredSession[];
  /** Oldest first. */
  queued: { no: number; seq: number; message: StoredMessage }[];
  retained: StoredMessage[];
  incoming: { no: number; messageId: number }[];
}

export function encodeMessage({ topic, payload, qos }: StoredMessage): Buffer {
  const topicBytes = Buffer.from(topic);
  const head = Buffer.allocUnsafe(3);
  head.writeUInt8(qos, 0);
  head.writeUInt16LE(topicBytes.length, 1);
  return Buffer.concat([head, topicBytes, payload]);
}

export function encodeSession(session: StoredSession): Buffer {
  return Buffer.from(JSON.stringify(session));
}

/** Reads what was written with the functions above. @throws when a key or a record is none of them */
export function decodeState(entries: Iterable<[string, Buffer]>): StoredState {
  const state: StoredState = { sessions: [], queued: [], retained: [], incoming: [] };
  for (const [key, body] of entries) {
    const [kind, no, last] = key.split('/', 3);
    if (kind === 's') state.sessions.push(JSON.parse(body.toString()) as StoredSession);
    else if (kind === 'q')
      state.queued.push({ no: Number(no), seq: Number(last), message: decodeMessage(body) });
    else if (kind === 'r') state.retained.push(decodeMessage(body));
    else if (kind === 'i') state.incoming.push({ no: Number(no), messageId: Number(last) });
    else throw new Error('a record is of an unknown kind');
  }
  state.queued.sort((left, right) => left.seq - right.seq);
  return state;
}

function decodeMessage(body: Buffer): StoredMessage {
  const qos = body.readUInt8(0);
  const payloadAt = 3 + body.readUInt16LE(1);
  return {
    topic: body.toString('utf8', 3, payloadAt),
    payload: body.subarray(payloadAt),
    qos: qos === 2 ? 2 : qos === 1 ? 1 : 0,
  };
}
