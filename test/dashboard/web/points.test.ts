import { describe, expect, it } from 'vitest';
import {
  appendLive,
  dropBefore,
  isBad,
  isolated,
  isThin,
  summarise,
  withGaps,
} from '../../../dashboard/web/chart/points.ts';
import { toCsv } from '../../../dashboard/web/chart/points-csv.ts';
import { qualityMarks } from '../../../dashboard/web/chart/quality-tally.ts';
import { minutes, raw } from './points.ts';

describe('toPoints', () => {
  it('says nothing of the coverage of a window that is still open', () => {
    const points = minutes([0, 60_000, 120_000], [1, 2, 3], { coverage: [0.5, 1, 0.5] });
    expect(points.coverage).toEqual([0.5, 1, 0.5]);
    const open = minutes([0, 60_000, 120_000], [1, 2, 3], {
      coverage: [0.5, 1, 0.5],
      to: 179_999,
    });
    expect(open.coverage).toEqual([0.5, 1, null]);
    expect([0, 1, 2].map((index) => isThin(open, index))).toEqual([true, false, false]);
  });

  it('counts exactly 75 % as enough', () => {
    const points = minutes([0, 60_000], [1, 2], { coverage: [0.75, 0.7499] });
    expect([0, 1].map((index) => isThin(points, index))).toEqual([false, true]);
  });
});

describe('withGaps', () => {
  it('draws nothing of nothing', () => {
    const nothing = { at: [], max: [], min: [], mean: [], thin: [], row: [] };
    expect(withGaps(raw([], []), 1_000)).toEqual(nothing);
  });

  it('draws a window without a mean as a gap, and a bad value not as part of the line', () => {
    const tier = minutes([0, 60_000, 120_000], [1, null, 3], { bad: [0, 4, 0] });
    expect(withGaps(tier, 1_000)).toMatchObject({ mean: [1, null, 3], max: [3, null, 5] });
    const single = raw([0, 1_000, 2_000], [1, 999, 3], [1, 4, 3]);
    expect(withGaps(single, 1_000)).toMatchObject({ mean: [1, null, 3], row: [0, 1, 2] });
    expect([0, 1, 2].map((index) => isBad(single, index))).toEqual([false, true, false]);
  });

  it('keeps a held state on the line whose samples were all bad', () => {
    const held = minutes([0, 60_000], [1, 2], { bad: [0, 1], count: [1, 0] });
    expect(withGaps(held, 1_000).mean).toEqual([1, 2]);
  });

  it('moves poorly covered means to a line of their own that reaches the solid one', () => {
    const at = [0, 1, 2, 3, 4].map((minute) => minute * 60_000);
    const points = minutes(at, [1, 2, 3, 4, 5], { coverage: [1, 1, 0.5, 1, 1] });
    const { mean, thin } = withGaps(points, 1_000);
    expect(mean).toEqual([1, 2, null, 4, 5]);
    expect(thin).toEqual([null, 2, 3, 4, null]);
  });

  it('keeps the line whole up to two and a half intervals', () => {
    expect(withGaps(raw([0, 1_000, 3_500], [1, 2, 3]), 1_000).mean).toEqual([1, 2, 3]);
  });

  it('breaks the line one interval after the last point before an outage', () => {
    const { at, mean, min, max } = withGaps(raw([0, 1_000, 3_501], [1, 2, 3]), 1_000);
    expect(at).toEqual([0, 1_000, 2_000, 3_501]);
    expect(mean).toEqual([1, 2, null, 3]);
    expect(min).toEqual(mean);
    expect(max).toEqual(mean);
  });

  it('measures roll-ups by the wider of their window and the device\u2019s interval', () => {
    const hourly = minutes([0, 3_600_000], [1, 2]);
    expect(withGaps(hourly, 3_600_000).mean).toEqual([1, 2]);
    expect(withGaps(hourly, 60_000).mean).toEqual([1, null, 2]);
    expect(withGaps(minutes([0, 60_000], [1, 2]), 1_000).mean).toEqual([1, 2]);
  });
});

describe('isolated', () => {
  it('finds the values that a line alone would not show', () => {
    expect(isolated([])).toEqual([]);
    expect(isolated([1, 2, null, 3, null, null, 4])).toEqual([3, 6]);
    expect(isolated([5])).toEqual([0]);
  });
});

describe('appendLive', () => {
  const live = (at: number, value: number, flag = 1) => ({ at, value, flag });

  it('leaves late and repeated single values to the next read', () => {
    const points = raw([1_000], [5]);
    expect(appendLive(points, live(999, 1))).toBe(false);
    expect(appendLive(points, live(1_000, 1))).toBe(false);
    expect(points.mean).toEqual([5]);
    expect(points.bad).toEqual([0]);
  });

  it('goes on with newer single values', () => {
    const points = raw([1_000], [5]);
    expect(appendLive(points, live(2_000, 7))).toBe(true);
    expect(points).toMatchObject({ at: [1_000, 2_000], mean: [5, 7], max: [5, 7], count: [1, 1] });
  });

  it('marks what is suspect or bad at once, and draws no line through what is bad', () => {
    const points = raw([1_000], [5], [1]);
    appendLive(points, live(2_000, 60, 3));
    appendLive(points, live(3_000, 999, 4));
    appendLive(points, live(4_000, 6, 2));
    expect(points).toMatchObject({
      suspect: [0, 1, 0, 0],
      bad: [0, 0, 1, 0],
      notEvaluated: [0, 0, 0, 1],
    });
    expect(withGaps(points, 1_000).mean).toEqual([5, 60, null, 6]);
    expect(qualityMarks(points)).toEqual([
      { at: 2_000, value: 60, kind: 'suspect' },
      { at: 3_000, value: 999, kind: 'bad' },
    ]);
  });

  it('merges into the open window of a roll-up and opens the next', () => {
    const points = minutes([60_000], [10]);
    appendLive(points, live(90_000, 16));
    expect(points).toMatchObject({ at: [60_000], mean: [12], min: [9], max: [16], count: [3] });
    appendLive(points, live(120_500, 4));
    expect(points).toMatchObject({ at: [60_000, 120_000], mean: [12, 4], count: [3, 1] });
  });

  it('leaves bad values out of the means of windows, but counts them', () => {
    const points = minutes([60_000], [10]);
    appendLive(points, live(90_000, 999, 4));
    expect(points).toMatchObject({ mean: [10], max: [12], count: [2], bad: [1] });
    appendLive(points, live(120_500, 999, 4));
    expect(points).toMatchObject({ mean: [10, null], max: [12, null], count: [2, 0], bad: [1, 1] });
    appendLive(points, live(130_000, 8, 3));
    expect(points).toMatchObject({ mean: [10, 8], max: [12, 8], min: [9, 8], count: [2, 1] });
    expect(points.suspect).toEqual([0, 1]);
  });
});

describe('dropBefore', () => {
  it('keeps one point to the left of the edge', () => {
    const points = raw([0, 1, 2, 3], [0, 1, 2, 3]);
    dropBefore(points, 2);
    expect(points.at).toEqual([1, 2, 3]);
    expect(points.mean).toEqual([1, 2, 3]);
  });

  it('keeps the last point of a series that fell silent', () => {
    const points = raw([0, 1], [0, 1]);
    dropBefore(points, 100);
    expect(points.at).toEqual([1]);
  });
});

describe('summarise', () => {
  it('leaves bad values and windows without a mean out', () => {
    expect(summarise(raw([0, 1, 2], [5, 999, 7], [1, 4, 3]))).toMatchObject({
      last: 7,
      max: 7,
      mean: 6,
    });
    expect(summarise(minutes([0, 60_000], [5, null], { bad: [0, 1] }))).toMatchObject({
      last: 5,
      lastAt: 0,
      mean: 5,
    });
    expect(summarise(raw([0], [999], [4]))).toBeUndefined();
  });

  it('has nothing to say of nothing', () => {
    expect(summarise(raw([], []))).toBeUndefined();
  });

  it('finds the peaks of the band, not of the mean', () => {
    expect(summarise(minutes([0, 60_000, 120_000], [5, 9, 4]))).toEqual({
      last: 4,
      lastAt: 120_000,
      min: 3,
      minAt: 120_000,
      max: 11,
      maxAt: 60_000,
      mean: 6,
    });
  });
});

describe('toCsv', () => {
  it('writes single values with their time in UTC, their flag and the tests not passed', () => {
    const csv = toCsv(raw([0, 1_000], [12.5, 999], [2, 4], [0, 0b1001]), {
      metric: 'pm10',
      unit: 'µg/m³',
    });
    expect(csv).toBe(
      'at,pm10 [µg/m³],flag,reasons\r\n' +
        '1970-01-01T00:00:00.000Z,12.5,2,\r\n' +
        '1970-01-01T00:00:01.000Z,999,4,range step-fail\r\n',
    );
  });

  it('writes the band of roll-ups, and nothing where nothing was measured', () => {
    const points = minutes([60_000, 120_000], [10, null], { coverage: [1, 0.25], bad: [0, 3] });
    const csv = toCsv(points, { metric: 'power_factor', unit: '' });
    expect(csv.split('\r\n')).toEqual([
      'at,mean power_factor,min power_factor,max power_factor,count,coverage,suspect,bad',
      '1970-01-01T00:01:00.000Z,10,9,12,2,1,0,0',
      '1970-01-01T00:02:00.000Z,,,,0,0.25,0,3',
      '',
    ]);
  });
});
