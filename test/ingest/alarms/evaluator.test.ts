import { describe, expect, it } from 'vitest';
import {
  AlarmRule,
  type KeptAlarmRule,
  type NewAlarmRule,
} from '../../../broker/contract/alarm-rules.ts';
import { Device } from '../../../broker/contract/device.ts';
import { staleAfterIntervals } from '../../../broker/contract/standing.ts';
import { Evaluator } from '../../../ingest/alarms/evaluator.ts';
import type { Sample } from '../../../ingest/domain/alarms/condition.ts';
import {
  isIdle,
  newMemory,
  type Turn,
  type WatchMemory,
  watchSample,
} from '../../../ingest/domain/alarms/watch.ts';
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
  { condition: { type: 'stuck', tolerance: 3, durationMs: 3 * minute }, forMs: minute },
];
/** Rules about one series together: all of them, and each by itself or beside those whose samples pass. */
const together: readonly (readonly number[])[] = [
  conditions.map((_, index) => index),
  ...conditions.map((_, index) => [index]),
  [0, 1, 6, 8],
  [2, 5, 11, 12],
  [0, 8, 9],
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

/** What each rule finds that sees every sample, and what it remembers in the end. */
class SeesAll {
  readonly turned: string[] = [];
  readonly memories = new Map<string, WatchMemory>();

  hear(rules: readonly KeptAlarmRule[], sample: Sample, series = 'p/d pm10'): void {
    for (const rule of rules) {
      const key = `${rule.id} ${series}`;
      const memory = this.memories.get(key) ?? newMemory();
      this.memories.set(key, memory);
      const turn = watchSample(rule, memory, sample, gapMs);
      if (turn) this.turned.push(told(rule.id, turn));
    }
  }

  /** What has to be on disk. */
  get kept(): Record<string, WatchMemory> {
    return Object.fromEntries([...this.memories].filter(([, memory]) => !isIdle(memory)));
  }
}

const told = (rule: string, { turned: side, at, value, limit }: Turn): string =>
  `${rule} ${side} ${at} ${value} ${limit}`;

/** An evaluator with what is told of it and what it keeps. */
function evaluatorOf(rules: () => readonly KeptAlarmRule[], deviceOf = () => device) {
  const turned: string[] = [];
  const active = new Map<string, object>();
  const kept = new Map<string, WatchMemory>();
  const evaluator = new Evaluator({
    rules,
    deviceOf,
    memories: new Map(),
    activeOf: (rule, key) => active.get(`${rule} ${key}`),
    onTurn(rule, key, turn) {
      if (turn.turned === 'on') active.set(`${rule.id} ${key}`, {});
      else active.delete(`${rule.id} ${key}`);
      turned.push(told(rule.id, turn));
    },
    keep: (key, memory) =>
      memory ? kept.set(key, structuredClone(memory)) : void kept.delete(key),
  });
  return { evaluator, turned, active, kept };
}

describe('the evaluator', () => {
  it.each(together.flatMap((chosen) => [1, 2, 3, 4].map((seed) => ({ chosen, seed }))))(
    'lets samples pass that nothing comes of, and finds what each rule finds that sees all (rules $chosen, seed $seed)',
    ({ chosen, seed }) => {
      let rules = conditions.map(kept).filter((_, index) => chosen.includes(index));
      const { evaluator, turned, active, kept: onDisk } = evaluatorOf(() => rules);
      const expected = new SeesAll();
      let count = 0;
      for (const { receivedAt, ...sample } of samples(seed)) {
        const reading = { metric: 'pm10', ...sample, reasons: 0 } as const;
        evaluator.hear({ device: 'p/d', receivedAt, readings: [reading] });
        expected.hear(rules, sample);
        count += 1;
        if (count % 50 === 0) {
          evaluator.keepMemories(1_000);
          expect(Object.fromEntries(onDisk)).toEqual(expected.kept);
        }
        if (count !== 700 || !chosen.includes(1)) continue;
        // A rule that is another one from now on begins anew; all others go on.
        const changed = kept({ condition: { type: 'threshold', op: 'gt', value: 45 } }, 1);
        rules = rules.map((rule) => (rule.id === 'r1' ? changed : rule));
        active.delete('r1 p/d');
        evaluator.replaceRule('r1', changed, false);
        expected.memories.delete('r1 p/d pm10');
      }
      expect(turned).toEqual(expected.turned);
      expect(new Set(turned.map((turn) => turn.split(' ')[0])).size).toBe(chosen.length);
    },
  );

  it('tells devices and series apart in whatever order they come, also when others went before', () => {
    const rules = conditions.map((rule, index) => ({ ...kept(rule, index), metric: undefined }));
    const chosen = rules.filter((_, index) => [0, 6, 12].includes(index));
    const { evaluator, active, kept: onDisk } = evaluatorOf(() => chosen);
    const expected = new SeesAll();
    const random = seeded(7);
    const metrics = ['pm10', 'pm2_5', 'temperature', 'noise'] as const;
    for (let at = noon; at < noon + 300 * minute; at += minute) {
      for (const key of ['p/a', 'p/b', 'p/c'] as const) {
        if (random() < 0.02) {
          evaluator.describe(key, undefined);
          for (const one of [...active.keys()]) if (one.endsWith(key)) active.delete(one);
          for (const one of [...expected.memories.keys()])
            if (one.includes(key)) expected.memories.delete(one);
        }
        const said = metrics.filter(() => random() < 0.8).sort(() => random() - 0.5);
        const readings = said.map((metric) => {
          const value = 20 + Math.round(random() * 35);
          return { metric, at, value, flag: random() < 0.1 ? 4 : 1, reasons: 0 };
        });
        for (const { metric, ...sample } of readings)
          expected.hear(chosen, sample, `${key} ${metric}`);
        evaluator.hear({ device: key, receivedAt: at, readings });
      }
      evaluator.keepMemories(1_000);
      expect(Object.fromEntries(onDisk)).toEqual(expected.kept);
    }
  });
});
