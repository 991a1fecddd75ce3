import { describe, expect, it } from 'vitest';
import { AlarmChanged, NoSuchAlarm } from '../../../broker/contract/alarms.ts';
import { batchOf } from '../../../ingest/store/reading-batch.ts';
import { type Bench, bench, hour, minute, story } from './support.ts';

const above = { condition: { type: 'threshold', op: 'gt', value: 50, clearAt: 45 } } as const;

async function ready(): Promise<Bench> {
  const all = await bench();
  await all.ownRulesOnly();
  await all.device('p/d');
  return all;
}

describe('one alarm from its first sample to its end', () => {
  it('is raised, acknowledged, cleared and closed', async () => {
    const all = await ready();
    await all.rule(above);
    await all.say('p/d', 'pm10', 51);
    const [alarm] = all.engine.list('open');
    expect(alarm).toMatchObject({
      rule: 'r1',
      name: 'Rule',
      priority: 'low',
      device: 'p/d',
      metric: 'pm10',
      value: 51,
      limit: 50,
      active: true,
      acknowledged: false,
      activations: 1,
      raisedAt: all.now(),
    });
    const id = alarm?.id ?? '';
    const acked = await all.engine.acknowledge(id, { by: 'ada', comment: 'seen', revision: 1 });
    expect(acked).toMatchObject({ acknowledged: true, acknowledgedBy: 'ada', comments: 1 });
    await all.pass(minute);
    await all.say('p/d', 'pm10', 40);
    expect(all.open()).toEqual([]);
    expect(all.engine.get(id)).toBeUndefined();
    expect(story(all.engine, id)).toBe('raised acknowledged cleared closed');
  });

  it('is cleared first and waits to be acknowledged', async () => {
    const all = await ready();
    await all.rule(above);
    await all.say('p/d', 'pm10', 51);
    await all.pass(minute);
    await all.say('p/d', 'pm10', 40);
    expect(all.open()).toEqual(['r1 p/d cleared unack']);
    await all.engine.acknowledge(all.engine.list('open')[0]?.id ?? '', { by: 'ada' });
    expect(all.open()).toEqual([]);
  });

  it('that comes back is the same one, once more and unacknowledged', async () => {
    const all = await ready();
    await all.rule(above);
    await all.say('p/d', 'pm10', 51);
    await all.pass(minute);
    await all.say('p/d', 'pm10', 40);
    await all.pass(minute);
    await all.say('p/d', 'pm10', 60);
    expect(all.engine.list('open')).toMatchObject([{ activations: 2, active: true, value: 60 }]);
    expect(all.engine.list('open')).toHaveLength(1);
  });

  it('flapping a hundred times in the dead band is one alarm with one activation', async () => {
    const all = await ready();
    await all.rule(above);
    for (let turn = 0; turn < 100; turn += 1) {
      await all.say('p/d', 'pm10', turn % 2 === 0 ? 51 : 46);
      await all.pass(minute, minute);
    }
    expect(all.engine.list('all')).toMatchObject([{ activations: 1 }]);
  });

  it('low and over for 24 h without anybody looking is closed by the platform', async () => {
    const all = await ready();
    await all.rule(above);
    await all.rule({ ...above, id: 'r2', priority: 'medium' });
    await all.say('p/d', 'pm10', 51);
    await all.pass(minute);
    await all.say('p/d', 'pm10', 40);
    await all.pass(23 * hour, minute);
    expect(all.engine.list('open')).toHaveLength(2);
    await all.pass(2 * hour, minute);
    expect(all.open()).toEqual(['r2 p/d cleared unack']);
    const [closed] = all.engine.history({ rule: 'r1', limit: 1 });
    expect(closed).toMatchObject({ kind: 'closed', by: 'platform' });
  });
});

describe('deeds', () => {
  it('on another revision than the present one are refused', async () => {
    const all = await ready();
    await all.rule(above);
    await all.say('p/d', 'pm10', 51);
    const { id = '' } = all.engine.list('open')[0] ?? {};
    await all.engine.comment(id, { by: 'ada', comment: 'looking' });
    await expect(all.engine.acknowledge(id, { by: 'bob', revision: 1 })).rejects.toThrow(
      AlarmChanged,
    );
    await expect(all.engine.acknowledge('a0', { by: 'bob' })).rejects.toThrow(NoSuchAlarm);
    expect(all.engine.get(id)).toMatchObject({ acknowledged: false, comments: 1, revision: 2 });
  });

  it('assign and take back', async () => {
    const all = await ready();
    await all.rule(above);
    await all.say('p/d', 'pm10', 51);
    const { id = '' } = all.engine.list('open')[0] ?? {};
    await all.engine.assign(id, { by: 'ada', assignee: 'bob' });
    expect(all.engine.get(id)?.assignee).toBe('bob');
    await all.engine.assign(id, { by: 'ada', assignee: undefined });
    expect(all.engine.get(id)).not.toHaveProperty('assignee');
    await all.engine.acknowledge(id, { by: 'ada' });
    await all.engine.unacknowledge(id, { by: 'ada', comment: 'not mine' });
    expect(all.engine.get(id)).toMatchObject({ acknowledged: false, comments: 1 });
    expect(story(all.engine, id)).toBe('raised assigned assigned acknowledged unacknowledged');
  });
});

describe('missing data', () => {
  it('is an alarm after 3.6 intervals and over with the next message', async () => {
    const all = await ready();
    await all.rule({ metric: undefined, condition: { type: 'missing', intervals: 3.6 } });
    await all.say('p/d', 'pm10', 5);
    await all.pass(3.6 * minute);
    expect(all.open()).toEqual([]);
    await all.pass(1_000);
    expect(all.open()).toEqual(['r1 p/d active unack']);
    await all.say('p/d', 'temperature', 5);
    await all.pass(1_000);
    expect(all.open()).toEqual(['r1 p/d cleared unack']);
  });

  it('of one metric only', async () => {
    const all = await ready();
    await all.rule({ condition: { type: 'missing', intervals: 2 } });
    await all.say('p/d', 'pm10', 5);
    for (let passed = 0; passed < 3; passed += 1) {
      await all.pass(minute);
      await all.say('p/d', 'temperature', 5);
    }
    expect(all.engine.list('open')).toMatchObject([{ rule: 'r1', metric: 'pm10' }]);
  });

  it('is none of a device that has never sent', async () => {
    const all = await ready();
    await all.rule({ metric: undefined, condition: { type: 'missing' } });
    await all.pass(hour, minute);
    expect(all.open()).toEqual([]);
  });
});

describe('after a restart', () => {
  it('an alarm is neither lost nor raised again, and the same deeds go on', async () => {
    const all = await ready();
    await all.rule(above);
    await all.say('p/d', 'pm10', 51);
    const [before] = all.engine.list('open');
    await all.restart();
    expect(all.engine.list('open')).toEqual([before]);
    await all.say('p/d', 'pm10', 52, { at: all.now() + minute });
    // In the dead band: still on.
    await all.say('p/d', 'pm10', 47, { at: all.now() + 2 * minute });
    expect(all.engine.list('open')).toMatchObject([
      { id: before?.id, activations: 1, active: true },
    ]);
    await all.say('p/d', 'pm10', 44, { at: all.now() + 3 * minute });
    expect(all.open()).toEqual(['r1 p/d cleared unack']);
    expect(story(all.engine, before?.id)).toBe('raised cleared');
  });

  it('what has held for a while goes on to hold', async () => {
    const all = await ready();
    await all.rule({ ...above, forMs: 5 * minute });
    for (const at of [0, 1, 2, 3])
      await all.say('p/d', 'pm10', 60, { at: all.now() + at * minute });
    await all.restart();
    await all.say('p/d', 'pm10', 60, { at: all.now() + 4 * minute });
    expect(all.open()).toEqual([]);
    await all.say('p/d', 'pm10', 60, { at: all.now() + 5 * minute });
    expect(all.open()).toEqual(['r1 p/d active unack']);
  });

  it('an old sample that comes late raises nothing', async () => {
    const all = await ready();
    await all.rule(above);
    const at = all.now();
    await all.store.write(
      batchOf([
        { device: 'p/d', metric: 'pm10', at, value: 10, flag: 1, reasons: 0, receivedAt: at },
      ]),
    );
    await all.restart();
    await all.say('p/d', 'pm10', 99, { at: at - minute });
    expect(all.open()).toEqual([]);
  });

  it('a stream that asks for what changed since a state of the process before reads anew', async () => {
    const all = await ready();
    await all.rule(above);
    await all.say('p/d', 'pm10', 51);
    const { seq } = all.engine;
    expect(all.engine.since(seq - 1)?.alarms).toHaveLength(1);
    await all.restart();
    expect(all.engine.since(seq)).toBeUndefined();
    expect(all.engine.since(all.engine.seq)).toEqual({ alarms: [], closed: [] });
  });
});
