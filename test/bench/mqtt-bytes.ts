/** MQTT 3.1.1 packets as bytes, for loaders that must cost next to nothing. */

/** A string with its length before it. */
export function field(text: string): Buffer {
  const bytes = Buffer.from(text);
  return Buffer.concat([Buffer.from([bytes.length >> 8, bytes.length & 255]), bytes]);
}

/** A packet of a first byte and a body, with the body's length between them. */
export function packet(header: number, body: Buffer): Buffer {
  const length: number[] = [];
  let left = body.length;
  do {
    length.push((left & 127) | (left > 127 ? 128 : 0));
    left >>= 7;
  } while (left > 0);
  return Buffer.concat([Buffer.from([header, ...length]), body]);
}

/** A clean session; without a keepalive unless told, without a user without credentials. */
export function connectPacket(clientId: string, user = '', password = '', keepaliveS = 0): Buffer {
  const credentials = user ? [field(user), field(password)] : [];
  const flags = 2 | (user ? 0xc0 : 0);
  return packet(
    0x10,
    Buffer.concat([
      field('MQTT'),
      Buffer.from([4, flags, 0, keepaliveS]),
      field(clientId),
      ...credentials,
    ]),
  );
}

/** A QoS 1 PUBLISH; ids go round within 1..65535. */
export function publishPacket(topic: Buffer, index: number, payload: string): Buffer {
  const id = (index % 65_535) + 1;
  return packet(
    0x32,
    Buffer.concat([topic, Buffer.from([id >> 8, id & 255]), Buffer.from(payload)]),
  );
}

export const pingPacket = Buffer.from([0xc0, 0]);
