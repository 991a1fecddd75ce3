import { describe, expect, it } from 'vitest';
import {
  AlarmRule,
  type KeptAlarmRule,
  type NewAlarmRule,
} from '../../../broker/contract/alarm-rules.ts';
import { Device } from '../../../broker/contract/device.ts';
import { staleAfterIntervals } from '../../../broker/contract/standing.ts';
import { Evaluator } from '../../../ingest/alarms/evaluator.ts';
import { newMemory, type Turn, watchSample } from '../../../ingest/domain/alarms/watch.ts';
import { seeded } from '../../contract/store-samples.ts';
import { minute, noon } from './support.ts';

const conditions: readonly (Pick<NewAlarmRule, 'condition'> & Partial<NewAlarmRule>)[] = [
  { condition: { type: 'threshold', op: 'gt', value: 50, clearAt: 40 } },
  { condition: { type: 'threshold', op: 'gte', value: 50 }, forMs: 3 * minute },
  { condition: { type: 'threshold', op: 'lt', value: 10, clearAt: 20 }, clearForMs: 2 * minute },
  { condition: { type: 'threshold', op: 'lte', value: 10 }, countsSuspect: true },
  { condition: { type: 'threshold', op: 'eq', value: 50 } },
  { condition: { type: 'outside', min: 10, max: 50, hysteresis: 5 }, forMs: minute },
  { condition: { type: 'quality', flag: 'bad' }, forMs: 2 * minute, clearForMs: 2 * minute },
  { condition: { type: 'quality', flag: 'suspect' } },
  { condition: { type: 'stuck', tolerance: 10, durationMs: 4 * minute } },
  { condition: { type: 'rate', op: 'gt', perMinute: 20, withinMs: 5 * minute } },
  { condition: { type: 'delta', change: 45, withinMs: 5 * minute } },
  { condition: { type: 'count', op: 'gt', value: 45, times: 3, withinMs: 10 * minute } },
];

function kept(rule: (typeof conditions)[number], index: number): KeptAlarmRule {
  const whole = AlarmRule.parse({ id: `r${index}`, name: 'Rule', metric: 'pm10', ...rule });
  return { ...whole, builtIn: false, revision: 1, changedAt: 0, changedBy: 'test' };
}

const device = Device.parse({
  kind: 'air',
  provider: 'p',
  id: 'd',
  createdAt: 1,
  intervalMs: minute,
});
const gapMs = minute * staleAfterIntervals;

/** Mostly in the middle, where most rules have nothing to say; sometimes at or beyond the limits, late, twice, or flagged. */
function* samples(seed: number) {
  const random = seeded(seed);
  let at = noon;
  let isCalm = true;
  for (let count = 0; count < 1_500; count++) {
    if (random() < 0.06) isCalm = !isCalm;
    at += random() < 0.03 ? 10 * minute : minute;
    const value = isCalm ? 25 + Math.round(random() * 10) : Math.round(random() * 12) * 5;
    const draw = random();
    const flag = isCalm || draw < 0.6 ? 1 + Math.round(draw) : draw < 0.75 ? 3 : draw < 0.9 ? 4 : 9;
    const saidAt = random() < 0.08 ? at - Math.floor(random() * 4) * minute : at;
    yield { at: saidAt, value, flag, receivedAt: at };
  }
}

describe('the evaluator', () => {
  it.each([1, 2, 3, 4])(
    'lets samples pass that nothing comes of, and finds what each rule finds that sees all (seed %i)',
    (seed) => {
      const turned: string[] = [];
      const told = (rule: string, { turned: side, at, value, limit }: Turn): string =>
        `${rule} ${side} ${at} ${value} ${limit}`;
      let rules = conditions.map(kept);
      const active = new Map<string, object>();
      const evaluator = new Evaluator({
        rules: () => rules,
        deviceOf: () => device,
        memories: new Map(),
        activeOf: (rule) => active.get(rule),
        onTurn(rule, _, turn) {
          if (turn.turned === 'on') active.set(rule.id, {});
          else active.delete(rule.id);
          turned.push(told(rule.id, turn));
        },
        keep: () => {},
      });
      const memories = new Map(rules.map(({ id }) => [id, newMemory()]));
      const expected: string[] = [];
      let count = 0;
      for (const { receivedAt, ...sample } of samples(seed)) {
        const reading = { metric: 'pm10', ...sample, reasons: 0 } as const;
        evaluator.hear({ device: 'p/d', receivedAt, readings: [reading] });
        for (const rule of rules) {
          const memory = memories.get(rule.id);
          const turn = memory && watchSample(rule, memory, sample, gapMs);
          if (turn) expected.push(told(rule.id, turn));
        }
        count += 1;
        if (count % 50 === 0) evaluator.keepMemories(1_000);
        if (count !== 700) continue;
        // A rule that is another one from now on begins anew; all others go on.
        const changed = kept({ condition: { type: 'threshold', op: 'gt', value: 45 } }, 1);
        rules = rules.map((rule) => (rule.id === 'r1' ? changed : rule));
        active.delete('r1');
        evaluator.replaceRule('r1', changed, false);
        memories.set('r1', newMemory());
      }
      expect(turned).toEqual(expected);
      expect(new Set(turned.map((turn) => turn.split(' ')[0])).size).toBe(conditions.length);
    },
  );
});
