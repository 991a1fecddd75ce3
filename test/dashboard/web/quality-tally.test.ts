import { describe, expect, it } from 'vitest';
import { qualityMarks, tallyQuality } from '../../../dashboard/web/chart/quality-tally.ts';
import { minutes, raw } from './points.ts';

describe('tallyQuality', () => {
  it('counts nothing of nothing', () => {
    expect(tallyQuality(raw([], []))).toEqual({
      suspect: 0,
      bad: 0,
      notEvaluated: 0,
      total: 0,
      thin: 0,
      closed: 0,
      reasons: 0,
    });
  });

  it('counts single values by flag', () => {
    const points = raw([0, 1, 2, 3], [1, 2, 3, 4], [1, 2, 3, 4], [0, 0, 0b100, 0b1]);
    expect(tallyQuality(points)).toMatchObject({
      reasons: 0b101,
      suspect: 1,
      bad: 1,
      notEvaluated: 1,
      total: 4,
      closed: 0,
    });
  });

  it('counts the samples of windows, bad ones too, and the closed windows below 75 %', () => {
    const points = minutes([0, 60_000, 120_000], [1, null, 3], {
      coverage: [1, 0.5, 0.2],
      suspect: [1, 0, 2],
      bad: [0, 3, 1],
      to: 150_000,
    });
    expect(tallyQuality(points)).toMatchObject({
      suspect: 3,
      bad: 4,
      total: 8,
      thin: 1,
      closed: 2,
    });
  });
});

describe('qualityMarks', () => {
  it('marks nothing that is good or not evaluated', () => {
    expect(qualityMarks(raw([0, 1], [1, 2], [1, 2]))).toEqual([]);
  });

  it('marks suspect and bad single values where they are', () => {
    expect(qualityMarks(raw([0, 1, 2], [1, 2, 999], [1, 3, 4]))).toEqual([
      { at: 1, value: 2, kind: 'suspect' },
      { at: 2, value: 999, kind: 'bad' },
    ]);
  });

  it('marks windows whose samples are suspect, and says at the foot that bad ones were left out', () => {
    const points = minutes([0, 60_000, 120_000], [1, null, 3], {
      suspect: [1, 0, 0],
      bad: [0, 3, 1],
    });
    expect(qualityMarks(points)).toEqual([
      { at: 0, value: 1, kind: 'suspect' },
      { at: 60_000, value: null, kind: 'bad' },
      { at: 120_000, value: null, kind: 'bad' },
    ]);
  });
});
