import { describe, expect, it } from 'vitest';
import {
  appendLive,
  dropBefore,
  isolated,
  summarise,
  toCsv,
  toPoints,
  withGaps,
} from '../../../dashboard/web/chart/points.ts';

const raw = (at: number[], value: number[]) =>
  toPoints({ resolution: 'raw', columns: { at, value, flag: at.map(() => 2) } });
const minutes = (at: number[], mean: number[]) =>
  toPoints({
    resolution: '1m',
    columns: {
      at,
      mean,
      min: mean.map((value) => value - 1),
      max: mean.map((value) => value + 2),
      count: mean.map(() => 2),
    },
  });

describe('withGaps', () => {
  it('draws nothing of nothing', () => {
    expect(withGaps(raw([], []), 1_000)).toEqual({ at: [], max: [], min: [], mean: [] });
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
  it('leaves late and repeated single values to the next read', () => {
    const points = raw([1_000], [5]);
    expect(appendLive(points, 999, 1)).toBe(false);
    expect(appendLive(points, 1_000, 1)).toBe(false);
    expect(points.mean).toEqual([5]);
  });

  it('goes on with newer single values', () => {
    const points = raw([1_000], [5]);
    expect(appendLive(points, 2_000, 7)).toBe(true);
    expect(points).toMatchObject({ at: [1_000, 2_000], mean: [5, 7], max: [5, 7], count: [1, 1] });
  });

  it('merges into the open window of a roll-up and opens the next', () => {
    const points = minutes([60_000], [10]);
    appendLive(points, 90_000, 16);
    expect(points).toMatchObject({ at: [60_000], mean: [12], min: [9], max: [16], count: [3] });
    appendLive(points, 120_500, 4);
    expect(points).toMatchObject({ at: [60_000, 120_000], mean: [12, 4], count: [3, 1] });
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
  it('writes single values with their time in UTC', () => {
    const csv = toCsv(raw([0], [12.5]), { metric: 'pm10', unit: 'µg/m³' });
    expect(csv).toBe('at,pm10 [µg/m³]\r\n1970-01-01T00:00:00.000Z,12.5\r\n');
  });

  it('writes the band of roll-ups', () => {
    const csv = toCsv(minutes([60_000], [10]), { metric: 'power_factor', unit: '' });
    expect(csv.split('\r\n')).toEqual([
      'at,mean power_factor,min power_factor,max power_factor,count',
      '1970-01-01T00:01:00.000Z,10,9,12,2',
      '',
    ]);
  });
});
