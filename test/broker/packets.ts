/** A CONNECT packet, by hand. */
export function connectPacket(options: {
  clientId: string;
  username?: string;
  password?: string;
  level?: number;
  clean?: boolean;
}): Buffer {
  const { clientId, username, password, level = 4, clean = true } = options;
  const flags =
    (clean ? 2 : 0) | (username === undefined ? 0 : 0x80) | (password === undefined ? 0 : 0x40);
  const body = Buffer.concat([
    text('MQTT'),
    Buffer.from([level, flags, 0, 60]),
    ...(level === 5 ? [Buffer.from([0])] : []),
    text(clientId),
    ...(username === undefined ? [] : [text(username)]),
    ...(password === undefined ? [] : [text(password)]),
  ]);
  return Buffer.concat([Buffer.from([0x10]), remainingLength(body.length), body]);
}

/** A PUBLISH packet; the topic may be bytes that are no text. */
export function publishPacket(options: {
  topic: string | Buffer;
  payload: string;
  qos?: 0 | 1 | 2;
  messageId?: number;
  dup?: boolean;
  retain?: boolean;
}): Buffer {
  const { topic, payload, qos = 0, messageId = 1, dup = false, retain = false } = options;
  const id = qos > 0 ? [Buffer.from([messageId >> 8, messageId & 0xff])] : [];
  const body = Buffer.concat([text(topic), ...id, Buffer.from(payload)]);
  const header = Buffer.from([0x30 | (qos << 1) | (dup ? 8 : 0) | Number(retain)]);
  return Buffer.concat([header, remainingLength(body.length), body]);
}

/** A SUBSCRIBE packet with one filter at QoS 0. */
export function subscribePacket(filter: string): Buffer {
  const body = Buffer.concat([Buffer.from([0, 1]), text(filter), Buffer.from([0])]);
  return Buffer.concat([Buffer.from([0x82]), remainingLength(body.length), body]);
}

function text(value: string | Buffer): Buffer {
  const bytes = Buffer.from(value);
  return Buffer.concat([Buffer.from([bytes.length >> 8, bytes.length & 0xff]), bytes]);
}

function remainingLength(length: number): Buffer {
  const bytes: number[] = [];
  let rest = length;
  do {
    const digit = rest % 128;
    rest = Math.floor(rest / 128);
    bytes.push(rest > 0 ? digit | 0x80 : digit);
  } while (rest > 0);
  return Buffer.from(bytes);
}
