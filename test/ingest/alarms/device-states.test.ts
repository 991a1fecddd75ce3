import { describe, expect, it } from 'vitest';
import { AlarmRule, type KeptAlarmRule } from '../../../broker/contract/alarm-rules.ts';
import { Device, expectedIntervalMs } from '../../../broker/contract/device.ts';
import type { MetricName } from '../../../broker/contract/metrics.ts';
import { staleAfterIntervals } from '../../../broker/contract/standing.ts';
import { DeviceStates } from '../../../ingest/alarms/device-states.ts';
import { builtInRules } from '../../../ingest/domain/alarms/built-in-rules.ts';
import {
  followDevice,
  isAboutState,
  newDeviceState,
  stateVerdict,
  takeValues,
} from '../../../ingest/domain/alarms/device-state.ts';
import { newMemory, type WatchMemory, watchVerdict } from '../../../ingest/domain/alarms/watch.ts';
import { seeded } from '../../contract/store-samples.ts';
import { minute, noon } from './support.ts';

const rules = builtInRules.filter(isAboutState).map(
  (rule): KeptAlarmRule => ({
    ...AlarmRule.parse({ ...rule, enabled: true }),
    builtIn: true,
    revision: 1,
    changedAt: 0,
    changedBy: 'test',
  }),
);
const lamp = Device.parse({
  kind: 'light',
  provider: 'p',
  id: 'd',
  createdAt: 1,
  intervalMs: minute,
  lamp: { nominalPowerW: 36 },
  location: { lat: 48.78, lon: 9.18 },
});
const bin = Device.parse({ ...lamp, kind: 'waste', lamp: undefined, container: {} });

/** What a rule remembers of the device, and what it has come to. */
class Memories {
  readonly #memories = new Map<string, WatchMemory>();
  readonly turns: string[] = [];
  asked = 0;

  judge(rule: AlarmRule, found: Parameters<typeof watchVerdict>[2] & { gapMs: number }): boolean {
    this.asked += 1;
    const memory = this.#memories.get(rule.id) ?? newMemory();
    this.#memories.set(rule.id, memory);
    const turn = watchVerdict(rule, memory, found, found.gapMs);
    if (turn) this.turns.push(`${rule.id} ${turn.turned} ${turn.at} ${turn.detail}`);
    return !memory.isActive && memory.turningSinceAt === undefined;
  }
}

type Values = Partial<Record<MetricName, number>>;

const calm: Readonly<Record<string, Values>> = {
  light: { lamp_on: 1, dim_level: 100, power: 36, voltage: 230 },
  waste: { fill_level: 20, temperature: 15, tilt: 0 },
};
const faults: Readonly<Record<string, readonly Values[]>> = {
  light: [{ voltage: 3 }, { power: 0.4 }, { lamp_on: 0, power: 36 }, { lamp_on: 0, power: 0 }],
  waste: [{ temperature: 80 }, { tilt: 1 }, { fill_level: 100 }, { fill_level: 93 }],
};

describe('how devices stand', () => {
  it.each([
    [lamp, 1],
    [lamp, 2],
    [bin, 1],
    [bin, 2],
  ])(
    'is held against the rules with the same end as if each message were ($kind, seed %i)',
    (device, seed) => {
      const [asked, all] = [new Memories(), new Memories()];
      const states = new DeviceStates({
        rules: () => rules,
        deviceOf: () => device,
        states: new Map(),
        onVerdict: (rule, _, found) => asked.judge(rule, found),
        keep: () => {},
      });
      const reference = newDeviceState();
      const gapMs = expectedIntervalMs(device) * staleAfterIntervals;
      const random = seeded(seed);
      let at = noon + 6 * 60 * minute;
      for (let spell = 0; spell < 120; spell++) {
        // Faults of different lengths between calm times, with gaps, and messages that come too late.
        const fault = faults[device.kind]?.[Math.floor(random() * 4)];
        const values = { ...calm[device.kind], ...(spell % 2 === 1 ? fault : {}) };
        if (random() < 0.1) at += 10 * minute;
        for (let count = random() * 60; count > 0; count--) {
          at += minute;
          const saidAt = random() < 0.05 ? at - 3 * minute : at;
          const readings = Object.entries(values).map(([metric, value]) => ({
            metric: metric as MetricName,
            at: saidAt,
            value,
            flag: 1,
            reasons: 0,
          }));
          states.hear(device, { device: 'p/d', receivedAt: at, readings });
          takeValues(reference, readings);
          reference.memory = followDevice(reference, device, saidAt);
          for (const rule of rules) {
            const verdict =
              rule.scope.kinds?.includes(device.kind) &&
              reference.memory &&
              stateVerdict(rule, reference.memory);
            if (verdict) all.judge(rule, { verdict, at: saidAt, gapMs });
          }
        }
      }
      expect(asked.turns).toEqual(all.turns);
      expect(asked.turns.length).toBeGreaterThan(20);
      expect(asked.asked).toBeLessThan(all.asked * 0.8);
    },
  );
});
