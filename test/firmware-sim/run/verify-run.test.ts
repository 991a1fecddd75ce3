import { describe, expect, it } from 'vitest';
import { ApiFailure } from '../../../firmware-sim/api-client.ts';
import { createPace } from '../../../firmware-sim/run/pace.ts';
import type { Platform, PlatformCounters } from '../../../firmware-sim/run/platform.ts';
import type { Counted } from '../../../firmware-sim/run/progress.ts';
import { verifyAtPlatform } from '../../../firmware-sim/run/verify-run.ts';
import { loadScenario } from '../../../firmware-sim/scenario.ts';

const counted = (received: number, stored: number, more: Partial<PlatformCounters> = {}) => ({
  ...{ received, stored, duplicate: 0, rejected: {} },
  ...more,
});

/** Looks at a platform that counts like this, one after the other, the last for ever; nothing was sent. */
async function verify(counters: PlatformCounters[]) {
  const loaded = loadScenario('normal-week');
  if ('faults' in loaded) throw new Error(loaded.faults.join());
  const span = { fromAt: 0, toAt: 1 };
  const told: Counted[] = [];
  let looks = 0;
  const platform: Platform = {
    counters: async () => {
      looks += 1;
      return counters[Math.min(looks, counters.length) - 1] ?? counted(0, 0);
    },
    async *rows() {},
    rejections: async () => ({ byReason: {}, isComplete: true }),
  };
  const sent = {
    ...{ devices: [], results: [], startedAt: 0, before: counted(0, 0) },
    run: { seed: 'demo', scenario: loaded.scenario, span, samplesPerMessage: 1 },
    pace: createPace({ fromAt: 0, startedAt: 0, speed: 'max' }, () => 0),
  };
  const patience = { stallMs: 20, lookEveryMs: 1 };
  const found = await verifyAtPlatform(platform, sent, (_, now) => told.push(now), patience);
  return { found, told, looks };
}

describe('verifyAtPlatform', () => {
  it('waits until all is stored that was received at the end, though others go on sending', async () => {
    const { found, told, looks } = await verify([
      counted(100, 40),
      ...Array.from({ length: 15 }, () => counted(150, 40)),
      counted(300, 80),
      ...Array.from({ length: 15 }, () => counted(320, 80)),
      counted(400, 100),
    ]);
    expect([looks, found.counters.stored]).toEqual([33, 100]);
    expect(told.at(-1)).toEqual({ what: 'readings', done: 40, of: 60 });
  });

  it('waits for nothing that was rejected, or not new, or that the store has refused', async () => {
    const more = { duplicate: 5, rejected: { 'out-of-range': 10 } };
    const { looks } = await verify([
      counted(100, 70, more),
      counted(100, 80, { duplicate: 7, rejected: { 'out-of-range': 10, 'store-refused': 3 } }),
    ]);
    expect(looks).toBe(2);
  });

  it('does not call lost what the platform has not stored yet', async () => {
    const stuck = verify([counted(100, 40), counted(200, 60)]);
    await expect(stuck).rejects.toThrow(ApiFailure);
    await expect(stuck).rejects.toThrow('has not stored 40 readings that it has received');
  });
});
