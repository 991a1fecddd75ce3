import { describe, expect, it } from 'vitest';
import { messageOf } from '../../../firmware-sim/behaviour/message.ts';
import type { PlannedDevice } from '../../../firmware-sim/fleet.ts';
import { planFleet } from '../../../firmware-sim/fleet.ts';
import { partsOf } from '../../../firmware-sim/run/run-part.ts';
import { loadScenario, scenarioSpan } from '../../../firmware-sim/scenario.ts';
import { hourMs } from '../../../firmware-sim/sensors/calendar.ts';

const now = Date.UTC(2026, 10, 22, 12);
const fleet = planFleet({ seed: 'demo', devices: 40 });
const station = fleet.find(({ sensor }) => sensor === 'reference-station') as PlannedDevice;

function runOf(name: string) {
  const loaded = loadScenario(name);
  if ('faults' in loaded) throw new Error(loaded.faults.join());
  const { scenario } = loaded;
  return { seed: 'demo', scenario, span: scenarioSpan(scenario, now), samplesPerMessage: 1 };
}

describe('the part of a device in a run', () => {
  it('lives in the world of the scenario', () => {
    const run = runOf('new-years-eve');
    const read = (events: typeof run.scenario.events) =>
      partsOf({ ...run, scenario: { ...run.scenario, events } })(station).sender.read(
        run.span.fromAt + 6.5 * hourMs,
      ).pm10 ?? 0;
    expect(read(run.scenario.events)).toBeGreaterThan(read([]) + 150);
  });

  it('has the faulty sensors of the scenario', () => {
    const run = runOf('normal-week');
    const sensors = { drift: { share: 1, perDay: 0.1 } };
    const node = fleet.find(({ sensor }) => sensor === 'air-node') as PlannedDevice;
    const read = (faults: typeof run.scenario.faults) =>
      partsOf({ ...run, scenario: { ...run.scenario, faults } })(node).sender.read(
        run.span.toAt - hourMs,
      ).pm10 ?? 0;
    const sound = read({ ...run.scenario.faults, sensors: {} });
    const drifted = read({ ...run.scenario.faults, sensors });
    expect(Math.abs(drifted / sound - 1)).toBeGreaterThan(0.5);
  });

  it('is the same when it is asked again: what was sent can be computed afterwards', () => {
    const run = runOf('bad-firmware');
    const all = () => {
      const parts = partsOf(run);
      return fleet.slice(0, 6).flatMap((plan) => {
        const { steps, sender } = parts(plan);
        return [...{ [Symbol.iterator]: () => steps }].map((step) =>
          step.do === 'send' ? messageOf(step, sender, step.at) : step,
        );
      });
    };
    expect(all()).toEqual(all());
  });
});
