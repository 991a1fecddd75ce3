import { crc32 } from 'node:zlib';

/**
 * One record on disk: length (u32 LE), CRC-32 of the payload (u32 LE), payload. A record is whole or it
 * is not there: a torn write shows as a short or wrong record.
 */
export const frameHeaderBytes = 8;

/** A longer length field is damage, not a record. */
export const framePayloadBytesMax = 16 * 1024 * 1024;

/** Writes one record into `target` at `offset`; returns the offset behind it. */
export function writeFrame(target: Buffer, offset: number, payload: Buffer): number {
  target.writeUInt32LE(payload.length, offset);
  target.writeUInt32LE(crc32(payload), offset + 4);
  payload.copy(target, offset + frameHeaderBytes);
  return offset + frameHeaderBytes + payload.length;
}

export type Frame =
  /** A whole record; `end` is the offset behind it. */
  | { kind: 'record'; payload: Buffer; end: number }
  /** The bytes end within a record: more must be read, or the tail is torn. */
  | { kind: 'short'; wantedBytes: number }
  /** Length or checksum are wrong. */
  | { kind: 'damaged' };

/** Reads the record that begins at `offset`. The payload is a view of `source`, not a copy. */
export function readFrame(source: Buffer, offset: number): Frame {
  const left = source.length - offset;
  if (left < frameHeaderBytes) return { kind: 'short', wantedBytes: frameHeaderBytes };
  const length = source.readUInt32LE(offset);
  if (length === 0 || length > framePayloadBytesMax) return { kind: 'damaged' };
  const wantedBytes = frameHeaderBytes + length;
  if (left < wantedBytes) return { kind: 'short', wantedBytes };
  const payload = source.subarray(offset + frameHeaderBytes, offset + wantedBytes);
  if (crc32(payload) !== source.readUInt32LE(offset + 4)) return { kind: 'damaged' };
  return { kind: 'record', payload, end: offset + wantedBytes };
}
