import { describe, expect, it } from 'vitest';
import { stepCursor } from '../../../dashboard/web/chart/step-cursor.ts';
import { formatDegrees, multiples, niceStep } from '../../../dashboard/web/map/degrees.ts';
import { toWorld } from '../../../dashboard/web/map/mercator.ts';
import { chooseLanguage } from '../../../dashboard/web/messages/catalogue.ts';
import { keyAt, stepOf, visibleRange } from '../../../dashboard/web/overview/list-window.ts';

describe('the list\u2019s window', () => {
  const list = { scrollTop: 0, height: 500, rowPx: 50, count: 1_000 };

  it('has the rows in sight and a few around', () => {
    expect(visibleRange(list)).toEqual({ from: 0, to: 14 });
    expect(visibleRange({ ...list, scrollTop: 10_000 })).toEqual({ from: 196, to: 214 });
  });

  it('shows the end of a list that got shorter than it was scrolled', () => {
    expect(visibleRange({ ...list, scrollTop: 10_000, count: 3 })).toEqual({ from: 0, to: 3 });
    expect(visibleRange({ ...list, count: 0 })).toEqual({ from: 0, to: 0 });
  });

  it('leaves other keys alone', () => {
    expect(stepOf('a', 10)).toBeUndefined();
    expect(stepOf('constructor', 10)).toBeUndefined();
  });

  it('moves by rows, pages and to the ends, never beyond', () => {
    const rows = ['p/a', 'p/b', 'p/c'].map((key) => ({ key: key as `${string}/${string}` }));
    expect(keyAt([], undefined, 1)).toBeUndefined();
    expect(keyAt(rows, undefined, 1)).toBe('p/a');
    expect(keyAt(rows, 'p/a', stepOf('ArrowDown', 10) ?? 0)).toBe('p/b');
    expect(keyAt(rows, 'p/c', stepOf('PageDown', 10) ?? 0)).toBe('p/c');
    expect(keyAt(rows, 'p/c', stepOf('Home', 10) ?? 0)).toBe('p/a');
    expect(keyAt(rows, 'p/a', stepOf('End', 10) ?? 0)).toBe('p/c');
  });
});

describe('the chart\u2019s cursor', () => {
  const values = [null, 1, null, 3, null];

  it('leaves other keys alone and stays within the chart', () => {
    expect(stepCursor(values, 1, 'x')).toBeUndefined();
    expect(stepCursor(values, 3, 'ArrowRight')).toBeUndefined();
    expect(stepCursor([], null, 'Home')).toBeUndefined();
  });

  it('steps over gaps', () => {
    expect(stepCursor(values, 1, 'ArrowRight')).toBe(3);
    expect(stepCursor(values, 3, 'ArrowLeft')).toBe(1);
    expect(stepCursor(values, null, 'ArrowLeft')).toBe(3);
    expect(stepCursor(values, null, 'ArrowRight')).toBe(1);
    expect(stepCursor(values, 3, 'Home')).toBe(1);
    expect(stepCursor(values, 1, 'End')).toBe(3);
  });
});

describe('degrees', () => {
  it('come in steps of 1, 2 or 5', () => {
    expect([0.03, 0.02, 0.7, 1.5].map(niceStep)).toEqual([0.05, 0.02, 1, 2]);
  });

  it('are none where they could not be read', () => {
    expect(multiples(0, 360, 0.001)).toEqual([]);
    expect(multiples(0, Number.NaN, 1)).toEqual([]);
    expect(multiples(-1.5, 2, 1)).toEqual([-1, 0, 1, 2]);
  });

  it('name their hemisphere', () => {
    expect(formatDegrees(-0.05, 0.05, 'EW')).toBe('0.05° W');
    expect(formatDegrees(51, 1, 'NS')).toBe('51° N');
  });
});

describe('toWorld', () => {
  it('has the equator in the middle and ends where the projection does', () => {
    expect(toWorld({ lat: 0, lon: 0 })).toEqual({ x: 0.5, y: 0.5 });
    expect(toWorld({ lat: 90, lon: 180 }).y).toBeCloseTo(0, 6);
    expect(toWorld({ lat: -90, lon: -180 }).x).toBe(0);
  });
});

describe('chooseLanguage', () => {
  it('takes the first wanted one that there is, else the city\u2019s', () => {
    expect(chooseLanguage([null, undefined, 'xx', 'en-GB', 'de'])).toBe('en');
    expect(chooseLanguage(['DE-at'])).toBe('de');
    expect(chooseLanguage(['fr'])).toBe('de');
  });
});
