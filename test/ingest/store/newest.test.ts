import { describe, expect, test } from 'vitest';
import { Newest } from '../../../ingest/store/newest.ts';

const noted = (...readings: [series: string, at: number][]) => {
  const newest = new Newest<string>();
  for (const [series, at] of readings) newest.note(series, at, at * 10);
  return newest;
};

describe('the newest reading of each series', () => {
  test('leaves a reading as old as the newest, or older, to be looked up', () => {
    const sifted = noted(['a', 5]).sift(['a', 'a', 'a', 'b'], [4, 5, 6, 1]);
    expect(sifted).toEqual({ fresh: [2, 3], doubtful: [0, 1], repeats: 0 });
  });

  test('knows a reading out of order within its batch as new when it is newer than all stored', () => {
    expect(noted(['a', 5]).sift(['a', 'a'], [9, 7])).toEqual({
      fresh: [0, 1],
      doubtful: [],
      repeats: 0,
    });
  });

  test('keeps the last of several readings with the same key', () => {
    expect(noted().sift(['a', 'a', 'b', 'a'], [1, 1, 1, 1])).toEqual({
      fresh: [2, 3],
      doubtful: [],
      repeats: 2,
    });
  });

  test('changes nothing by sifting: only what the store confirmed counts', () => {
    const newest = noted();
    newest.sift(['a'], [1]);
    expect(newest.sift(['a'], [1]).fresh).toEqual([0]);
    newest.note('a', 1, 0);
    expect(newest.sift(['a'], [1]).doubtful).toEqual([0]);
  });

  test('is not moved by an older reading, and takes a new value at the same instant', () => {
    const newest = noted(['a', 5], ['a', 3]);
    expect([...newest.entries()]).toEqual([['a', { at: 5, value: 50 }]]);
    newest.note('a', 5, 7);
    expect([...newest.entries()]).toEqual([['a', { at: 5, value: 7 }]]);
  });

  test('forgets series whose newest reading is older than the bound', () => {
    const newest = noted(['a', 4], ['b', 5]);
    newest.forgetBefore(5);
    expect([...newest.entries()]).toEqual([['b', { at: 5, value: 50 }]]);
  });
});
