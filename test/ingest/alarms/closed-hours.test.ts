import { describe, expect, it } from 'vitest';
import type { MetricName } from '../../../broker/contract/metrics.ts';
import { builtInRules } from '../../../ingest/domain/alarms/built-in-rules.ts';
import type { Store } from '../../../ingest/store/store.ts';
import { HourStore } from '../../support/hour-store.ts';
import { type Bench, bench, hour, minute, noon } from './support.ts';

/** Hourly means of a station up to noon; each `null` is an hour that is not valid. */
type Hours = readonly (number | null)[];

async function station(
  metric: MetricName,
  hours: Hours,
  {
    method = 'reference',
    more = {},
  }: { method?: string; more?: Partial<Record<MetricName, Hours>> } = {},
): Promise<Bench & { hours: HourStore }> {
  const hoursOf = new HourStore();
  for (const [name, means] of Object.entries({ [metric]: hours, ...more }))
    hoursOf.put('p/d', name as MetricName, noon - means.length * hour, means);
  const all = await bench({ store: hoursOf as unknown as Store });
  for (const rule of builtInRules)
    if (rule.condition.type === 'missing')
      await all.engine.putRule({ ...rule, enabled: false }, 'test');
  await all.device('p/d', { station: { method } });
  // Heard of before the hour is judged.
  for (const name of [metric, ...Object.keys(more)])
    await all.say('p/d', name as MetricName, 1, { at: noon - hour });
  await all.pass(11 * minute, minute);
  return Object.assign(all, { hours: hoursOf });
}

/** Goes on by one hour with this mean. */
async function next(
  all: Bench & { hours: HourStore },
  metric: MetricName,
  mean: number | null,
): Promise<void> {
  all.hours.put('p/d', metric, all.now() - (all.now() % hour), [mean]);
  await all.pass(hour, minute);
}

describe('EU thresholds (2024/2881)', () => {
  it.each<[MetricName, Hours, string[]]>([
    ['no2', [150.4], []],
    ['no2', [150.5], ['eu-2024-information']],
    ['no2', [201, 201], ['eu-2024-information']],
    ['no2', [201, 201, 201], ['eu-2024-alert', 'eu-2024-information']],
    ['no2', [201, null, 201, 201], ['eu-2024-information']],
    ['no2', [201, 200, 201, 201], ['eu-2024-information']],
    ['no2', [300, 300, 300, null], []],
    ['so2', [275, 275, 276], ['eu-2024-information']],
    ['so2', [351, 351, 351], ['eu-2024-alert', 'eu-2024-information']],
    ['o3', [180], []],
    ['o3', [181], ['eu-2024-information']],
    ['o3', [241], ['eu-2024-alert', 'eu-2024-information']],
    // A legal day from 23:00 to 23:00 UTC, and the 13 hours to noon.
    [
      'pm10',
      [...Array(24).fill(91), ...Array(13).fill(5)],
      ['eu-2024-alert', 'eu-2024-information'],
    ],
    ['pm10', [...Array(24).fill(90), ...Array(13).fill(500)], []],
    [
      'pm10',
      [...Array(6).fill(null), ...Array(18).fill(91), ...Array(13).fill(5)],
      ['eu-2024-alert', 'eu-2024-information'],
    ],
    ['pm10', [...Array(7).fill(null), ...Array(17).fill(91), ...Array(13).fill(5)], []],
    [
      'pm2_5',
      [...Array(24).fill(51), ...Array(13).fill(5)],
      ['eu-2024-alert', 'eu-2024-information'],
    ],
  ])('%s %j', async (metric, hours, rules) => {
    const all = await station(metric, hours);
    const found = all.engine.list('all').map(({ rule }) => rule);
    expect(found.filter((rule) => rule.startsWith('eu-')).sort()).toEqual(rules);
  });

  it.each(['maker', 'indicative'])('are not for devices of method %s', async (method) => {
    const all = await station('no2', [500, 500, 500], { method });
    expect(all.engine.list('all').filter(({ rule }) => rule.startsWith('eu-'))).toEqual([]);
  });

  it('say value, limit and pollutant; a gap does not end them, a valid hour below does', async () => {
    const all = await station('no2', [210, 220, 230]);
    expect(all.engine.list('all').find(({ rule }) => rule === 'eu-2024-alert')).toMatchObject({
      metric: 'no2',
      value: 230,
      limit: 200,
      raisedAt: noon,
      priority: 'high',
    });
    const alert = () => all.engine.list('all').find(({ rule }) => rule === 'eu-2024-alert')?.active;
    await next(all, 'no2', null);
    expect(alert()).toBe(true);
    await next(all, 'no2', 201);
    expect(alert()).toBe(true);
    await next(all, 'no2', 200);
    expect(alert()).toBe(false);
  });

  it('are judged later when the store was away', async () => {
    const all = await station('no2', [210]);
    all.hours.isDown = true;
    await next(all, 'no2', 100);
    expect(all.engine.list('all').find(({ rule }) => rule === 'eu-2024-information')?.active).toBe(
      true,
    );
    all.hours.isDown = false;
    await all.pass(2 * minute);
    expect(all.engine.list('all').find(({ rule }) => rule === 'eu-2024-information')?.active).toBe(
      false,
    );
  });
});

describe('air index', () => {
  const index = (all: Bench) => all.engine.list('all').find(({ rule }) => rule === 'air-index');

  it("of level 5, also of a maker's sensor, with the pollutant that drives it", async () => {
    const all = await station('pm2_5', [91], { method: 'maker', more: { pm10: [50] } });
    expect(index(all)).toMatchObject({
      metric: 'pm2_5',
      value: 91,
      detail: 'level-5',
      priority: 'medium',
    });
    await next(all, 'pm2_5', null);
    // Only pm10 is left, of the hour before: nothing is known of this hour.
    expect(index(all)?.active).toBe(true);
    await next(all, 'pm2_5', 90);
    expect(index(all)?.active).toBe(false);
  });

  it('of level 4 is none', async () => {
    expect(index(await station('pm2_5', [90]))).toBeUndefined();
  });

  it('goes on after a restart and ends then', async () => {
    const all = await station('pm2_5', [150]);
    await all.restart();
    await all.say('p/d', 'pm2_5', 1);
    expect(index(all)).toMatchObject({ active: true, activations: 1 });
    await next(all, 'pm2_5', 3);
    expect(index(all)).toMatchObject({ active: false, activations: 1 });
  });
});
