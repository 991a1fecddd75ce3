import { limits } from '../../broker/contract/limits.ts';
import type { RejectReason } from '../../broker/contract/rejection.ts';
import type { Encoder } from '../encode/encoder.ts';
import type { PlannedDevice } from '../fleet.ts';
import type { Sample, Values } from '../sensors/sensor.ts';
import { spoil } from './bad-payloads.ts';
import type { SendStep } from './step.ts';

/** A message as bytes, and what a platform that keeps the contract makes of it. */
export interface Message {
  payload: string | Uint8Array;
  /** Once it is acknowledged, each of these values is stored under (device, metric, `at`), however often it came. */
  kept: readonly Sample[];
  /** Readings and parts that are rejected, each with its reason. */
  rejected: readonly RejectReason[];
}

export interface SenderParts {
  plan: PlannedDevice;
  /** What it measures at an instant, having booted at another. */
  read(at: number, bootAt?: number): Values;
  encoder: Encoder;
}

/**
 * Reads the sensors for a step and encodes what they say. `arrivesAt` is the present of the platform, not of the
 * simulation: readings further ahead of it than the contract allows are expected to be rejected.
 */
export function messageOf(
  step: SendStep,
  { plan, read, encoder }: SenderParts,
  arrivesAt: number,
): Message {
  const samples = step.taken.map(({ at, stampAt, bootAt }) => ({
    at: stampAt,
    values: read(at, bootAt),
  }));
  // A step carries one reading at least.
  const newest = samples.at(-1) ?? { at: step.at, values: {} };
  if (step.spoil !== undefined) {
    const { payload, kept, rejected } = spoil(step.spoil, newest);
    return expected(payload, kept, { arrivesAt, rejected });
  }
  // A format without an instant knows no batch and no past: arrival counts, and nothing can be looked up by it.
  if (!encoder.encodeBatch)
    return { payload: encoder.encode(newest, plan), kept: [], rejected: [] };
  const payload =
    samples.length === 1 ? encoder.encode(newest, plan) : encoder.encodeBatch(samples, plan);
  return expected(payload, samples, { arrivesAt });
}

function expected(
  payload: string | Uint8Array,
  samples: readonly Sample[],
  { arrivesAt, rejected = [] }: { arrivesAt: number; rejected?: readonly RejectReason[] },
): Message {
  const isAhead = ({ at }: Sample) => at > arrivesAt + limits.clockAheadMsMax;
  if (!samples.some(isAhead)) return { payload, kept: samples, rejected };
  const ahead = samples.filter(isAhead).flatMap(({ values }) => Object.keys(values));
  return {
    payload,
    kept: samples.filter((sample) => !isAhead(sample)),
    rejected: [...rejected, ...ahead.map((): RejectReason => 'future-timestamp')],
  };
}
