import { describe, expect, it } from 'vitest';
import type { PlanOf } from '../../../firmware-sim/behaviour/plan.ts';
import { stepsOf } from '../../../firmware-sim/behaviour/plan.ts';
import type { SendStep, Step } from '../../../firmware-sim/behaviour/step.ts';
import type { PlannedDevice } from '../../../firmware-sim/fleet.ts';
import { planFleet } from '../../../firmware-sim/fleet.ts';
import type { Scenario } from '../../../firmware-sim/scenario.ts';
import { parseScenario } from '../../../firmware-sim/scenario.ts';
import { hourMs } from '../../../firmware-sim/sensors/calendar.ts';

const fromAt = Date.UTC(2026, 10, 20, 12);
const minuteMs = 60_000;
const fleet = planFleet({ seed: 'demo', devices: 320 });

function scenarioOf(part: Record<string, unknown>): Scenario {
  const parsed = parseScenario({
    name: 'test',
    description: 'test',
    fleet: { devices: 320 },
    duration: '6h',
    ...part,
  });
  if ('faults' in parsed) throw new Error(parsed.faults.join());
  return parsed.scenario;
}

function planned(part: Record<string, unknown>, more: Partial<PlanOf> = {}, plan = fleet[1]) {
  if (!plan) throw new Error('no device');
  const scenario = scenarioOf(part);
  const span = { fromAt, toAt: fromAt + scenario.durationMs };
  return [...stepsOf({ plan, supply: undefined, scenario, span, ...more })];
}

const sends = (steps: readonly Step[]): SendStep[] => steps.filter((step) => step.do === 'send');
const instants = (steps: readonly Step[]) =>
  sends(steps)
    .filter(({ isRepeat }) => !isRepeat)
    .flatMap(({ taken }) => taken.map(({ at }) => at))
    .sort((a, b) => a - b);
const withEverything = {
  faults: {
    reboots: { share: 1, every: '1h', downtime: '90s' },
    clockSkew: { share: 1, max: '20m' },
    clockDrift: { share: 1, ppm: 900, syncEvery: '30m' },
    uplinkOutages: [{ after: '2h', lasts: '50m', share: 1 }],
    duplicates: { share: 1, oneIn: 4 },
    outOfOrder: { share: 1, oneIn: 5, late: '8m' },
    badPayloads: { share: 1, oneIn: 6 },
    floods: [{ after: '4h', lasts: '5s', share: 1, perSecond: 100 }],
  },
  connection: { storms: [{ after: '5h', share: 1, backWithin: '9s' }] },
};

describe('the plan of a device without faults', () => {
  it('sends about every interval, a little early or late, without a connection lost', () => {
    const steps = planned({});
    const at = instants(steps);
    const { intervalMs } = fleet[1] as PlannedDevice;
    expect(steps.every(({ do: what }) => what === 'send')).toBe(true);
    expect(at.length).toBeGreaterThanOrEqual(Math.floor((6 * hourMs) / intervalMs));
    const gaps = at.slice(1).map((one, index) => one - (at[index] ?? 0));
    expect(Math.min(...gaps)).toBeGreaterThan(0.9 * intervalMs);
    expect(Math.max(...gaps)).toBeLessThan(1.1 * intervalMs);
    expect(new Set(gaps).size).toBeGreaterThan(5);
    expect(sends(steps).every(({ taken }) => taken.every((one) => one.stampAt === one.at))).toBe(
      true,
    );
  });

  it('may put several readings into a message, none lost', () => {
    const single = planned({});
    const several = planned({}, { samplesPerMessage: 25 });
    expect(instants(several)).toEqual(instants(single));
    expect(several.length).toBe(Math.ceil(single.length / 25));
  });
});

describe('the plan of any device', () => {
  it('is the same for the same seed and scenario, and goes forward', () => {
    for (const plan of fleet.slice(0, 20)) {
      const steps = planned(withEverything, {}, plan);
      expect(planned(withEverything, {}, plan)).toEqual(steps);
      expect(steps.length).toBeGreaterThan(100);
      const at = [fromAt, ...steps.map((step) => step.at), fromAt + 6 * hourMs];
      expect(at.filter((one, index) => one < (at[index - 1] ?? 0))).toEqual([]);
    }
  });

  it('sends nothing between a drop and a return', () => {
    for (const plan of fleet.slice(0, 20)) {
      const does = planned(withEverything, {}, plan).map((step) => step.do);
      const wrong = does.filter((one, index) => {
        const isDown = does[index - 1] === 'drop';
        return isDown ? one !== 'return' : one === 'return';
      });
      expect(wrong).toEqual([]);
      expect(does.filter((one) => one === 'drop').length).toBeGreaterThan(6);
    }
  });

  it('never stamps two readings with one instant, so that each has a key of its own', () => {
    for (const plan of fleet.slice(0, 20)) {
      const stamps = sends(planned(withEverything, {}, plan))
        .filter(({ isRepeat }) => !isRepeat)
        .flatMap(({ taken }) => taken.map(({ stampAt }) => stampAt));
      expect(new Set(stamps).size).toBe(stamps.length);
    }
  });
});

describe('a fault', () => {
  const outage = { after: '2h', lasts: '1h', share: 1 };
  const outFrom = fromAt + 2 * hourMs;

  it('of the uplink loses nothing: what was taken meanwhile comes as batches of the past', () => {
    const steps = planned({ faults: { uplinkOutages: [outage] } });
    expect(instants(steps)).toEqual(instants(planned({})));
    const [drop, back] = steps.filter(({ do: what }) => what !== 'send');
    expect(drop).toEqual({ do: 'drop', at: outFrom });
    expect(back?.at).toBeGreaterThanOrEqual(outFrom + hourMs);
    const batch = sends(steps).find(({ taken }) => taken.length > 1);
    expect(batch?.at).toBe(back?.at);
    expect(batch?.taken[0]?.at).toBeLessThan(outFrom + 10 * minuteMs);
  });

  it('of the uplink costs a device with little memory the older readings, one without it all', () => {
    const within = (keepsMax: number) => {
      const steps = planned({ faults: { uplinkOutages: [{ ...outage, keepsMax }] } });
      return instants(steps).filter((at) => at >= outFrom && at < outFrom + hourMs);
    };
    const all = within(500);
    expect(within(0)).toEqual([]);
    expect(within(3).length).toBeGreaterThan(0);
    expect(all.slice(-within(3).length)).toEqual(within(3));
    expect(all.length).toBeGreaterThan(10);
  });

  it('by which it reboots leaves a gap, and later readings know when it booted', () => {
    const steps = planned({ faults: { reboots: { share: 1, every: '2h', downtime: '9m' } } });
    const returns = steps.filter(({ do: what }) => what === 'return');
    expect(returns.length).toBeGreaterThanOrEqual(2);
    for (const { at: backAt } of returns) {
      const gap = instants(steps).filter((at) => at > backAt - 9 * minuteMs && at < backAt);
      expect(gap).toEqual([]);
      const next = sends(steps).find(({ at }) => at > backAt);
      expect(next?.taken[0]).toMatchObject({ bootAt: backAt, at: backAt + 2000 });
    }
  });

  it('of the mains: last words, silence, and a reading as soon as they are back', () => {
    const out = { fromAt: outFrom, toAt: outFrom + 30 * minuteMs };
    const supply = {
      isOut: (at: number) => at >= out.fromAt && at < out.toAt,
      nextChangeAt: (at: number) =>
        [out.fromAt, out.toAt].find((one) => one > at) ?? Number.POSITIVE_INFINITY,
    };
    const steps = planned({}, { supply });
    const index = steps.findIndex(({ do: what }) => what === 'drop');
    expect(steps.slice(index - 1, index + 3)).toMatchObject([
      { do: 'send', at: out.fromAt, taken: [{ at: out.fromAt }] },
      { do: 'drop', at: out.fromAt },
      { do: 'return', at: out.toAt },
      { do: 'send', at: out.toAt + 2000, taken: [{ bootAt: out.toAt }] },
    ]);
  });

  it('by which messages come twice or late changes nothing in what was taken', () => {
    const steps = planned({
      faults: {
        duplicates: { share: 1, oneIn: 3 },
        outOfOrder: { share: 1, oneIn: 3, late: '9m' },
      },
    });
    expect(instants(steps)).toEqual(instants(planned({})));
    expect(sends(steps).filter(({ isRepeat }) => isRepeat).length).toBeGreaterThan(10);
    const order = sends(steps).map(({ taken }) => taken[0]?.at ?? 0);
    expect(order).not.toEqual([...order].sort((a, b) => a - b));
  });

  it('of the clock: off for good, or growing until it jumps back', () => {
    const offsets = (faults: Record<string, unknown>, plan?: PlannedDevice) =>
      sends(planned({ faults }, {}, plan)).flatMap(({ taken }) =>
        taken.map(({ at, stampAt }) => stampAt - at),
      );
    const skews = fleet.map((plan) => offsets({ clockSkew: { share: 1, max: '10m' } }, plan));
    expect(skews.every((one) => new Set(one).size === 1)).toBe(true);
    const each = skews.map(([first = 0]) => first / minuteMs);
    expect(Math.max(...each)).toBeGreaterThan(8);
    expect(Math.min(...each)).toBeLessThan(-8);
    // Nobody stands at the limit of what the platform takes.
    expect(each.some((one) => one > 4.01 && one < 5.99)).toBe(false);

    const drifting = offsets({ clockDrift: { share: 1, ppm: 5000, syncEvery: '1h' } });
    expect(Math.max(...drifting.map(Math.abs))).toBeGreaterThan(12_000);
    expect(Math.max(...drifting.map(Math.abs))).toBeLessThan(18_000);
    const jumps = drifting.filter(
      (one, index) => Math.abs(one) < Math.abs(drifting[index - 1] ?? 0) - 5000,
    );
    expect(jumps.length).toBeGreaterThanOrEqual(5);
  });

  it('by which it floods brings as many messages as it says, for as long as it says', () => {
    const flood = { after: '1h', lasts: '10s', share: 1, perSecond: 100 };
    const more = instants(planned({ faults: { floods: [flood] } }));
    const within = more.filter((at) => at >= fromAt + hourMs && at < fromAt + hourMs + 10_000);
    expect(within.length).toBeGreaterThanOrEqual(1000);
    expect(within.length).toBeLessThanOrEqual(1001);
    expect(more.length - within.length).toBeGreaterThan(0.95 * planned({}).length);
  });

  it('hits the share of the fleet that it is said to', () => {
    const hit = fleet.filter((plan) =>
      planned({ faults: { reboots: { share: 0.1, every: '1h', downtime: '1m' } } }, {}, plan).some(
        ({ do: what }) => what === 'drop',
      ),
    );
    expect(hit.length).toBeGreaterThan(24);
    expect(hit.length).toBeLessThan(40);
  });
});

describe('a storm', () => {
  it('drops all in the same instant, and each is back within its time', () => {
    const backAts = fleet.slice(0, 50).map((plan) => {
      const steps = planned(
        { connection: { storms: [{ after: '1h', backWithin: '5s' }] } },
        {},
        plan,
      );
      const [drop, back] = steps.filter(({ do: what }) => what !== 'send');
      expect(drop?.at).toBe(fromAt + hourMs);
      expect(instants(steps)).toEqual(instants(planned({}, {}, plan)));
      return (back?.at ?? 0) - fromAt - hourMs;
    });
    expect(Math.min(...backAts)).toBeGreaterThan(0);
    expect(Math.max(...backAts)).toBeLessThanOrEqual(5001);
    expect(new Set(backAts).size).toBeGreaterThan(40);
  });
});
