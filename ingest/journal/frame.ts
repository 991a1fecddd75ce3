import { crc32 } from 'node:zlib';

/**
 * One record on disk: magic (4 bytes), length of the payload (u32 LE), checksum (u32 LE), payload. A
 * record is whole or it is not there: a torn write shows as a short or wrong record.
 *
 * The magic is where reading goes on behind damage. Its bytes never occur in UTF-8 text, and a packed record
 * that would have them by chance is not written, so it is not found inside of one. The checksum is the payload's CRC-32 begun with the
 * record's position: bytes of a record that turn up anywhere else (a copy inside another payload, a
 * block that the disk wrote to the wrong place) are no record there.
 */
export const frameHeaderBytes = 12;

export const frameMagic = Buffer.from([0xf5, 0xfe, 0xff, 0xfa]);
const magicNumber = frameMagic.readUInt32LE();

/** A longer length field is damage, not a record. */
export const framePayloadBytesMax = 16 * 1024 * 1024;

/** The payload of one record: text is written as UTF-8. */
export type Payload = string | Buffer;

export function payloadLength(payload: Payload): number {
  return typeof payload === 'string' ? Buffer.byteLength(payload) : payload.length;
}

/**
 * Writes the record that has `position` in the journal into `target` at `offset`, where there must be
 * room for it; returns the offset behind it.
 */
export function writeFrame(
  target: Buffer,
  offset: number,
  payload: Payload,
  position: number,
): number {
  const from = offset + frameHeaderBytes;
  const end =
    from + (typeof payload === 'string' ? target.write(payload, from) : payload.copy(target, from));
  target.writeUInt32LE(magicNumber, offset);
  target.writeUInt32LE(end - from, offset + 4);
  target.writeUInt32LE(checksum(payload, position), offset + 8);
  return end;
}

function checksum(payload: Payload, position: number): number {
  return crc32(payload, position % 2 ** 32);
}

export type Frame =
  /** A whole record; `end` is the offset behind it. */
  | { kind: 'record'; payload: Buffer; end: number }
  /** The bytes end within a record: more must be read, or the tail is torn. */
  | { kind: 'short'; wantedBytes: number }
  /** Magic, length or checksum are wrong. */
  | { kind: 'damaged' };

/**
 * Reads the record that begins at `offset` of `source` and should have `position` in the journal. The
 * payload is a view of `source`, not a copy.
 */
export function readFrame(source: Buffer, offset: number, position: number): Frame {
  const left = source.length - offset;
  if (left < frameHeaderBytes) return { kind: 'short', wantedBytes: frameHeaderBytes };
  const length = source.readUInt32LE(offset + 4);
  if (source.readUInt32LE(offset) !== magicNumber || length === 0 || length > framePayloadBytesMax)
    return { kind: 'damaged' };
  const end = offset + frameHeaderBytes + length;
  if (end > source.length) return { kind: 'short', wantedBytes: frameHeaderBytes + length };
  const payload = source.subarray(offset + frameHeaderBytes, end);
  if (checksum(payload, position) !== source.readUInt32LE(offset + 8)) return { kind: 'damaged' };
  return { kind: 'record', payload, end };
}
