import { describe, expect, it } from 'vitest';
import { limits } from '../../../broker/contract/limits.ts';
import { messageOf } from '../../../firmware-sim/behaviour/message.ts';
import { stepsOf } from '../../../firmware-sim/behaviour/plan.ts';
import { createSender } from '../../../firmware-sim/behaviour/sender.ts';
import type { SendStep } from '../../../firmware-sim/behaviour/step.ts';
import { createCity } from '../../../firmware-sim/city.ts';
import { encoderOf } from '../../../firmware-sim/encode/registry.ts';
import type { PlannedDevice } from '../../../firmware-sim/fleet.ts';
import { planFleet } from '../../../firmware-sim/fleet.ts';
import type { Scenario } from '../../../firmware-sim/scenario.ts';
import { loadScenario } from '../../../firmware-sim/scenario.ts';
import { createWorld } from '../../../firmware-sim/sensors/world.ts';
import { interpret } from '../../../ingest/stages/interpret.ts';

const at = Date.UTC(2026, 10, 20, 12);
const city = createCity('demo');
const world = createWorld('demo', city.center);
const fleet = planFleet({ seed: 'demo', devices: 320 }, city);
const calm = { faults: { uplinkOutages: [], floods: [], sensors: {} } };

function senderOf(plan: PlannedDevice | undefined, scenario: Pick<Scenario, 'faults'> = calm) {
  if (!plan) throw new Error('no such device');
  return createSender(plan, world, scenario, at);
}

/** What the platform makes of bytes that arrive at an instant. */
function judged(payload: string | Uint8Array, receivedAt: number) {
  const entries = interpret(
    {
      topic: 'city/v1/makers/one/readings',
      payload: Buffer.from(payload),
      qos: 1,
      retain: false,
      receivedAt,
    },
    { oldestAt: at - 90 * 86_400_000, dialectOf: () => undefined, admit: () => undefined },
  );
  return {
    rejected: entries.flatMap(({ rejected }) =>
      (rejected?.rejections ?? []).map(({ reason }) => reason),
    ),
    kept: entries.flatMap(({ readings }) =>
      readings.map((one) => `${one.metric} ${one.at} ${one.value}`),
    ),
  };
}

describe('a message', () => {
  const sender = senderOf(fleet[1]);
  const step: SendStep = { do: 'send', at, taken: [{ at, stampAt: at + 1234 }] };

  it('carries the values of the true instant under the instant that the device believes in', () => {
    const { payload, kept } = messageOf(step, sender, at);
    expect(kept).toEqual([{ at: at + 1234, values: sender.read(at) }]);
    expect(JSON.parse(String(payload))).toEqual({ at: at + 1234, ...sender.read(at) });
  });

  it('is a batch where it carries several', () => {
    const taken = [at, at + 1000, at + 2000].map((one) => ({ at: one, stampAt: one }));
    const { payload, kept } = messageOf({ ...step, taken }, sender, at);
    expect(JSON.parse(String(payload)).readings).toHaveLength(3);
    expect(kept.map((sample) => sample.at)).toEqual([at, at + 1000, at + 2000]);
  });

  it('knows that readings too far ahead of the platform are rejected, and only those', () => {
    const limit = at + limits.clockAheadMsMax;
    const taken = [limit, limit + 1].map((stampAt) => ({ at, stampAt }));
    const { kept, rejected } = messageOf({ ...step, taken }, sender, at);
    expect(kept.map((sample) => sample.at)).toEqual([limit]);
    expect(rejected).toEqual(Object.keys(sender.read(at)).map(() => 'future-timestamp'));
  });

  it('of a format without an instant promises nothing that could be looked up', () => {
    const timeless = { ...sender, encoder: encoderOf('airrohr') };
    expect(messageOf(step, timeless, at)).toMatchObject({ kept: [], rejected: [] });
    const taken = [at, at + 1000].map((one) => ({ at: one, stampAt: one }));
    expect(messageOf({ ...step, taken }, timeless, at).payload).toBe(
      messageOf({ ...step, taken: taken.slice(1) }, timeless, at).payload,
    );
  });
});

describe('everything that a scenario sends', () => {
  it.each(['bad-firmware', 'cabinet-outage', 'reconnect-storm'])(
    '%s is judged by the platform as its plan says',
    (name) => {
      const loaded = loadScenario(name);
      if ('faults' in loaded) throw new Error(loaded.faults.join());
      const { scenario } = loaded;
      const kinds = new Set<string>();
      for (const device of planFleet({ seed: 'demo', devices: 40, intervalScale: 0.05 }, city)) {
        const sender = senderOf(device, scenario);
        const span = { fromAt: at, toAt: at + Math.min(scenario.durationMs, 180_000) };
        for (const step of stepsOf({ plan: device, supply: undefined, scenario, span })) {
          if (step.do !== 'send') continue;
          kinds.add(step.spoil ?? (step.taken.length > 1 ? 'batch' : 'good'));
          const { payload, kept, rejected } = messageOf(step, sender, step.at);
          const got = judged(payload, step.at);
          expect(got.rejected.toSorted()).toEqual(rejected.toSorted());
          expect(got.kept).toEqual(
            kept.flatMap((sample) =>
              Object.entries(sample.values).map(
                ([metric, value]) => `${metric} ${sample.at} ${value}`,
              ),
            ),
          );
          for (const reason of rejected) expect(scenario.expect.rejected).toContain(reason);
        }
      }
      expect(kinds.has('good')).toBe(true);
      if (name === 'bad-firmware') expect(kinds.size).toBeGreaterThan(15);
      if (name === 'reconnect-storm') expect(kinds).toContain('batch');
    },
  );
});
