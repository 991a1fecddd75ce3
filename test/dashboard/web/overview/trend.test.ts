import { describe, expect, it } from 'vitest';
import { lastDay, scaleOf } from '../../../../dashboard/web/overview/trend.ts';
import { createFormats, differenceText } from '../../../../dashboard/web/state/format.ts';

const now = 1_780_315_200_000;
const hourMs = 3_600_000;

/** Counts of `abnormal` at hours before now. */
function historyOf(counts: Readonly<Record<number, number>>) {
  const entries = Object.entries(counts)
    .map(([hours, count]) => ({ at: now - Number(hours) * hourMs, count }))
    .sort((a, b) => a.at - b.at);
  const none = entries.map(() => 0);
  const at = entries.map((entry) => entry.at);
  return { at, abnormal: entries.map(({ count }) => count), stale: none, offline: none, ok: none };
}

describe('the last day of a count', () => {
  it('is nothing at all where nobody counted', () => {
    const values = lastDay(historyOf({}), 'abnormal', now);
    expect(values).toHaveLength(96);
    expect(values.every((value) => value === null)).toBe(true);
  });

  it('stands where it was counted, with gaps where the platform was away', () => {
    const values = lastDay(historyOf({ 12: 3, 0.1: 5 }), 'abnormal', now);
    expect(values[48]).toBe(3);
    expect(values[95]).toBe(5);
    expect(values.filter((value) => value !== null)).toEqual([3, 5]);
  });

  it('takes the newest of a quarter of an hour, leaves out what is older, and knows no future', () => {
    const values = lastDay(historyOf({ 25: 9, 0.2: 1, 0.05: 2, [-0.1]: 3 }), 'abnormal', now);
    expect(values.filter((value) => value !== null)).toEqual([3]);
    expect(lastDay(historyOf({ 0.2: 1, 0.05: 0 }), 'abnormal', now)[95]).toBe(0);
  });
});

it('draws few as few', () => {
  expect(scaleOf([])).toBe(10);
  expect(scaleOf([null, 2])).toBe(10);
  expect(scaleOf([40, null])).toBe(40);
});

describe('a difference', () => {
  it.each([
    [3, '+3'],
    [-1_200, '−1,200'],
    [0, '±0'],
  ])('%d is told with its sign: %s', (difference, text) => {
    expect(differenceText(createFormats('en', 'UTC'), difference)).toBe(text);
  });
});
