/** Bytes of MQTT 3.1.1 packets, well-formed or not: whatever is not given is what the standard wants. */

/** A text field: two bytes of length and then the bytes, which need not be text. */
export function field(value: string | Buffer, announced?: number): Buffer {
  const bytes = Buffer.from(value);
  return Buffer.concat([uint16(announced ?? bytes.length), bytes]);
}

export function uint16(value: number): Buffer {
  return Buffer.from([value >> 8, value & 0xff]);
}

/** A packet of a first byte and a body. */
export function packet(first: number, ...body: (Buffer | number[])[]): Buffer {
  const bytes = Buffer.concat(body.map((part) => Buffer.from(part)));
  return Buffer.concat([Buffer.from([first]), remainingLength(bytes.length), bytes]);
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

export interface Will {
  topic: string | Buffer;
  payload: string;
  qos?: number;
  retain?: boolean;
}

export interface Connect {
  id: string | Buffer;
  name?: string | Buffer;
  level?: number;
  clean?: boolean;
  keepAlive?: number;
  will?: Will;
  /** False: none. By default those of an account that may say and hear everything. */
  user?: string | Buffer | false;
  password?: string | Buffer | false;
  /** Added to the flags that follow from the rest. */
  flags?: number;
  /** Bytes behind the end. */
  tail?: Buffer;
  first?: number;
}

/** The account that the cases sign in with. */
export const credentials = { user: 'admin', password: 'the-admin-token' };

export function connect(options: Connect): Buffer {
  const { id, will, name = 'MQTT', level = 4, clean = true, keepAlive = 0 } = options;
  const { user = credentials.user, password = credentials.password, tail, first } = options;
  const willFlags = will ? 4 | ((will.qos ?? 0) << 3) | (will.retain ? 0x20 : 0) : 0;
  const signIn = (user === false ? 0 : 0x80) | (password === false ? 0 : 0x40);
  const flags = (clean ? 2 : 0) | willFlags | signIn | (options.flags ?? 0);
  return packet(
    first ?? 0x10,
    field(name),
    [level, flags],
    uint16(keepAlive),
    field(id),
    ...(will ? [field(will.topic), field(will.payload)] : []),
    ...(user === false ? [] : [field(user)]),
    ...(password === false ? [] : [field(password)]),
    ...(tail ? [tail] : []),
  );
}

export interface Publish {
  qos?: number;
  id?: number;
  retain?: boolean;
  dup?: boolean;
}

export function publish(
  topic: string | Buffer,
  payload: string | Buffer,
  { qos = 0, id = 1, retain = false, dup = false }: Publish = {},
): Buffer {
  const first = 0x30 | (qos << 1) | (retain ? 1 : 0) | (dup ? 8 : 0);
  return packet(first, field(topic), qos > 0 ? uint16(id) : [], Buffer.from(payload));
}

export type Filter = readonly [filter: string | Buffer, qos: number];

export function subscribe(id: number, ...filters: readonly Filter[]): Buffer {
  return packet(0x82, uint16(id), ...filters.flatMap(([filter, qos]) => [field(filter), [qos]]));
}

export function unsubscribe(id: number, ...filters: readonly (string | Buffer)[]): Buffer {
  return packet(0xa2, uint16(id), ...filters.map((filter) => field(filter)));
}

export const puback = (id: number): Buffer => packet(0x40, uint16(id));
export const pubrec = (id: number): Buffer => packet(0x50, uint16(id));
export const pubrel = (id: number): Buffer => packet(0x62, uint16(id));
export const pubcomp = (id: number): Buffer => packet(0x70, uint16(id));
export const pingreq = packet(0xc0);
export const disconnect = packet(0xe0);
