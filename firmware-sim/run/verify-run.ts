import type { DeviceKey } from '../../broker/contract/ids.ts';
import { ApiFailure } from '../api-client.ts';
import { messageOf } from '../behaviour/message.ts';
import type { PlannedDevice } from '../fleet.ts';
import type { Span } from '../sensors/trouble.ts';
import type { ByReason } from './accounts.ts';
import { total } from './accounts.ts';
import type { DeviceResult } from './ledger.ts';
import { readingsOf } from './ledger.ts';
import type { Pace } from './pace.ts';
import type { Platform, PlatformCounters, SeriesRows } from './platform.ts';
import type { Counted } from './progress.ts';
import type { ReadBack, Recompute } from './read-back.ts';
import { Comparison } from './read-back.ts';
import type { RunPlan } from './run-part.ts';
import { partsOf } from './run-part.ts';

/** What the platform says of a run, seen from outside. */
export interface PlatformFindings {
  /** What its counters rose by in the meantime: of all senders. */
  counters: PlatformCounters;
  /** Of this run's devices and since it began. Not complete: the platform has forgotten the oldest ones. */
  rejected: { byReason: ByReason; isComplete: boolean };
  readBack: ReadBack;
}

export interface WhatWasSent {
  devices: readonly PlannedDevice[];
  results: readonly DeviceResult[];
  run: RunPlan;
  pace: Pace;
  startedAt: number;
  /** The platform's counters before the run. */
  before: PlatformCounters;
}

/** Told how far the look at the platform is: what it still had to store at the end of the run, what is read back. */
export type VerifyProgress = (phase: 'storing' | 'reading back', counted: Counted) => void;

/**
 * Acknowledged is on disk, not yet in the store: it is waited for as long as the store gets on with it. When history is
 * filled it may stand still for a minute, to roll up what it has.
 */
const patience = { stallMs: 5 * 60_000, lookEveryMs: 500 };

/** Reads back all that was acknowledged. @throws ApiFailure, also when it does not get into the store */
export async function verifyAtPlatform(
  platform: Platform,
  sent: WhatWasSent,
  progress: VerifyProgress,
  { stallMs, lookEveryMs } = patience,
): Promise<PlatformFindings> {
  const after = await countersWhenStored(platform, { progress, stallMs, lookEveryMs });
  const counters = difference(after, sent.before);
  const comparison = new Comparison(sent.results);
  const span = spanOf(sent.results);
  if (span) await compare(comparison, platform, { sent, span, progress });
  const keys = new Set<DeviceKey>(sent.devices.map(({ key }) => key));
  return {
    counters,
    rejected: await platform.rejections(keys, sent.startedAt),
    readBack: comparison.end(),
  };
}

/** Series that are looked at again row by row; further ones are judged by their counts. */
const differingMax = 500;

async function compare(
  comparison: Comparison,
  platform: Platform,
  { sent, span, progress }: { sent: WhatWasSent; span: Span; progress: VerifyProgress },
): Promise<void> {
  const of = readingsOf(sent.results);
  let done = 0;
  progress('reading back', { what: 'readings', done, of });
  for (const provider of new Set(sent.devices.map((device) => device.provider)))
    for await (const rows of platform.rows({ provider }, span)) {
      comparison.take(rows);
      done += rows.at.length;
      progress('reading back', { what: 'readings', done, of });
    }
  const recompute = recomputeOf(sent);
  for (const { result, metric } of comparison.differing().slice(0, differingMax)) {
    const { device } = result;
    const all: SeriesRows = { device, metric, at: [], value: [] };
    for await (const { at, value } of platform.rows({ device, metric }, span)) {
      for (const one of at) all.at.push(one);
      for (const one of value) all.value.push(one);
    }
    comparison.differ(all, recompute(result, metric));
  }
}

/**
 * Waits until all that had been received is in the store; others may go on sending, what comes in goes to the store in
 * its order.
 */
async function countersWhenStored(
  platform: Platform,
  { progress, stallMs, lookEveryMs }: { progress: VerifyProgress } & typeof patience,
): Promise<PlatformCounters> {
  let counters = await platform.counters();
  const storedBefore = storedOf(counters);
  const toStore = toStoreOf(counters);
  for (let stalledMs = 0; storedOf(counters) < toStore; ) {
    progress('storing', {
      what: 'readings',
      done: storedOf(counters) - storedBefore,
      of: toStore - storedBefore,
    });
    if (stalledMs >= stallMs) {
      const open = toStore - storedOf(counters);
      throw new ApiFailure(
        `the platform has not stored ${open} readings that it has received, and for ${stallMs / 1000} s not one more`,
      );
    }
    await new Promise((resolve) => setTimeout(resolve, lookEveryMs));
    const next = await platform.counters();
    stalledMs = storedOf(next) > storedOf(counters) ? 0 : stalledMs + lookEveryMs;
    counters = next;
  }
  return counters;
}

/** What has come out of the journal: what the store refuses is rejected only there. */
function storedOf({ stored, duplicate, rejected }: PlatformCounters): number {
  return stored + duplicate + (rejected['store-refused'] ?? 0);
}

/** What has gone into the journal for the store. */
function toStoreOf({ received, rejected }: PlatformCounters): number {
  return received - total(rejected) + (rejected['store-refused'] ?? 0);
}

function difference(after: PlatformCounters, before: PlatformCounters): PlatformCounters {
  const rejected: ByReason = {};
  for (const [reason, count] of Object.entries(after.rejected) as [keyof ByReason, number][]) {
    const more = count - (before.rejected[reason] ?? 0);
    if (more > 0) rejected[reason] = more;
  }
  return {
    received: after.received - before.received,
    stored: after.stored - before.stored,
    duplicate: after.duplicate - before.duplicate,
    rejected,
  };
}

/** From the first to the last acknowledged reading. */
function spanOf(results: readonly DeviceResult[]): Span | undefined {
  let [fromAt, toAt] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const { sums } of results) {
    for (const { firstAt, lastAt } of sums.values()) {
      fromAt = Math.min(fromAt, firstAt);
      toAt = Math.max(toAt, lastAt + 1);
    }
  }
  return fromAt < toAt ? { fromAt, toAt } : undefined;
}

/** What a device sent, computed again: its plan gives the same steps and values as in the run. */
function recomputeOf({ devices, run, pace, startedAt }: WhatWasSent): Recompute {
  const plans = new Map(devices.map((device) => [device.key, device]));
  const partOf = partsOf(run);
  return ({ device, steps }, metric) => {
    const sent = new Map<number, number>();
    const plan = plans.get(device);
    if (!plan) return sent;
    const part = partOf(plan);
    for (let done = 0; done < steps; done++) {
      const { value: step, done: isOver } = part.steps.next();
      if (isOver === true) break;
      if (step.do !== 'send' || step.isRepeat) continue;
      const wallAt = pace.wallAt(step.at);
      const arrivesAt = Number.isFinite(wallAt) ? wallAt : startedAt;
      for (const { at, values } of messageOf(step, part.sender, arrivesAt).kept) {
        const value = values[metric];
        if (value !== undefined) sent.set(at, value);
      }
    }
    return sent;
  };
}
