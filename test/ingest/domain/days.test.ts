import { describe, expect, it } from 'vitest';
import { emptyTierColumns } from '../../../broker/contract/series.ts';
import { daily, dayOf, dayWindows } from '../../../ingest/domain/days.ts';

const hour = 3_600_000;
const day = 24 * hour;
const at = Date.parse;
const berlin = { kind: 'civil', timeZone: 'Europe/Berlin' } as const;
const legal = { kind: 'legal', timeZone: 'Europe/Berlin' } as const;
const utc = { kind: 'utc', timeZone: 'Europe/Berlin' } as const;

const hoursOf = (days: readonly { start: number; end: number }[]) =>
  days.map(({ start, end }) => (end - start) / hour);

/** Complete hourly rows of a gauge that sends every minute. */
function hourly(from: number, values: readonly number[], coverage = 1) {
  const hours = emptyTierColumns();
  for (const [index, value] of values.entries()) {
    const start = from + index * hour;
    const count = 60 * coverage;
    hours.at.push(start);
    hours.mean.push(value);
    hours.min.push(value - 1);
    hours.minAt.push(start);
    hours.max.push(value + 1);
    hours.maxAt.push(start + 60_000);
    hours.first.push(value);
    hours.firstAt.push(start);
    hours.last.push(value);
    hours.lastAt.push(start + (count - 1) * 60_000);
    hours.count.push(count);
    hours.slots.push(count);
    hours.sum.push(value * count);
    hours.m2.push(0);
    hours.coverage.push(coverage);
    hours.flags.push([count, 0, 0, 0]);
    hours.expected.push(60);
    hours.revision.push(index % 3);
    hours.resultAt.push(start + hour);
  }
  return hours;
}

describe('days', () => {
  it('that are none: an empty or reversed span has no day', () => {
    expect(dayWindows(at('2026-06-01T00:00Z'), at('2026-06-01T00:00Z'), utc)).toEqual([]);
    expect(dayWindows(at('2026-06-02T00:00Z'), at('2026-06-01T00:00Z'), legal)).toEqual([]);
  });

  it('belong to the span in which they begin', () => {
    const starts = dayWindows(at('2026-06-01T00:00Z'), at('2026-06-02T22:00Z'), berlin);
    expect(starts.map(({ date }) => date)).toEqual(['2026-06-02']);
    expect(starts[0]?.start).toBe(at('2026-06-01T22:00Z'));
  });

  it.each([
    ['spring', '2026-03-28', '2026-03-31', [24, 23, 24]],
    ['autumn', '2026-10-24', '2026-10-27', [24, 25, 24]],
  ] as const)(
    'of clocks have 23 or 25 h when they change in %s; legal and UTC days do not',
    (_, first, last, lengths) => {
      const civil = dayWindows(
        dayOf(at(`${first}T12:00Z`), berlin).start,
        at(`${last}T00:00Z`) - 3 * hour,
        berlin,
      );
      expect(hoursOf(civil)).toEqual(lengths);
      expect(civil.map(({ date }) => date)[0]).toBe(first);
      for (const kind of [legal, utc]) {
        const days = dayWindows(at(`${first}T00:00Z`) - hour, at(`${last}T00:00Z`) - hour, kind);
        expect(hoursOf(days)).toEqual(days.map(() => 24));
      }
    },
  );

  it('that are legal begin at 00:00+01:00, in summer too', () => {
    const [july] = dayWindows(at('2026-07-01T00:00+01:00'), at('2026-07-01T12:00Z'), legal);
    expect(july).toEqual({
      date: '2026-07-01',
      start: at('2026-06-30T23:00Z'),
      end: at('2026-07-01T23:00Z'),
    });
  });

  it('of a leap year are 366, whatever the kind, without gap or overlap', () => {
    for (const kind of [berlin, legal, utc]) {
      const from = dayOf(at('2028-01-01T12:00Z'), kind).start;
      const to = dayOf(at('2029-01-01T12:00Z'), kind).start;
      const days = dayWindows(from, to, kind);
      expect(days).toHaveLength(366);
      expect(days.map(({ date }) => date)).toContain('2028-02-29');
      expect(days.reduce((ms, { start, end }) => ms + end - start, 0)).toBe(to - from);
      for (const [index, one] of days.entries()) {
        if (index > 0) expect(one.start).toBe(days[index - 1]?.end);
      }
    }
  });

  it('begin with the first instant of their date where clocks change at midnight', () => {
    const santiago = { kind: 'civil', timeZone: 'America/Santiago' } as const;
    // 2026-09-06: 00:00 does not exist, clocks go from 24:00 to 01:00. 2026-04-05: 23:00 comes twice.
    const spring = dayOf(at('2026-09-06T12:00Z'), santiago);
    expect(spring).toEqual({
      date: '2026-09-06',
      start: at('2026-09-06T04:00Z'),
      end: at('2026-09-07T03:00Z'),
    });
    const [before, after] = dayWindows(at('2026-04-04T00:00Z'), at('2026-04-06T00:00Z'), santiago);
    expect(hoursOf([before, after].flatMap((one) => one ?? []))).toEqual([25, 24]);
  });

  it('hold the instants from their start to before their end', () => {
    const autumn = dayOf(at('2026-10-25T12:00Z'), berlin);
    expect(dayOf(autumn.start, berlin)).toEqual(autumn);
    expect(dayOf(autumn.end - 1, berlin)).toEqual(autumn);
    expect(dayOf(autumn.end, berlin).date).toBe('2026-10-26');
    expect(dayOf(autumn.start - 1, berlin).date).toBe('2026-10-24');
  });
});

describe('daily rows', () => {
  it('are not made of days that begin within an hour', () => {
    const days = dayWindows(at('2026-06-01T00:00Z'), at('2026-06-03T00:00Z'), {
      kind: 'civil',
      timeZone: 'Asia/Kolkata',
    });
    expect(() => daily(hourly(at('2026-06-01T00:00Z'), [1]), days)).toThrow(
      expect.objectContaining({ code: 'days-not-of-hours' }),
    );
  });

  it('are the mean of their hours, with everything that hours say', () => {
    const from = at('2026-06-01T00:00Z');
    const hours = hourly(
      from,
      Array.from({ length: 30 }, (_, index) => index),
    );
    const days = daily(hours, dayWindows(from, from + 2 * day, utc));
    expect(days.at).toEqual([from, from + day]);
    expect(days.end).toEqual([from + day, from + 2 * day]);
    expect(days.mean).toEqual([11.5, 26.5]);
    expect(days.min).toEqual([-1, 23]);
    expect(days.minAt).toEqual([from, from + day]);
    expect(days.maxAt).toEqual([from + 23 * hour + 60_000, from + 29 * hour + 60_000]);
    expect(days.count).toEqual([1440, 360]);
    expect(days.coverage).toEqual([1, 0.25]);
    expect(days.expected).toEqual([1440, 1440]);
    expect(days.flags).toEqual([
      [1440, 0, 0, 0],
      [360, 0, 0, 0],
    ]);
    // Variance over all samples: that of 0..23, each sixty times.
    expect((days.m2[0] ?? 0) / 1440).toBeCloseTo((24 ** 2 - 1) / 12, 9);
    expect(days.revision).toEqual([2, 2]);
    expect(days.resultAt).toEqual([from + day, from + 30 * hour]);
  });

  it('of 23 and 25 h are complete when each of their hours is', () => {
    for (const [noon, count] of [
      ['2026-03-29T12:00Z', 23],
      ['2026-10-25T12:00Z', 25],
    ] as const) {
      const civil = dayOf(at(noon), berlin);
      const hours = hourly(
        civil.start,
        Array.from({ length: count }, () => 5),
      );
      const days = daily(hours, [civil]);
      expect([days.mean, days.coverage, days.count]).toEqual([[5], [1], [count * 60]]);
      expect(days.expected).toEqual([count * 60]);
    }
  });

  it('leave out hours that are not complete enough, and days that have no other', () => {
    const from = at('2026-06-01T00:00Z');
    const hours = hourly(from, [10, 20], 0.5);
    expect(daily(hours, dayWindows(from, from + day, utc), { hourCoverageMin: 0.75 }).at).toEqual(
      [],
    );
    expect(daily(hours, dayWindows(from, from + day, utc)).mean).toEqual([15]);
  });

  it('of states weigh hours by the time that is known', () => {
    const from = at('2026-06-01T00:00Z');
    const hours = hourly(from, [0, 100]);
    hours.coverage = [1, 0.5];
    const days = daily(hours, dayWindows(from, from + day, utc), { kind: 'state' });
    expect(days.mean[0]).toBeCloseTo(100 / 3, 9);
    expect(days.coverage[0]).toBeCloseTo(1.5 / 24, 9);
  });

  it('of the same PM10 hours exceed 50 µg/m³ on one civil day and on no legal one', () => {
    // In Berlin 2026-10-25 has 25 h and begins at 22:00Z; the legal day begins an hour later.
    const from = at('2026-10-24T00:00Z');
    const values = [
      ...Array.from({ length: 22 }, () => 20),
      80,
      ...Array.from({ length: 24 }, () => 49.9),
      ...Array.from({ length: 24 }, () => 20),
    ];
    const hours = hourly(from, values);
    const exceeding = (kind: typeof berlin | typeof legal): string[] => {
      const days = dayWindows(from - 2 * hour, from + 3 * day, kind);
      const means = daily(hours, days);
      const over = new Set(means.at.filter((_, index) => (means.mean[index] ?? 0) > 50));
      return days.filter(({ start }) => over.has(start)).map(({ date }) => date);
    };
    expect(exceeding(berlin)).toEqual(['2026-10-25']);
    expect(exceeding(legal)).toEqual([]);
  });
});
