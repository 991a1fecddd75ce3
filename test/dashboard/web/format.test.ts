import { describe, expect, it } from 'vitest';
import { createFormats, formatDuration } from '../../../dashboard/web/state/format.ts';

const plain = (text: string) => text.replaceAll('\u00a0', ' ');

describe('formatDuration', () => {
  it.each([
    [-5_000, '0 s'],
    [0, '0 s'],
    [59_999, '59 s'],
    [60_000, '1 min'],
    [3_599_999, '59 min'],
    [3_600_000, '1 h'],
    [47 * 3_600_000, '47 h'],
    [48 * 3_600_000, '2 d'],
    [400 * 86_400_000, '400 d'],
  ])('says %d ms as %s', (ms, text) => {
    expect(plain(formatDuration(ms))).toBe(text);
  });
});

describe('createFormats', () => {
  const german = createFormats('de', 'Europe/Berlin');
  const english = createFormats('en', 'Europe/Berlin');

  it('writes numbers as the language does', () => {
    expect(german.number(1_008.46, 1)).toBe('1.008,5');
    expect(english.number(1_008.46, 1)).toBe('1,008.5');
    expect(german.number(0.5, 0)).toBe('1');
  });

  it('shows the city\u2019s time in 24 hours, midnight as 00', () => {
    expect(german.time(Date.UTC(2026, 10, 22, 23, 0, 5))).toBe('00:00:05');
    expect(english.timeOfDay(Date.UTC(2026, 10, 22, 14, 30))).toBe('15:30');
  });

  it('follows both changes of the clock', () => {
    expect(german.timeOfDay(Date.UTC(2026, 2, 29, 0, 59))).toBe('01:59');
    expect(german.timeOfDay(Date.UTC(2026, 2, 29, 1, 0))).toBe('03:00');
    expect(german.timeOfDay(Date.UTC(2026, 9, 25, 0, 30))).toBe('02:30');
    expect(german.timeOfDay(Date.UTC(2026, 9, 25, 1, 30))).toBe('02:30');
  });
});
