import { isUtf8 } from 'node:buffer';
import type { Rejection } from '../../broker/contract/rejection.ts';
import { airrohr } from './airrohr.ts';
import type { DecodedDevice, DecodeInput, Decoder } from './decoder.ts';
import { native } from './native.ts';
import { senml } from './senml.ts';

/** Every dialect, the most particular shape first: native takes any object. */
const decoders: readonly Decoder[] = [airrohr, senml, native];

const byDialect: ReadonlyMap<string, Decoder> = new Map(
  decoders.map((decoder) => [decoder.dialect, decoder]),
);

/** The names of all dialects. */
export const dialects: readonly string[] = decoders.map((decoder) => decoder.dialect);

export interface Undecoded {
  topic: string;
  payload: Uint8Array;
  headers?: Readonly<Record<string, string>>;
  receivedAt: number;
  /** The dialect where the way in or the device's description names it. */
  dialect?: string | undefined;
}

export interface DecodeResult {
  dialect?: string;
  devices: DecodedDevice[];
  /** The message as a whole could not be understood. */
  rejection?: Rejection;
}

/** Finds the dialect of a message (named, or told apart by shape) and takes it apart. */
export function decode(message: Undecoded): DecodeResult {
  const bytes = message.payload;
  if (bytes.length === 0) return refused('empty-message', 'the payload is empty');
  if (!isUtf8(bytes)) return refused('malformed-payload', 'the payload is not UTF-8 text');
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('utf8');
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (error) {
    // Every dialect so far is JSON; one that is not will want to be asked before this.
    return refused('malformed-payload', `not JSON: ${(error as Error).message}`);
  }
  const { topic, headers = {}, receivedAt } = message;
  const input: DecodeInput = { topic, text, json, headers, receivedAt };
  const decoder = message.dialect
    ? byDialect.get(message.dialect)
    : decoders.find((candidate) => candidate.recognizes(input));
  if (!decoder) {
    return refused(
      'unknown-format',
      message.dialect
        ? `no dialect ${message.dialect}; there are ${dialects.join(', ')}`
        : 'neither a JSON object, a batch, SenML nor airRohr',
    );
  }
  return { dialect: decoder.dialect, devices: decoder.decode(input) };
}

function refused(reason: Rejection['reason'], detail: string): DecodeResult {
  return { devices: [], rejection: { reason, detail: detail.slice(0, 512) } };
}
