import { describe, expect, it } from 'vitest';
import {
  AlarmRule,
  type KeptAlarmRule,
  type NewAlarmRule,
} from '../../../broker/contract/alarm-rules.ts';
import { Device, expectedIntervalMs } from '../../../broker/contract/device.ts';
import type { DeviceKey } from '../../../broker/contract/ids.ts';
import type { MetricName } from '../../../broker/contract/metrics.ts';
import { Evaluator } from '../../../ingest/alarms/evaluator.ts';
import { missing } from '../../../ingest/domain/alarms/conditions/missing.ts';
import { newMemory, type WatchMemory, watchVerdict } from '../../../ingest/domain/alarms/watch.ts';
import { seeded } from '../../contract/store-samples.ts';
import { keys, minute, noon } from './support.ts';

type Silent = Partial<NewAlarmRule> & { intervals?: number };

function silent(id: string, { intervals = 2.5, ...more }: Silent): KeptAlarmRule {
  const condition = { type: 'missing', intervals } as const;
  const whole = AlarmRule.parse({ id, name: 'Silent', ...more, condition });
  return { ...whole, builtIn: false, revision: 1, changedAt: 0, changedBy: 'test' };
}

function described(key: DeviceKey, more: { kind?: string; intervalMs?: number } = {}): Device {
  const [provider, id] = key.split('/');
  const base = { kind: 'air', provider, id, createdAt: 1, intervalMs: minute };
  return Device.parse({ ...base, ...more });
}

/** Asks every rule about every device, at each look at the clock. */
class AsksAll {
  readonly turned: string[] = [];
  readonly #heard = new Map<DeviceKey, Map<MetricName | undefined, number>>();
  readonly #memories = new Map<string, WatchMemory>();

  hear(device: DeviceKey, metric: MetricName, now: number): void {
    const heard = this.#heard.get(device) ?? new Map();
    this.#heard.set(device, heard.set(metric, now).set(undefined, now));
  }

  forgetDevice(device: DeviceKey): void {
    this.#heard.delete(device);
    for (const key of this.#memories.keys())
      if (key.endsWith(` ${device}`)) this.#memories.delete(key);
  }

  forgetRule(id: string): void {
    for (const key of this.#memories.keys())
      if (key.startsWith(`${id} `)) this.#memories.delete(key);
  }

  look(rules: readonly KeptAlarmRule[], devices: Map<DeviceKey, Device>, now: number): void {
    for (const [key, heard] of this.#heard) {
      const device = devices.get(key);
      for (const rule of rules) {
        const heardAt = heard.get(rule.metric);
        if (!device || heardAt === undefined || rule.condition.type !== 'missing') continue;
        if (!rule.scope.kinds?.includes(device.kind)) {
          this.#memories.delete(`${rule.id} ${key}`);
          continue;
        }
        const memory = this.#memories.get(`${rule.id} ${key}`) ?? newMemory();
        this.#memories.set(`${rule.id} ${key}`, memory);
        const since = { silentMs: now - heardAt, intervalMs: expectedIntervalMs(device) };
        const verdict = missing(rule.condition, since);
        const turn = watchVerdict(rule, memory, { verdict, at: now }, Number.POSITIVE_INFINITY);
        if (turn) this.turned.push(`${rule.id} ${key} ${turn.turned} ${now}`);
      }
    }
  }
}

/** Devices of which some fall silent, are described anew or deleted, and rules that change meanwhile. */
function run(seed: number): { turned: string[]; expected: string[] } {
  const random = seeded(seed);
  const scope = { kinds: ['air'] } as NewAlarmRule['scope'];
  let rules = [
    silent('any', { scope }),
    silent('pm10', { scope, metric: 'pm10', intervals: 1.1, clearForMs: 20_000 }),
    silent('slow', { scope, intervals: 3.6, forMs: 2 * minute }),
  ];
  const devices = new Map(keys(300).map((key) => [key, described(key)]));
  const turned: string[] = [];
  let now = noon;
  const evaluator = new Evaluator({
    rules: () => rules,
    deviceOf: (key) => devices.get(key),
    memories: new Map(),
    activeOf: () => undefined,
    onTurn: (rule, key, turn) => turned.push(`${rule.id} ${key} ${turn.turned} ${turn.at}`),
    keep: () => {},
  });
  const expected = new AsksAll();
  for (; now < noon + 30 * minute; now += 1_000 + Math.round(random() * 4_000)) {
    for (const key of devices.keys()) {
      const isWell = Math.sin(now / (7 * minute) + key.length + Number(key.slice(3))) > 0;
      if (random() > (isWell ? 0.1 : 0.005)) continue;
      const metric = random() < 0.5 ? 'pm10' : 'pm2_5';
      const readings = [{ metric, at: now, value: 5, flag: 1, reasons: 0 } as const];
      evaluator.hear({ device: key, receivedAt: now, readings });
      expected.hear(key, metric, now);
    }
    const key = keys(300)[Math.floor(random() * 300)] ?? 'p/d0';
    const draw = random();
    if (draw < 0.2) {
      evaluator.describe(key, undefined);
      expected.forgetDevice(key);
    } else if (draw < 0.6) {
      const kind = draw < 0.3 ? 'noise' : 'air';
      devices.set(key, described(key, { kind, intervalMs: Math.ceil(random() * 3) * minute }));
      evaluator.describe(key, devices.get(key));
    }
    if (random() < 0.02) {
      const changed = silent('any', { scope, intervals: 1 + Math.round(random() * 30) / 10 });
      rules = rules.map((rule) => (rule.id === 'any' ? changed : rule));
      evaluator.replaceRule('any', changed, false);
      expected.forgetRule('any');
    }
    evaluator.tick(now);
    expected.look(rules, devices, now);
  }
  return { turned, expected: expected.turned };
}

describe('silence', () => {
  it.each([1, 2, 3])(
    'is found at the look at the clock at which it would be if every device was asked (seed %i)',
    (seed) => {
      const { turned, expected } = run(seed);
      expect(turned.length).toBeGreaterThan(300);
      expect(turned.toSorted()).toEqual(expected.toSorted());
    },
  );
});
