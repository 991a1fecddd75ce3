import { describe, expect, test } from 'vitest';
import { Newest, type Sample } from '../../../ingest/store/newest.ts';

const sample = (at: number, value = at * 10): Sample => ({
  at,
  value,
  flag: 2,
  reasons: 0,
  receivedAt: at + 1,
});

/** Numbers of series; beyond the room that there is at first, so that more is made. */
const [a, b] = [3, 5_000];

const note = (newest: Newest, series: number, { at, ...rest }: Sample) => {
  const { value, flag, reasons, receivedAt } = rest;
  const columns = { at: [at], value: [value], flag: [flag], reasons: [reasons] };
  newest.note(series, { ...columns, receivedAt: [receivedAt] }, 0);
};

const noted = (...readings: [series: number, at: number][]) => {
  const newest = new Newest();
  for (const [series, at] of readings) note(newest, series, sample(at));
  return newest;
};

describe('the newest reading of each series', () => {
  test('leaves a reading as old as the newest, or older, to be looked up', () => {
    const sifted = noted([a, 5]).sift([a, a, a, b], [4, 5, 6, 1]);
    expect(sifted).toEqual({ fresh: [2, 3], doubtful: [0, 1], repeats: 0 });
  });

  test('knows a reading out of order within its batch as new when it is newer than all stored', () => {
    expect(noted([a, 5]).sift([a, a], [9, 7])).toEqual({
      fresh: [0, 1],
      doubtful: [],
      repeats: 0,
    });
  });

  test('keeps the last of several readings with the same key', () => {
    expect(noted().sift([a, a, b, a], [1, 1, 1, 1])).toEqual({
      fresh: [2, 3],
      doubtful: [],
      repeats: 2,
    });
  });

  test('tells a batch in which every series only moves forward, and nothing changes by that', () => {
    const newest = noted([a, 5]);
    for (let round = 0; round < 2; round++) {
      expect(newest.isAllNew([a, b, a], [6, 1, 7])).toBe(true);
      expect(newest.isAllNew([b, a, a], [1, 7, 7])).toBe(false);
      expect(newest.isAllNew([b, a, a], [1, 7, 6])).toBe(false);
      expect(newest.isAllNew([b, a], [1, 5])).toBe(false);
      expect(newest.isAllNew([b, a], [1, Number.NaN])).toBe(false);
    }
    expect([...newest.entries()]).toEqual([[a, sample(5)]]);
  });

  test('changes nothing by sifting: only what the store confirmed counts', () => {
    const newest = noted();
    newest.sift([a], [1]);
    expect(newest.sift([a], [1]).fresh).toEqual([0]);
    note(newest, a, sample(1));
    expect(newest.sift([a], [1]).doubtful).toEqual([0]);
  });

  test('is not moved by an older reading, and takes a new value at the same instant with all', () => {
    const newest = noted([a, 5], [a, 3]);
    expect([...newest.entries()]).toEqual([[a, sample(5)]]);
    const changed: Sample = { at: 5, value: 7, flag: 3, reasons: 4, receivedAt: 99 };
    note(newest, a, changed);
    expect([...newest.entries()]).toEqual([[a, changed]]);
  });

  test('stays as it is when it comes again with the same value', () => {
    const newest = noted([a, 5]);
    note(newest, a, { ...sample(5), flag: 4, reasons: 1, receivedAt: 99 });
    expect([...newest.entries()]).toEqual([[a, sample(5)]]);
  });

  test('follows a judgement of it, and none of another instant', () => {
    const newest = noted([a, 5]);
    newest.judge(a, { at: 4, flag: 4, reasons: 1 });
    newest.judge(b, { at: 5, flag: 4, reasons: 1 });
    expect([...newest.entries()]).toEqual([[a, sample(5)]]);
    newest.judge(a, { at: 5, flag: 3, reasons: 2 });
    expect([...newest.entries()]).toEqual([[a, { ...sample(5), flag: 3, reasons: 2 }]]);
  });

  test('forgets series whose newest reading is older than the bound', () => {
    const newest = noted([a, 4], [b, 5]);
    newest.forgetBefore(5);
    expect([...newest.entries()]).toEqual([[b, sample(5)]]);
  });
});
