import { describe, expect, it } from 'vitest';
import { emptyTierColumns, type TierColumns } from '../../../../broker/contract/series.ts';
import { fillHistory, fillsOfHours } from '../../../../ingest/domain/waste/fill-hours.ts';
import { replayContainer } from '../../../../ingest/domain/waste/replay.ts';

const minute = 60_000;
const hour = 60 * minute;
const start = Date.UTC(2026, 10, 1);

/** Hours with a first value at :05 and a last at :55; of equal instants where one is given. */
function hours(rows: ([first: number, last: number] | [only: number] | null)[]): TierColumns {
  const columns = emptyTierColumns();
  for (const [index, row] of rows.entries()) {
    const at = start + index * hour;
    columns.at.push(at);
    columns.first.push(row ? row[0] : null);
    columns.firstAt.push(row ? at + 5 * minute : null);
    columns.last.push(row ? (row[1] ?? row[0]) : null);
    columns.lastAt.push(row && (row.length === 2 ? at + 55 * minute : at + 5 * minute));
    columns.mean.push(row ? row[0] : null);
  }
  return columns;
}

const samples = (...levels: number[]) =>
  levels.map((percent, index) => ({ at: start + index * hour, percent }));

describe('fills of hours', () => {
  it('are the first and last value of each, once', () => {
    expect(fillsOfHours(hours([[10, 12], [13], null, [15, 16]]), undefined)).toEqual([
      { at: start + 5 * minute, percent: 10 },
      { at: start + 55 * minute, percent: 12 },
      { at: start + hour + 5 * minute, percent: 13 },
      { at: start + 3 * hour + 5 * minute, percent: 15 },
      { at: start + 3 * hour + 55 * minute, percent: 16 },
    ]);
  });

  it('leave out what is no echo, and correct by the temperature of the hour', () => {
    const container = { stream: 'glass' as const, emptyMm: 1650, fullMm: 250, echoAssumesC: 20 };
    const found = fillsOfHours(hours([[0], [502], [502]]), container, hours([[20], [20], [-20]]));
    expect(found.map(({ percent }) => Math.round(percent * 10) / 10)).toEqual([82, 84.5]);
  });
});

describe('the history of a filling', () => {
  it('begins its fit with the first low value of the last emptying', () => {
    const { emptiedAt, rate } = fillHistory(samples(80, 90, 0, 2, 4, 6, 8, 10, 12), null);
    expect(emptiedAt).toBe(start + 2 * hour);
    expect(rate?.from).toBe(start + 2 * hour);
    expect(rate?.perHour).toBeCloseTo(2, 9);
  });

  it('is not moved by noise', () => {
    const { emptiedAt, rate } = fillHistory(samples(40, 41, 0, 43, 44, 45, 46, 47), null);
    expect(emptiedAt).toBeNull();
    expect(rate?.perHour).toBeCloseTo(1, 9);
  });

  it('believes a crew that emptied it when nobody could see that', () => {
    const levels = samples(20, 21, 22, 5, 6, 7, 8, 9, 10, 11, 12);
    const reportedAt = start + 3 * hour - minute;
    const { emptiedAt, rate } = fillHistory(levels, reportedAt);
    expect([emptiedAt, rate?.from]).toEqual([reportedAt, start + 3 * hour]);
    expect(rate?.perHour).toBeCloseTo(1, 9);
  });

  it('of nothing says nothing', () => {
    expect(fillHistory([], null)).toEqual({ emptiedAt: null, firstAt: null, rate: null });
    expect(fillHistory([], start)).toEqual({ emptiedAt: start, firstAt: null, rate: null });
  });
});

describe('a container replayed', () => {
  it('has the events that it would have had', () => {
    const series = {
      fill_level: [97, 100, 2, 3].map((value, index) => ({ at: start + index * hour, value })),
      temperature: [
        { at: start, value: 20 },
        { at: start + 2 * hour, value: 61 },
        { at: start + 3 * hour, value: 61, flag: 4 },
      ],
    };
    expect(replayContainer(series, { intervalMs: hour })).toEqual([
      { at: start + hour, event: 'overflow', toPercent: 100 },
      { at: start + 2 * hour, event: 'fire', temperatureC: 61 },
      { at: start + 2 * hour, event: 'emptied', fromPercent: 100, toPercent: 2 },
    ]);
  });

  it('of nothing has none', () => {
    expect(replayContainer({}, { intervalMs: hour })).toEqual([]);
  });
});
