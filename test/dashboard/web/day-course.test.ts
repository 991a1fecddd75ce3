import { describe, expect, it } from 'vitest';
import type { Playback } from '../../../broker/contract/playback.ts';
import { coursesOf } from '../../../dashboard/web/chart/day-course.svelte.ts';

type Frame = Playback['frames'][number];

function frame(seq: number, series: number[], value: number[]): Frame {
  const columns = { series, value, age: series.map(() => 0), flag: series.map(() => 1) };
  return { epoch: 'e', seq, now: seq, values: columns };
}

describe('the course of a day', () => {
  it('has a value or a gap for each hour, by metric and device', () => {
    const first = frame(0, [7], [1.5]);
    first.added = { series: [7, 9], device: ['p/a', 'p/b'], metric: ['pm10', 'pm10'] };
    const courses = coursesOf({
      frames: [first, frame(1, [], []), frame(2, [9, 7, 8], [4, 2, 99])],
    });
    expect(courses.get('pm10')?.get('p/a')).toEqual([1.5, null, 2]);
    expect(courses.get('pm10')?.get('p/b')).toEqual([null, null, 4]);
    expect(courses.size).toBe(1);
  });

  it('of nothing is nothing', () => {
    expect(coursesOf({ frames: [] }).size).toBe(0);
  });
});
