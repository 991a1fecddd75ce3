import { describe, expect, it } from 'vitest';
import { AlarmRule, type NewAlarmRule } from '../../../broker/contract/alarm-rules.ts';
import { NoSuchRule, RuleChanged, RuleInvalid } from '../../../broker/contract/alarms.ts';
import { builtInRules } from '../../../ingest/domain/alarms/built-in-rules.ts';
import { faultOf } from '../../../ingest/domain/alarms/check-rule.ts';
import { type Bench, bench, minute, story } from './support.ts';

const above = { condition: { type: 'threshold', op: 'gt', value: 50 } } as const;

describe('the parts of a rule', () => {
  it.each<[string, Partial<NewAlarmRule> & Pick<NewAlarmRule, 'condition'>, string | undefined]>([
    [
      'needs a metric',
      { ...above, metric: undefined },
      'metric: a rule of type threshold needs one',
    ],
    [
      'takes none',
      { metric: 'pm10', condition: { type: 'lamp', states: ['failed'] } },
      'metric: a rule of type lamp takes none',
    ],
    [
      'hysteresis on the wrong side',
      { condition: { type: 'threshold', op: 'gt', value: 50, clearAt: 51 } },
      'condition.clearAt: 51 must not be above 50',
    ],
    [
      'hysteresis of a fall',
      { condition: { type: 'threshold', op: 'lt', value: 50, clearAt: 51 } },
      undefined,
    ],
    [
      'hysteresis of eq',
      { condition: { type: 'threshold', op: 'eq', value: 1, clearAt: 1 } },
      'condition.clearAt: eq has no hysteresis',
    ],
    [
      'min above max',
      { condition: { type: 'outside', min: 5, max: 5 } },
      'condition.min: 5 must be below max 5',
    ],
    [
      'a band of hysteresis only',
      { condition: { type: 'outside', min: 0, max: 4, hysteresis: 2 } },
      'condition.hysteresis: 2 from both ends leaves nothing between min and max',
    ],
    [
      'a fall that rises',
      { condition: { type: 'rate', op: 'lt', perMinute: 1 } },
      'condition.perMinute: lt wants a negative number, got 1',
    ],
    [
      'a rate of zero',
      { condition: { type: 'rate', op: 'gt', perMinute: 0 } },
      'condition.perMinute: gt wants a positive number, got 0',
    ],
    ['a rise', { condition: { type: 'rate', op: 'gt', perMinute: 1 } }, undefined],
    ['a fall', { condition: { type: 'rate', op: 'lt', perMinute: -1 } }, undefined],
    [
      'percent of °C',
      { metric: 'temperature', condition: { type: 'delta', change: 5, unit: 'percent' } },
      'condition.unit: degrees Celsius have no percentage, their zero is arbitrary',
    ],
    [
      'an index that is not there',
      { metric: undefined, condition: { type: 'index', scheme: 'AQI', level: 2 } },
      'condition.scheme: AQI is not one of EAQI-2024, EAQI-2017, LQI-2025, US-AQI-2024',
    ],
    [
      'a level that is not there',
      { metric: undefined, condition: { type: 'index', level: 7 } },
      'condition.level: EAQI-2024 has 6 levels',
    ],
    [
      'a threshold that the law has not',
      { metric: 'pm10', condition: { type: 'eu', rules: 'EU-2008-50', threshold: 'alert' } },
      'metric: EU-2008-50 has no alert threshold for pm10',
    ],
  ])('%s', (_, rule, fault) => {
    expect(faultOf(AlarmRule.parse({ id: 'r', name: 'R', metric: 'pm10', ...rule }))).toBe(fault);
  });
});

describe('built-in rules', () => {
  it('fit together and say who does what, by when', () => {
    expect(new Set(builtInRules.map(({ id }) => id)).size).toBe(builtInRules.length);
    for (const rule of builtInRules) {
      expect(faultOf(rule), rule.id).toBeUndefined();
      expect([rule.consequence, rule.response].every(Boolean), rule.id).toBe(true);
      expect(rule.timeAllowedMs, rule.id).toBeGreaterThan(0);
    }
  });

  it('cannot be removed, only changed and switched off, which stays', async () => {
    const all = await bench();
    await expect(all.engine.deleteRule('bin-fire', 'ada')).rejects.toThrow(RuleInvalid);
    await expect(all.engine.deleteRule('nothing', 'ada')).rejects.toThrow(NoSuchRule);
    const { builtIn, revision, changedAt, changedBy, ...fire } =
      all.engine.rules().find(({ id }) => id === 'bin-fire') ?? expect.fail();
    const kept = await all.engine.putRule({ ...fire, enabled: false }, 'ada');
    expect(kept).toMatchObject({ builtIn: true, enabled: false, revision: 1, changedBy: 'ada' });
    await expect(all.engine.putRule(fire, 'bob', revision)).rejects.toThrow(RuleChanged);
    await expect(all.engine.putRule({ ...fire, id: 'gone' }, 'bob', 1)).rejects.toThrow(
      RuleChanged,
    );
    await all.restart();
    expect(all.engine.rules()).toHaveLength(builtInRules.length);
    expect(all.engine.rules().find(({ id }) => id === 'bin-fire')).toEqual(kept);
  });
});

describe('a rule that changes while its alarm is open', () => {
  async function raised(): Promise<Bench> {
    const all = await bench();
    await all.ownRulesOnly();
    await all.device('p/d');
    await all.rule(above);
    await all.say('p/d', 'pm10', 60);
    return all;
  }

  it('removed or switched off: closed', async () => {
    const all = await raised();
    await all.rule({ ...above, enabled: false });
    expect(all.engine.list('all')).toEqual([]);
    await all.rule(above);
    await all.say('p/d', 'pm10', 61, { at: all.now() + minute });
    expect(all.open()).toEqual(['r1 p/d active unack']);
    await all.engine.deleteRule('r1', 'ada');
    expect(all.engine.list('all')).toEqual([]);
    expect(all.engine.history({ limit: 1, rule: 'r1' })).toMatchObject([
      { kind: 'closed', by: 'ada' },
    ]);
  });

  it('another limit: held against the last sample at once', async () => {
    const all = await raised();
    await all.rule({ condition: { type: 'threshold', op: 'gt', value: 55 } });
    expect(all.open()).toEqual(['r1 p/d active unack']);
    await all.rule({ condition: { type: 'threshold', op: 'gt', value: 65 } });
    expect(all.open()).toEqual(['r1 p/d cleared unack']);
  });

  it('another scope: closed where it is not about the device any more', async () => {
    const all = await raised();
    await all.rule({ ...above, scope: { kinds: ['noise'] } });
    expect(all.engine.list('all')).toEqual([]);
  });

  it('another priority and name: the alarm has them too', async () => {
    const all = await raised();
    await all.rule({ ...above, name: 'Other', priority: 'high' });
    expect(all.engine.list('open')).toMatchObject([
      { name: 'Other', priority: 'high', activations: 1 },
    ]);
    expect(story(all.engine)).toBe('raised priority');
  });

  it('a deleted device takes its alarms along', async () => {
    const all = await raised();
    await all.registry.deleteDevice('p/d');
    expect(all.engine.list('all')).toEqual([]);
    await all.say('p/d', 'pm10', 99, { at: all.now() + minute });
    expect(all.engine.list('all')).toEqual([]);
  });
});
