import { describe, expect, it } from 'vitest';
import {
  type ComparisonLine,
  lineOf,
  medianLine,
  valueAt,
} from '../../../dashboard/web/chart/comparison-points.ts';
import { extentOf } from '../../../dashboard/web/chart/draw-comparisons.ts';
import { linesOf } from '../../../dashboard/web/chart/limit-lines.ts';
import { toJson } from '../../../dashboard/web/chart/points-json.ts';
import { raw } from './points.ts';
import { wording } from './wording.ts';

describe('a line beside a series', () => {
  it('is moved in time, broken at gaps, and leaves bad values out', () => {
    const points = raw([0, 10, 20, 100], [1, 2, 3, 4], [1, 4, 3, 1]);
    expect(lineOf(points, { shiftMs: 1_000, gapMs: 25 })).toEqual({
      at: [1_000, 1_010, 1_020, 1_021, 1_100],
      value: [1, null, 3, null, 4],
    });
  });

  it('is read at the nearest point within its reach only', () => {
    const line: ComparisonLine = {
      key: 'x',
      label: 'x',
      at: [0, 100, 200],
      value: [1, null, 3],
      reachMs: 40,
    };
    expect([-40, 10, 60, 100, 170, 240, 241].map((at) => valueAt(line, at))).toEqual([
      1,
      1,
      null,
      null,
      3,
      3,
      null,
    ]);
    expect(valueAt({ ...line, at: [], value: [] }, 5)).toBeNull();
  });

  it('of a district is the median of the means of those that have the slot', () => {
    const series = [raw([0, 30, 60], [0, 2, 10]), raw([10, 70], [3, 20]), raw([0], [100])];
    expect(medianLine(series, 60)).toEqual({ at: [30, 90], value: [3, 15] });
    expect(medianLine([raw([0], [7], [4])], 60)).toEqual({ at: [], value: [] });
  });

  it('counts for the scale, gaps aside', () => {
    const line = { key: 'x', label: 'x', reachMs: 1 };
    expect(
      extentOf([
        { ...line, at: [0, 1], value: [5, null] },
        { ...line, at: [0], value: [-2] },
      ]),
    ).toEqual([-2, 5]);
    expect(extentOf([{ ...line, at: [0], value: [null] }])).toBeUndefined();
  });
});

describe('limit lines', () => {
  const texts = (metric: string, rules: Parameters<typeof linesOf>[2]) =>
    linesOf(wording, metric, rules).map(({ label }) => label);

  it('say the value, the mean that they are for, and the law', () => {
    const [line, ...more] = texts('pm10', 'EU-2008-50').filter((text) =>
      text.includes('(EU-2008-50)'),
    );
    expect(line).toContain('50');
    expect(more).toEqual([]);
    const [first] = linesOf(wording, 'no2', 'EU-2024-2881').filter(({ value }) => value === 150);
    expect(first?.level).toBe('early');
    expect(texts('o3', 'WHO-2021')).toHaveLength(1);
  });

  it('are none where none were wanted, or law knows nothing', () => {
    expect(texts('pm10', 'none')).toEqual([]);
    expect(texts('temperature', 'EU-2008-50')).toEqual([]);
    expect(texts('fill_level', 'none').length).toBeGreaterThan(0);
  });
});

describe('what is shown as JSON', () => {
  it('has the columns of the API, flags and reasons by name', () => {
    const points = raw([1_000], [12.5], [3]);
    points.reasons[0] = 1;
    const about = { device: 'ulm/a', metric: 'pm10', unit: 'µg/m³', from: 0.5, to: 2_000.2 };
    expect(JSON.parse(toJson(points, about))).toEqual({
      device: 'ulm/a',
      metric: 'pm10',
      unit: 'µg/m³',
      resolution: 'raw',
      from: 0,
      to: 2_001,
      columns: { at: [1_000], value: [12.5], flag: [3], reasons: [['range']] },
    });
  });
});
