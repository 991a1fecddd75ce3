import type { Rejection } from '../../broker/contract/rejection.ts';

/** What a decoder gets to see of a message. */
export interface DecodeInput {
  topic: string;
  /** The payload as text; ill-formed UTF-8 was refused before. */
  text: string;
  /** The payload as JSON, where it is JSON; `__proto__` and the like are plain keys. */
  json: unknown;
  headers: Readonly<Record<string, string>>;
  /** Arrival, epoch ms UTC. */
  receivedAt: number;
}

/** One value as the device sent it, its metric already under the catalogue's name where the dialect knows it. */
export interface DecodedReading {
  metric: string;
  /** A number, a numeric string, or whatever else was sent: the validate stage judges it. */
  value: unknown;
  /** The instant as sent; undefined = arrival. */
  at: unknown;
  /** From the dialect's unit to the catalogue's. */
  convert?: (value: number) => number;
}

/** What one device says in one message. */
export interface DecodedDevice {
  /** The device's own name, where the message tells it. */
  device?: string | undefined;
  readings: DecodedReading[];
  /** Parts that could not be understood; the rest of the message is kept. */
  rejections: Rejection[];
}

/**
 * Takes the messages of one dialect apart. Pure: no clock, no registry, no exception for bad input.
 * A new dialect is one file that exports a Decoder and one line in `registry.ts`.
 */
export interface Decoder {
  /** The name in `/api/v1/push/<dialect>` and in a device's description. */
  dialect: string;
  /** True when the message has the shape of this dialect. */
  recognizes(input: DecodeInput): boolean;
  decode(input: DecodeInput): DecodedDevice[];
}

/** A JSON object (not an array, not null). */
export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** What was got, short enough for a rejection's detail and a log line. Never throws, whatever was sent. */
export function shown(value: unknown): string {
  const text = jsonOf(typeof value === 'string' ? value.slice(0, shownCharsMax) : value);
  return text.length > shownCharsMax ? `${text.slice(0, shownCharsMax - 3)}…` : text;
}

const shownCharsMax = 80;

function jsonOf(value: unknown): string {
  try {
    return JSON.stringify(value) ?? String(value);
  } catch {
    // JSON.parse reads deeper than JSON.stringify can write.
    return 'something nested too deeply';
  }
}
