import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { AlarmRule, type NewAlarmRule } from '../../../broker/contract/alarm-rules.ts';
import { RuleInvalid } from '../../../broker/contract/alarms.ts';
import type { MetricName } from '../../../broker/contract/metrics.ts';
import { batchOf } from '../../../ingest/store/reading-batch.ts';
import type { StoredReading } from '../../../ingest/store/store.ts';
import { type Bench, bench, hour, minute, noon } from './support.ts';

interface Heard {
  metric: MetricName;
  at: number;
  value: number;
  flag: number;
}

/** What the engine does live on a series, as `raised-cleared` in minutes from noon. */
async function live(rule: NewAlarmRule, kind: string, heard: readonly Heard[], to: number) {
  const all = await ready(kind);
  await all.engine.putRule(AlarmRule.parse(rule), 'test');
  for (const { metric, at, value, flag } of heard) {
    if (at > all.now())
      await all.pass(at - all.now(), rule.condition.type === 'missing' ? 1_000 : hour);
    await all.say('p/d', metric, value, { at, flag });
  }
  await all.pass(to - all.now(), rule.condition.type === 'missing' ? 1_000 : hour);
  const spans: string[] = [];
  for (const { kind: what, eventAt = 0 } of all.engine
    .history({ rule: rule.id, limit: 500 })
    .reverse()) {
    const minutes = Math.round((eventAt - noon) / minute);
    if (what === 'raised' || what === 'activated') spans.push(`${minutes}-`);
    if (what === 'cleared') spans.push(`${spans.pop()}${minutes}`);
  }
  return spans;
}

async function ready(kind: string): Promise<Bench> {
  const all = await bench();
  await all.ownRulesOnly();
  await all.device('p/d', {
    kind,
    lamp: { nominalPowerW: 100 },
    location: { lat: 41.39, lon: 2.17 },
    container: { stream: 'paper' },
  });
  return all;
}

/** The same by a test of the rule on what is stored. */
async function tested(rule: NewAlarmRule, kind: string, heard: readonly Heard[], to: number) {
  const all = await ready(kind);
  await all.store.write(
    batchOf(
      heard.map(
        ({ flag, ...reading }): StoredReading => ({
          device: 'p/d',
          reasons: 0,
          receivedAt: reading.at,
          flag: flag as StoredReading['flag'],
          ...reading,
        }),
      ),
    ),
  );
  await all.restart();
  const found = await all.engine.testRule(AlarmRule.parse(rule), { from: noon, to });
  expect(found.fired).toBe(found.alarms.length);
  return found.alarms.map(
    ({ raisedAt, clearedAt }) =>
      `${Math.round((raisedAt - noon) / minute)}-${clearedAt === null ? '' : Math.round((clearedAt - noon) / minute)}`,
  );
}

const series = (metric: MetricName, ...values: (number | null)[]): Heard[] =>
  values.flatMap((value, index) =>
    value === null ? [] : [{ metric, at: noon + index * minute, value, flag: 1 }],
  );

const base = { id: 'r1', name: 'Rule' };

describe('a rule tried on a recorded series does what it does live', () => {
  it.each<[string, NewAlarmRule, string, Heard[], string[]]>([
    [
      'threshold',
      {
        ...base,
        metric: 'pm10',
        condition: { type: 'threshold', op: 'gt', value: 50, clearAt: 40 },
      },
      'air',
      series('pm10', 10, 60, 45, 40, 60, 60),
      ['1-3', '4-'],
    ],
    [
      'threshold for two minutes',
      {
        ...base,
        metric: 'pm10',
        forMs: 2 * minute,
        condition: { type: 'threshold', op: 'gt', value: 50 },
      },
      'air',
      series('pm10', 60, 60, 60, 10, 60, 60, 10, 60, null, null, null, 60, 60, 60),
      ['2-3', '13-'],
    ],
    [
      'stuck',
      { ...base, condition: { type: 'stuck', durationMs: 3 * minute } },
      'air',
      series('pm10', 5, 5, 5, 5, 5, 6),
      ['3-5'],
    ],
    [
      'missing',
      { ...base, condition: { type: 'missing', intervals: 3 } },
      'air',
      [...series('pm10', 5, 5, null, null, null, null, null, 5), ...series('temperature', 5, 5, 5)],
      ['5-7', '10-'],
    ],
    [
      'a lamp that fails',
      { ...base, condition: { type: 'lamp', states: ['failed'] } },
      'light',
      [...Array(20).keys()].flatMap((index) => [
        { metric: 'lamp_on' as const, at: noon + 6 * hour + index * minute, value: 1, flag: 1 },
        {
          metric: 'power' as const,
          at: noon + 6 * hour + index * minute,
          value: index < 5 || index > 16 ? 100 : 2,
          flag: 1,
        },
      ]),
      ['370-377'],
    ],
    [
      'a fire',
      { ...base, condition: { type: 'container', states: ['fire'] } },
      'waste',
      [...series('temperature', 20, 21, 65, 66, 22), ...series('fill_level', 50, 50, 50, 50, 50)],
      ['2-4'],
    ],
  ])('%s', async (_, rule, kind, heard, spans) => {
    const sorted = heard.toSorted((a, b) => a.at - b.at);
    const to = Math.max(noon + 14 * minute, ...heard.map(({ at }) => at + minute));
    expect(await live(rule, kind, sorted, to)).toEqual(spans);
    expect(await tested(rule, kind, sorted, to)).toEqual(spans);
  });

  it('whatever the series', async () => {
    const samples = fc.array(
      fc.record({
        afterMinutes: fc.integer({ min: 1, max: 4 }),
        value: fc.integer({ min: 0, max: 100 }),
        flag: fc.constantFrom(1, 1, 1, 2, 3, 4),
      }),
      { minLength: 1, maxLength: 40 },
    );
    const rules = fc.record({
      forMs: fc.constantFrom(0, minute, 5 * minute),
      clearForMs: fc.constantFrom(0, 2 * minute),
      countsSuspect: fc.boolean(),
      condition: fc.constantFrom<NewAlarmRule['condition'][]>(
        { type: 'threshold', op: 'gt', value: 60, clearAt: 40 },
        { type: 'outside', min: 20, max: 80, hysteresis: 5 },
        { type: 'delta', change: 50, withinMs: 10 * minute },
        { type: 'rate', op: 'gt', perMinute: 10 },
        { type: 'count', op: 'gt', value: 60, times: 3, withinMs: 10 * minute },
        { type: 'quality', flag: 'suspect' },
        { type: 'stuck', tolerance: 30, durationMs: 3 * minute },
      ),
    });
    await fc.assert(
      fc.asyncProperty(samples, rules, async (steps, rule) => {
        let at = noon;
        const heard = steps.map(({ afterMinutes, value, flag }): Heard => {
          at += afterMinutes * minute;
          return { metric: 'pm10', at, value, flag };
        });
        const whole = { ...base, metric: 'pm10' as const, ...rule };
        expect(await tested(whole, 'air', heard, at + 1)).toEqual(
          await live(whole, 'air', heard, at + 1),
        );
      }),
      { numRuns: 25, seed: 7 },
    );
  }, 60_000);
});

describe('a test of a rule', () => {
  it('of parts that do not fit together is refused', async () => {
    const all = await bench();
    const rule = AlarmRule.parse({ ...base, condition: { type: 'threshold', op: 'gt', value: 5 } });
    await expect(all.engine.testRule(rule, { from: noon - hour, to: noon })).rejects.toThrow(
      RuleInvalid,
    );
  });

  it('skips a device whose series is too large, and says so', async () => {
    const all = await ready('air');
    await all.store.write(
      batchOf([
        {
          device: 'p/d',
          metric: 'pm10',
          at: noon - minute,
          value: 99,
          flag: 1,
          reasons: 0,
          receivedAt: noon,
        },
      ]),
    );
    await all.restart();
    const rule = AlarmRule.parse({
      ...base,
      metric: 'pm10',
      condition: { type: 'threshold', op: 'gt', value: 5 },
    });
    const span = { from: noon - hour, to: noon };
    expect(await all.engine.testRule(rule, span)).toMatchObject({
      devices: 1,
      skipped: 0,
      fired: 1,
      perDay: 24,
    });
    const { QueryTooLarge } = await import('../../../ingest/store/store.ts');
    all.store.raw = () => Promise.reject(new QueryTooLarge('too many'));
    expect(await all.engine.testRule(rule, span)).toMatchObject({
      devices: 0,
      skipped: 1,
      fired: 0,
    });
  });
});

describe('whatever the order of delivery', () => {
  it('the newest sample decides whether an alarm without memory is on', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.uniqueArray(fc.integer({ min: 0, max: 500 }), { minLength: 1, maxLength: 15 }),
        fc.infiniteStream(fc.integer({ min: 0, max: 100 })),
        fc.infiniteStream(fc.nat()),
        async (minutes, values, order) => {
          const samples = minutes.map((at) => ({ at, value: values.next().value as number }));
          const shuffled = samples
            .map((sample) => ({ sample, place: order.next().value as number }))
            .sort((a, b) => a.place - b.place)
            .map(({ sample }) => sample);
          const all = await ready('air');
          await all.rule({ condition: { type: 'threshold', op: 'gt', value: 50 } });
          // Each twice.
          for (const { at, value } of [...shuffled, ...shuffled])
            await all.say('p/d', 'pm10', value, { at: noon - 1_000 * minute + at * minute });
          const newest = samples.reduce((a, b) => (b.at > a.at ? b : a));
          expect(all.engine.list('active').length).toBe(newest.value > 50 ? 1 : 0);
          expect(all.engine.list('all').length).toBeLessThanOrEqual(1);
          await all.engine.stop();
        },
      ),
      { numRuns: 25, seed: 11 },
    );
  }, 60_000);
});
