import { describe, expect, test } from 'vitest';
import { forEachAtMost, rowsOf } from '../../../../ingest/store/influx/rows.ts';

describe('working through items', () => {
  test('begins nothing after a failure, and ends when what was under way has ended', async () => {
    const begun: number[] = [];
    const ended: number[] = [];
    const work = async (item: number) => {
      begun.push(item);
      await new Promise((resolve) => setImmediate(resolve));
      if (item === 1) throw new Error('boom');
      await new Promise((resolve) => setImmediate(resolve));
      ended.push(item);
    };
    await expect(forEachAtMost(3, [0, 1, 2, 3, 4, 5], work)).rejects.toThrow('boom');
    expect(begun).toEqual([0, 1, 2]);
    expect(ended).toEqual([0, 2]);
  });

  test('never does more at once than allowed, and all of it', async () => {
    let now = 0;
    let most = 0;
    const done: number[] = [];
    await forEachAtMost(4, [...Array(30).keys()], async (item) => {
      most = Math.max(most, ++now);
      await new Promise((resolve) => setImmediate(resolve));
      now--;
      done.push(item);
    });
    expect(most).toBe(4);
    expect(done).toHaveLength(30);
  });
});

test('a row has its cells in the order asked for; what is no number is null', () => {
  const series = {
    name: 'pm10',
    tags: {},
    columns: ['b', 'time', 'a'],
    values: [
      [1, 1000, null],
      ['text', 2000, 2],
      [1, null, 2],
    ],
  };
  expect([...rowsOf(series, ['a', 'b', 'c'])]).toEqual([
    [1000, [null, 1, null]],
    [2000, [2, null, null]],
  ]);
});
