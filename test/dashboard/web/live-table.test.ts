import { describe, expect, it } from 'vitest';
import type { ValuesFrame } from '../../../broker/contract/live.ts';
import { LiveTable, OutOfStep } from '../../../dashboard/web/state/live-table.ts';

const snapshot: ValuesFrame = {
  epoch: 'a',
  seq: 10,
  now: 100_000,
  added: { series: [0, 1, 5], device: ['p/x', 'p/x', 'p/y'], metric: ['pm10', 'pm2_5', 'power'] },
  values: { series: [0, 1, 5], age: [1_000, 2_000, -500], value: [12, 7, 38], flag: [1, 3, 2] },
  status: { device: ['p/y'], online: [false], age: [5_000] },
};

function delta(part: Partial<ValuesFrame>): ValuesFrame {
  return {
    epoch: 'a',
    seq: 11,
    now: 101_000,
    values: { series: [], age: [], value: [], flag: [] },
    ...part,
  };
}

function filled(): LiveTable {
  const table = new LiveTable();
  table.applySnapshot(snapshot);
  return table;
}

describe('LiveTable', () => {
  it('asks to start over when a delta is of another epoch, of an unknown series, or ragged', () => {
    const values = { series: [99], age: [0], value: [1], flag: [1] };
    expect(() => filled().applyDelta(delta({ epoch: 'b' }), 'frame')).toThrow(OutOfStep);
    expect(() => filled().applyDelta(delta({ values }), 'frame')).toThrow(OutOfStep);
    const added = { series: [7], device: [], metric: ['pm10'] };
    expect(() => filled().applyDelta(delta({ added }), 'frame')).toThrow(OutOfStep);
  });

  it('reads event times as ages before the server\u2019s clock', () => {
    const table = filled();
    expect(table.valueOf('p/x', 'pm10')).toMatchObject({ at: 99_000, value: 12 });
    expect(table.valueOf('p/y', 'power')).toMatchObject({ at: 100_500 });
    expect(table.reportedBy('p/y')).toEqual({ online: false, at: 95_000 });
    expect(table.seq).toBe(10);
  });

  it('keeps how each newest value was judged', () => {
    const table = filled();
    expect(table.valueOf('p/x', 'pm2_5')?.flag).toBe(3);
    const values = { series: [1], age: [100], value: [9], flag: [4] };
    table.applyDelta(delta({ values }), 'frame');
    expect(table.valueOf('p/x', 'pm2_5')?.flag).toBe(4);
    expect(table.valueOf('p/x', 'pm10')?.flag).toBe(1);
  });

  it('does not let a clock that runs ahead keep its device alive', () => {
    expect(filled().seenAt('p/y')).toBe(100_000);
  });

  it('merges what changed and says which devices did', () => {
    const table = filled();
    const values = { series: [1], age: [100], value: [9], flag: [1] };
    const change = table.applyDelta(delta({ values }), 'frame');
    expect([...change.devices]).toEqual(['p/x']);
    expect(change.slots).toMatchObject([{ metric: 'pm2_5', value: 9, at: 100_900 }]);
    expect(table.valueOf('p/x', 'pm10')?.value).toBe(12);
  });

  it('takes a late reading for a sign of life while the stream runs, not after an outage', () => {
    const values = { series: [0], age: [90_000], value: [1], flag: [1] };
    const running = filled();
    running.applyDelta(delta({ values }), 'frame');
    expect(running.seenAt('p/x')).toBe(101_000);
    const resumed = filled();
    resumed.applyDelta(delta({ values }), 'event');
    expect(resumed.seenAt('p/x')).toBe(99_000);
  });

  it('introduces series that appear later', () => {
    const table = filled();
    table.applyDelta(
      delta({
        added: { series: [6], device: ['p/z'], metric: ['noise'] },
        values: { series: [6], age: [0], value: [55], flag: [2] },
        devices: { changed: ['p/z'], removed: ['p/old'] },
      }),
      'frame',
    );
    expect(table.valuesOf('p/z')).toMatchObject([{ metric: 'noise', value: 55 }]);
  });

  it('forgets everything with a new snapshot', () => {
    const table = filled();
    table.applySnapshot({ ...delta({}), epoch: 'b' });
    expect(table.valuesOf('p/x')).toEqual([]);
    expect(table.reportedBy('p/y')).toBeUndefined();
  });

  it('tells another tab all that it knows', () => {
    const other = new LiveTable();
    const table = filled();
    table.applyDelta(delta({ values: { series: [0], age: [0], value: [13], flag: [4] } }), 'frame');
    other.applySnapshot(table.toSnapshot());
    expect(other.toSnapshot()).toEqual(table.toSnapshot());
    expect(other.valueOf('p/x', 'pm10')).toMatchObject({ value: 13, at: 101_000, flag: 4 });
  });
});
