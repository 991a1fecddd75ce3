import type { MetricName } from '../../broker/contract/metrics.ts';
import type { RejectReason } from '../../broker/contract/rejection.ts';
import type { Sample } from '../sensors/sensor.ts';

/** What a faulty firmware makes of a sample, and what a platform that keeps the contract answers. */
export interface BadPayload {
  payload: string | Uint8Array;
  /** One for each part that is rejected. */
  rejected: readonly RejectReason[];
  /** What is kept of it all the same. */
  kept: readonly Sample[];
}

type Spoil = (sample: Sample) => BadPayload;

const yearMs = 365 * 86_400_000;

/** A platform takes 256 KiB: this is large, and yet a case of a bad name and not of a bad packet. */
const hugeChars = 200_000;

function native({ at, values }: Sample): Record<string, unknown> {
  return { at, ...values };
}

/** All values of the sample changed in one way, each rejected for one reason. */
function each(reason: RejectReason, change: (value: number) => unknown): Spoil {
  return ({ at, values }) => {
    const changed = Object.entries(values).map(([metric, value]) => [metric, change(value)]);
    const body = { at, ...Object.fromEntries(changed) };
    return { payload: JSON.stringify(body), rejected: changed.map(() => reason), kept: [] };
  };
}

/** The sample with another instant: each of its values is rejected. */
function timed(reason: RejectReason, instant: (at: number) => unknown): Spoil {
  return (sample) => ({
    payload: JSON.stringify({ ...native(sample), at: instant(sample.at) }),
    rejected: Object.keys(sample.values).map(() => reason),
    kept: [],
  });
}

/** The message as a whole is rejected. */
function whole(reason: RejectReason, spoil: (text: string) => string | Uint8Array): Spoil {
  return (sample) => ({
    payload: spoil(JSON.stringify(native(sample))),
    rejected: [reason],
    kept: [],
  });
}

/** Malformed messages by name, each with the reason that the contract gives for it. */
const spoils = {
  /** Cut off by a buffer that was too small. */
  'truncated-json': whole('malformed-payload', (text) => text.slice(0, -3)),
  /** C's way to print what is no number; JSON has no such word. */
  'bare-nan': whole('malformed-payload', (text) => text.replace(/:[^:]*}$/, ':NaN}')),
  'not-utf8': whole('malformed-payload', (text) =>
    Buffer.from(text.replace('"at"', '"µt"'), 'latin1'),
  ),
  empty: whole('empty-message', () => ''),
  'empty-object': whole('empty-message', () => '{}'),
  'null-values': ({ at, values }) => ({
    payload: JSON.stringify({ at, ...mapped(values, () => null) }),
    rejected: ['empty-message'],
    kept: [],
  }),
  'bare-array': whole('unknown-format', () => '[12.3,8.1]'),
  'bare-text': whole('unknown-format', () => '"sensor error"'),
  'readings-no-list': whole('unknown-format', (text) => `{"readings":${text}}`),
  'text-nan': each('not-a-number', () => 'nan'),
  'nested-values': each('not-a-number', (value) => ({ value })),
  /** A thousandth of the unit that the catalogue has: nothing of this size can be measured. */
  'wrong-unit': each('out-of-range', (value) => (value === 0 ? -1e12 : value * 1e12)),
  /** SenML of which the unit does not go with the name. */
  'unknown-unit': whole('unknown-unit', () => '[{"n":"temperature","u":"dBm","v":21.5}]'),
  'unknown-metric': (sample) => ({
    payload: JSON.stringify({ ...native(sample), particulate_stuff: 12.3 }),
    rejected: ['unknown-metric'],
    kept: [sample],
  }),
  'huge-payload': whole('unknown-metric', () => JSON.stringify({ ['x'.repeat(hugeChars)]: 1 })),
  'local-time': timed('invalid-timestamp', (at) => new Date(at).toISOString().slice(0, 19)),
  'future-time': timed('future-timestamp', (at) => at + 10 * yearMs),
  /** The clock of a chip that lost its battery. */
  'expired-time': timed('expired-timestamp', () => Date.UTC(2000, 0, 1)),
  /** Text instead of numbers is allowed: nothing may be lost of it. */
  'text-numbers': (sample) => ({
    payload: JSON.stringify({ at: sample.at, ...mapped(sample.values, String) }),
    rejected: [],
    kept: [sample],
  }),
} as const satisfies Record<string, Spoil>;

export type BadPayloadName = keyof typeof spoils;

export const badPayloadNames = Object.keys(spoils) as [BadPayloadName, ...BadPayloadName[]];

/** Spoils a sample; pure. */
export function spoil(name: BadPayloadName, sample: Sample): BadPayload {
  return (spoils[name] as Spoil)(sample);
}

function mapped<To>(values: Sample['values'], change: (value: number) => To) {
  return Object.fromEntries(
    (Object.entries(values) as [MetricName, number][]).map(([name, value]) => [
      name,
      change(value),
    ]),
  );
}
