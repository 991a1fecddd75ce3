import { describe, expect, it } from 'vitest';
import { type Bench, bench, keys, minute, story } from './support.ts';

const lamps = keys(120);
const silent = { metric: undefined, condition: { type: 'missing', intervals: 3.6 } } as const;
const dark = { metric: 'voltage', condition: { type: 'threshold', op: 'lt', value: 23 } } as const;

/** A cabinet with 120 lamps that report every five minutes, each at its own time. */
async function cabinet(rule: Parameters<Bench['rule']>[0]): Promise<Bench> {
  const all = await bench();
  await all.ownRulesOnly();
  for (const key of lamps)
    await all.device(key, { kind: 'light', group: 'c1', intervalMs: 5 * minute });
  await all.rule(rule);
  return all;
}

/** Each lamp of some says a voltage, one every 2.5 s. */
async function round(all: Bench, volts: number, of = lamps): Promise<void> {
  for (const key of of) {
    all.hear({
      device: key,
      receivedAt: all.now(),
      readings: [{ metric: 'voltage', at: all.now(), value: volts, flag: 1, reasons: 0 }],
    });
    await all.pass(2_500, 2_500);
  }
  await all.pass(1_000);
}

describe('a cabinet without supply', () => {
  it('is one alarm, not 120, though its lamps say so one after the other', async () => {
    const all = await cabinet(dark);
    await round(all, 230);
    let most = 0;
    for (const key of lamps) {
      await round(all, 0, [key]);
      most = Math.max(most, all.engine.list('open').length);
    }
    expect(most).toBe(1);
    expect(all.engine.list('open')).toMatchObject([
      { group: 'p/c1', childCount: 120, active: true },
    ]);
    expect(all.engine.list('open')[0]?.children).toHaveLength(120);
    expect(all.engine.list('suppressed')).toHaveLength(120);
    expect(all.engine.load().lastDay).toBe(1);
    expect(all.engine.flood).toBe(false);

    // Supply is back; all but two follow.
    await round(all, 230, lamps.slice(2));
    expect(all.open()).toEqual(['r1 @p/c1 active unack']);
    await all.pass(5 * minute, 10_000);
    expect(all.open().sort()).toEqual([
      'r1 @p/c1 cleared unack',
      'r1 p/d0 active unack',
      'r1 p/d1 active unack',
    ]);
    expect(all.engine.list('suppressed')).toEqual([]);
  });

  it('is one alarm when the lamps fall silent one after the other', async () => {
    const all = await cabinet(silent);
    await round(all, 230);
    let most = 0;
    for (let waited = 0; waited < 30 * minute; waited += 10_000) {
      await all.pass(10_000, 2_500);
      most = Math.max(most, all.engine.list('open').length);
    }
    expect(most).toBe(1);
    expect(all.engine.list('open')).toMatchObject([{ group: 'p/c1', childCount: 120 }]);
    await round(all, 230);
    await all.pass(minute);
    expect(all.open()).toEqual(['r1 @p/c1 cleared unack']);
    expect(all.engine.list('all')).toHaveLength(1);
  });

  it('goes on as one after a restart', async () => {
    const all = await cabinet(dark);
    await round(all, 230);
    await round(all, 0, lamps.slice(0, 80));
    await all.restart();
    expect(all.engine.list('open')).toMatchObject([{ group: 'p/c1', childCount: 80 }]);
    await round(all, 0, lamps.slice(80));
    expect(all.engine.list('open')).toMatchObject([{ childCount: 120, activations: 1 }]);
    await round(all, 230);
    await all.pass(minute);
    expect(all.open()).toEqual(['r1 @p/c1 cleared unack']);
  });
});

describe('a few lamps of a cabinet', () => {
  it('are alarms of their own, after the time that others would have taken to say the same', async () => {
    const all = await cabinet(dark);
    await round(all, 230);
    await round(all, 0, lamps.slice(0, 2));
    expect(all.open()).toEqual([]);
    await all.pass(5 * minute, 10_000);
    expect(all.open()).toHaveLength(2);
    await round(all, 230, lamps.slice(0, 1));
    expect(all.open()).toEqual(['r1 p/d1 active unack', 'r1 p/d0 cleared unack']);
  });

  it('that are well again before that time are none', async () => {
    const all = await cabinet(dark);
    await round(all, 0, lamps.slice(0, 2));
    await round(all, 230, lamps.slice(0, 2));
    await all.pass(10 * minute, 10_000);
    expect(all.engine.list('all')).toEqual([]);
    expect(story(all.engine)).toBe('');
  });

  it('that waited when the rule became another one are judged by that one alone', async () => {
    const all = await cabinet(dark);
    await all.say('p/d0', 'voltage', 20);
    await all.rule({ ...dark, condition: { type: 'threshold', op: 'lt', value: 10 } });
    await all.pass(10 * minute, 10_000);
    expect(all.engine.list('all')).toEqual([]);
  });

  it('do not wait when it is critical, or the rule does not group', async () => {
    const all = await cabinet({ ...dark, priority: 'critical' });
    await all.rule({ ...dark, id: 'r2', grouping: 'none' });
    await all.say('p/d0', 'voltage', 0);
    expect(all.open()).toEqual(['r1 p/d0 active unack', 'r2 p/d0 active unack']);
  });

  it('join the alarm of the group that they are moved to', async () => {
    const all = await cabinet(dark);
    for (const key of keys(3, 'q')) await all.device(key, { kind: 'light', group: 'c2' });
    for (const key of keys(3, 'q')) await all.say(key, 'voltage', 0);
    expect(all.engine.list('open')).toMatchObject([{ group: 'q/c2', childCount: 3 }]);
    await all.registry.deleteDevice('q/d0');
    await all.pass(2_000);
    expect(all.engine.list('open')).toMatchObject([{ group: 'q/c2', childCount: 2 }]);
    await all.pass(2 * minute);
    expect(
      all
        .open()
        .filter((one) => one.includes('active'))
        .sort(),
    ).toEqual(['r1 q/d1 active unack', 'r1 q/d2 active unack']);
  });
});
