/**
 * As much of Thrift's compact protocol as the footer of a Parquet file needs: structures are read into trees and
 * written again, fields that nobody here knows included.
 * Source: github.com/apache/thrift, doc/specs/thrift-compact-protocol.md.
 */
export type ThriftValue =
  | { type: 'bool'; value: boolean }
  | { type: 'byte' | 'i16' | 'i32' | 'i64'; value: bigint }
  | { type: 'double' | 'binary'; value: Buffer }
  | { type: 'list'; items: ThriftValue[]; itemType: number }
  | ThriftStruct;

export interface ThriftStruct {
  type: 'struct';
  fields: Map<number, ThriftValue>;
}

const codes = {
  true: 1,
  false: 2,
  byte: 3,
  i16: 4,
  i32: 5,
  i64: 6,
  double: 7,
  binary: 8,
  list: 9,
  set: 10,
  struct: 12,
} as const;

/** Reads a structure that begins at the start of a buffer. @throws Error when it is not one */
export function readStruct(buffer: Buffer): ThriftStruct {
  return new Reader(buffer).struct();
}

export function writeStruct(struct: ThriftStruct): Buffer {
  const bytes: Buffer[] = [];
  putStruct(struct, bytes);
  return Buffer.concat(bytes);
}

class Reader {
  readonly #buffer: Buffer;
  #at = 0;

  constructor(buffer: Buffer) {
    this.#buffer = buffer;
  }

  struct(): ThriftStruct {
    const fields = new Map<number, ThriftValue>();
    let id = 0;
    for (;;) {
      const header = this.#byte();
      if (header === 0) return { type: 'struct', fields };
      const delta = header >> 4;
      id = delta === 0 ? Number(this.#zigzag()) : id + delta;
      fields.set(id, this.#value(header & 15, false));
    }
  }

  #value(code: number, inList: boolean): ThriftValue {
    switch (code) {
      case codes.true:
      case codes.false:
        return { type: 'bool', value: (inList ? this.#byte() : code) === codes.true };
      case codes.byte:
        return { type: 'byte', value: BigInt(this.#byte()) };
      case codes.i16:
        return { type: 'i16', value: this.#zigzag() };
      case codes.i32:
        return { type: 'i32', value: this.#zigzag() };
      case codes.i64:
        return { type: 'i64', value: this.#zigzag() };
      case codes.double:
        return { type: 'double', value: this.#bytes(8) };
      case codes.binary:
        return { type: 'binary', value: this.#bytes(Number(this.#varint())) };
      case codes.list:
        return this.#list();
      case codes.struct:
        return this.struct();
      default:
        throw new Error(`a footer with a field of type ${code} is not understood`);
    }
  }

  #list(): ThriftValue {
    const header = this.#byte();
    const itemType = header & 15;
    const size = header >> 4 === 15 ? Number(this.#varint()) : header >> 4;
    const items: ThriftValue[] = [];
    for (let index = 0; index < size; index++) items.push(this.#value(itemType, true));
    return { type: 'list', items, itemType };
  }

  #byte(): number {
    const byte = this.#buffer[this.#at++];
    if (byte === undefined) throw new Error('a footer ends too early');
    return byte;
  }

  #bytes(length: number): Buffer {
    const end = this.#at + length;
    if (end > this.#buffer.length) throw new Error('a footer ends too early');
    const bytes = this.#buffer.subarray(this.#at, end);
    this.#at = end;
    return bytes;
  }

  #varint(): bigint {
    let value = 0n;
    for (let shift = 0n; shift < 70n; shift += 7n) {
      const byte = this.#byte();
      value |= BigInt(byte & 127) << shift;
      if (byte < 128) return value;
    }
    throw new Error('a footer holds a number that is too long');
  }

  #zigzag(): bigint {
    const value = this.#varint();
    return (value >> 1n) ^ -(value & 1n);
  }
}

function putStruct({ fields }: ThriftStruct, bytes: Buffer[]): void {
  let last = 0;
  for (const [id, value] of [...fields].sort(([a], [b]) => a - b)) {
    const code =
      value.type === 'bool' ? (value.value ? codes.true : codes.false) : codes[value.type];
    const delta = id - last;
    if (delta > 0 && delta < 16) bytes.push(Buffer.of((delta << 4) | code));
    else bytes.push(Buffer.of(code), zigzag(BigInt(id)));
    last = id;
    if (value.type !== 'bool') putValue(value, bytes);
  }
  bytes.push(Buffer.of(0));
}

function putValue(value: ThriftValue, bytes: Buffer[]): void {
  switch (value.type) {
    case 'bool':
      bytes.push(Buffer.of(value.value ? codes.true : codes.false));
      return;
    case 'byte':
      bytes.push(Buffer.of(Number(value.value)));
      return;
    case 'i16':
    case 'i32':
    case 'i64':
      bytes.push(zigzag(value.value));
      return;
    case 'double':
      bytes.push(value.value);
      return;
    case 'binary':
      bytes.push(varint(BigInt(value.value.length)), value.value);
      return;
    case 'list': {
      const { items, itemType } = value;
      if (items.length < 15) bytes.push(Buffer.of((items.length << 4) | itemType));
      else bytes.push(Buffer.of(0xf0 | itemType), varint(BigInt(items.length)));
      for (const item of items) putValue(item, bytes);
      return;
    }
    case 'struct':
      putStruct(value, bytes);
  }
}

function varint(value: bigint): Buffer {
  const bytes: number[] = [];
  let rest = value;
  while (rest > 127n) {
    bytes.push(Number(rest & 127n) | 128);
    rest >>= 7n;
  }
  bytes.push(Number(rest));
  return Buffer.from(bytes);
}

function zigzag(value: bigint): Buffer {
  return varint(value >= 0n ? value << 1n : (-value << 1n) - 1n);
}
