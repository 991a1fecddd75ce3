import { expect, it } from 'vitest';
import { closedMonths, legalTime, monthOf } from '../../../ingest/open-data/months.ts';

it.each([
  ['2026-09-30T22:59:59Z', '2026-09'],
  ['2026-09-30T23:00:00Z', '2026-10'],
  ['2026-12-31T23:00:00Z', '2027-01'],
  // Summer time does not shift it.
  ['2026-03-31T22:30:00Z', '2026-03'],
])('%s lies in %s, by fixed UTC+1', (instant, month) => {
  expect(monthOf(Date.parse(instant)).month).toBe(month);
});

it('has as many days as the calendar says', () => {
  const days = (instant: string): number => {
    const { from, to } = monthOf(Date.parse(instant));
    return (to - from) / 86_400_000;
  };
  expect([days('2024-02-10T00:00:00Z'), days('2026-02-10T00:00:00Z')]).toEqual([29, 28]);
  expect([days('2026-03-10T00:00:00Z'), days('2026-10-10T00:00:00Z')]).toEqual([31, 31]);
});

it('is closed once it has settled', () => {
  const twoDays = 2 * 86_400_000;
  const months = (instant: string, count: number) =>
    closedMonths(Date.parse(instant), twoDays, count).map(({ month }) => month);
  expect(months('2026-11-02T22:59:59Z', 2)).toEqual(['2026-09', '2026-08']);
  expect(months('2026-11-02T23:00:00Z', 3)).toEqual(['2026-10', '2026-09', '2026-08']);
  expect(months('2026-01-15T00:00:00Z', 2)).toEqual(['2025-12', '2025-11']);
});

it('shows instants with the offset', () => {
  expect(legalTime(Date.parse('2026-09-30T23:00:00Z'))).toBe('2026-10-01T00:00:00+01:00');
});
