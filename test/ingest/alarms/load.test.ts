import { describe, expect, it } from 'vitest';
import { Flood, floodShareOf } from '../../../ingest/alarms/flood.ts';
import { bench, hour, keys, minute, noon } from './support.ts';

describe('flood', () => {
  it.each<[string, number[], number, boolean]>([
    ['10 in ten minutes are none', Array(10).fill(0), 0, false],
    ['11 are', Array(11).fill(0), 0, true],
    [
      '11 spread over more are none',
      Array.from({ length: 11 }, (_, n) => n * minute),
      10 * minute,
      false,
    ],
    [
      'it goes on while 5 are left',
      [...Array(6).fill(0), ...Array(5).fill(5 * minute)],
      11 * minute,
      true,
    ],
    [
      'it ends with fewer than 5',
      [...Array(7).fill(0), ...Array(4).fill(5 * minute)],
      11 * minute,
      false,
    ],
    ['it ends ten minutes after the last', Array(40).fill(0), 10 * minute, false],
  ])('%s', (_, times, now, isOn) => {
    const flood = new Flood();
    for (const at of times) flood.note(at);
    flood.pass(now);
    expect(flood.isOn).toBe(isOn);
  });

  it('share of a span', () => {
    const span = { from: 0, to: 100 * minute };
    expect(floodShareOf([], span)).toBe(0);
    expect(floodShareOf(Array(10).fill(minute), span)).toBe(0);
    // Ten minutes from the eleventh on.
    expect(floodShareOf(Array(11).fill(minute), span)).toBeCloseTo(0.1);
    // Cut off at the end of the span.
    expect(floodShareOf(Array(20).fill(95 * minute), span)).toBeCloseTo(0.05);
    // Two floods that touch are one.
    expect(floodShareOf([...Array(11).fill(0), ...Array(11).fill(5 * minute)], span)).toBeCloseTo(
      0.15,
    );
  });
});

describe('the load of a day', () => {
  const above = { condition: { type: 'threshold', op: 'gt', value: 50 } } as const;

  it('in figures, the same after a restart', async () => {
    const all = await bench();
    await all.ownRulesOnly();
    await all.rule({ ...above, priority: 'medium' });
    for (const key of keys(12)) await all.device(key);
    for (const key of keys(12)) await all.say(key, 'pm10', 60);
    expect(all.engine.flood).toBe(true);
    // One that comes and goes every ten seconds chatters.
    for (let turn = 0; turn < 12; turn += 1) {
      await all.pass(5_000);
      await all.say('p/d0', 'pm10', turn % 2 === 0 ? 1 : 60);
    }
    const load = all.engine.load();
    expect(load).toMatchObject({
      flood: true,
      lastDay: 18,
      lastTenMinutes: 18,
      stale: 0,
      topTenShare: 16 / 18,
      byPriority: { critical: 0, high: 0, medium: 18, low: 0 },
      topTen: [
        { rule: 'r1', name: 'Rule', device: 'p/d0', count: 7 },
        ...Array(9).fill({ count: 1 }),
      ],
      chattering: [{ name: 'Rule', activations: 7 }],
    });
    expect(load.perTenMinutes).toHaveLength(144);
    expect(load.perTenMinutes.reduce((sum, count) => sum + count)).toBe(18);
    await all.restart();
    expect(all.engine.load()).toEqual(load);
    await all.pass(25 * hour, 10 * minute);
    expect(all.engine.load()).toMatchObject({ flood: false, lastDay: 0, stale: 12, floodShare: 0 });
  });

  it('of nothing is nothing', async () => {
    const all = await bench();
    expect(all.engine.load()).toMatchObject({
      now: noon,
      lastDay: 0,
      topTenShare: 0,
      topTen: [],
      chattering: [],
    });
  });
});
