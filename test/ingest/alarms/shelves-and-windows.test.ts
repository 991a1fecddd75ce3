import { describe, expect, it } from 'vitest';
import { RuleInvalid } from '../../../broker/contract/alarms.ts';
import { type Bench, bench, hour, minute, story } from './support.ts';

const above = { condition: { type: 'threshold', op: 'gt', value: 50 } } as const;

async function raised(): Promise<Bench & { id: string }> {
  const all = await bench();
  await all.ownRulesOnly();
  await all.device('p/d');
  await all.rule(above);
  await all.say('p/d', 'pm10', 51);
  return Object.assign(all, { id: all.engine.list('open')[0]?.id ?? '' });
}

describe('a shelved alarm', () => {
  it('comes back by itself, and asks for attention anew while it is active', async () => {
    const all = await raised();
    await all.engine.acknowledge(all.id, { by: 'ada' });
    await all.engine.shelve(all.id, { by: 'ada', reason: 'known', forMs: hour });
    expect(all.open()).toEqual([]);
    expect(all.engine.list('shelved')).toMatchObject([
      { shelved: { until: all.now() + hour, reason: 'known', by: 'ada' } },
    ]);
    await all.pass(hour, minute);
    expect(all.open()).toEqual(['r1 p/d active unack']);
    expect(story(all.engine, all.id)).toBe('raised acknowledged shelved unshelved');
  });

  it('keeps its shelf over a restart', async () => {
    const all = await raised();
    await all.engine.shelve(all.id, { by: 'ada', reason: 'known', forMs: hour });
    await all.restart();
    expect(all.open()).toEqual([]);
    expect(all.engine.list('shelved')).toHaveLength(1);
    await all.pass(hour, minute);
    expect(all.open()).toEqual(['r1 p/d active unack']);
  });

  it('whose shelf ended while no process ran is there with the next one', async () => {
    const all = await raised();
    await all.engine.shelve(all.id, { by: 'ada', reason: 'known', forMs: minute });
    await all.restart(hour);
    expect(all.open()).toEqual(['r1 p/d active unack']);
  });

  it('that goes on and off asks nobody', async () => {
    const all = await raised();
    await all.engine.shelve(all.id, { by: 'ada', reason: 'known', forMs: hour });
    for (const value of [1, 60, 1, 60]) {
      await all.pass(minute, minute);
      await all.say('p/d', 'pm10', value);
    }
    expect(all.engine.list('shelved')).toMatchObject([{ activations: 3 }]);
    expect(all.engine.load().lastDay).toBe(1);
  });

  it('can be taken from its shelf', async () => {
    const all = await raised();
    await all.engine.shelve(all.id, { by: 'ada', reason: 'known', forMs: hour });
    const back = await all.engine.unshelve(all.id, { by: 'ada' });
    expect(back).not.toHaveProperty('shelved');
    expect(all.open()).toEqual(['r1 p/d active unack']);
  });
});

describe('maintenance', () => {
  const window = (all: Bench, scope = {}) =>
    all.engine.putMaintenance(
      { from: all.now(), to: all.now() + hour, reason: 'works', scope },
      'ada',
    );

  it('suppresses what is open and what comes, and shows it when it is over', async () => {
    const all = await raised();
    await all.rule({ ...above, id: 'r2', metric: 'temperature' });
    const { id } = await window(all, { devices: ['p/d'] });
    await all.say('p/d', 'temperature', 60);
    expect(all.open()).toEqual([]);
    expect(all.engine.list('suppressed').map(({ suppressed }) => suppressed)).toEqual([
      { by: 'maintenance', id, reason: 'works' },
      { by: 'maintenance', id, reason: 'works' },
    ]);
    expect(all.engine.load().lastDay).toBe(1);
    await all.pass(hour, minute);
    expect(all.open()).toHaveLength(2);
    expect(all.engine.load().lastDay).toBe(3);
    expect(all.engine.maintenance()).toEqual([]);
  });

  it('closes what clears meanwhile', async () => {
    const all = await raised();
    await window(all, { providers: ['p'] });
    await all.pass(minute, minute);
    await all.say('p/d', 'pm10', 1);
    expect(all.engine.list('all')).toEqual([]);
    expect(story(all.engine, all.id)).toBe('raised suppressed cleared closed');
  });

  it('is about whom it names', async () => {
    const all = await raised();
    await window(all, { kinds: ['light'] });
    await window(all, { groups: ['p/c1'] });
    await window(all, { devices: ['p/other'], providers: ['p'] });
    expect(all.open()).toHaveLength(1);
    await all.device('p/d', { group: 'c1' });
    expect(all.open()).toEqual([]);
  });

  it('begins later, holds over a restart, and can be ended', async () => {
    const all = await raised();
    const { id } = await all.engine.putMaintenance(
      { from: all.now() + minute, to: all.now() + hour, reason: 'works', scope: {} },
      'ada',
    );
    expect(all.open()).toHaveLength(1);
    await all.pass(minute);
    expect(all.open()).toEqual([]);
    await all.restart();
    expect(all.open()).toEqual([]);
    expect(await all.engine.endMaintenance(id)).toBe(true);
    expect(all.open()).toHaveLength(1);
    expect(await all.engine.endMaintenance(id)).toBe(false);
  });

  it('that ends before it begins, or has ended, is refused', async () => {
    const all = await raised();
    const refused = (from: number, to: number) =>
      expect(
        all.engine.putMaintenance({ from, to, reason: 'works', scope: {} }, 'ada'),
      ).rejects.toThrow(RuleInvalid);
    await refused(all.now() + hour, all.now());
    await refused(all.now() - hour, all.now());
  });
});
