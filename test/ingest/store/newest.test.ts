import { describe, expect, test } from 'vitest';
import { Newest, type Sample } from '../../../ingest/store/newest.ts';

const sample = (at: number, value = at * 10): Sample => ({
  at,
  value,
  flag: 2,
  reasons: 0,
  receivedAt: at + 1,
});

const noted = (...readings: [series: string, at: number][]) => {
  const newest = new Newest<string>();
  for (const [series, at] of readings) newest.note(series, sample(at));
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
    newest.note('a', sample(1));
    expect(newest.sift(['a'], [1]).doubtful).toEqual([0]);
  });

  test('is not moved by an older reading, and takes a new value at the same instant with all', () => {
    const newest = noted(['a', 5], ['a', 3]);
    expect([...newest.entries()]).toEqual([['a', sample(5)]]);
    const changed: Sample = { at: 5, value: 7, flag: 3, reasons: 4, receivedAt: 99 };
    newest.note('a', changed);
    expect([...newest.entries()]).toEqual([['a', changed]]);
  });

  test('stays as it is when it comes again with the same value', () => {
    const newest = noted(['a', 5]);
    newest.note('a', { ...sample(5), flag: 4, reasons: 1, receivedAt: 99 });
    expect([...newest.entries()]).toEqual([['a', sample(5)]]);
  });

  test('follows a judgement of it, and none of another instant', () => {
    const newest = noted(['a', 5]);
    newest.judge('a', { at: 4, flag: 4, reasons: 1 });
    newest.judge('b', { at: 5, flag: 4, reasons: 1 });
    expect([...newest.entries()]).toEqual([['a', sample(5)]]);
    newest.judge('a', { at: 5, flag: 3, reasons: 2 });
    expect([...newest.entries()]).toEqual([['a', { ...sample(5), flag: 3, reasons: 2 }]]);
  });

  test('forgets series whose newest reading is older than the bound', () => {
    const newest = noted(['a', 4], ['b', 5]);
    newest.forgetBefore(5);
    expect([...newest.entries()]).toEqual([['b', sample(5)]]);
  });
});
