import { describe, expect, it } from 'vitest';
import { emptyTierColumns, type TierColumns } from '../../../../broker/contract/series.ts';
import {
  availabilityShare,
  counterEnergy,
  litTime,
  powerEnergy,
  type Series,
  savingShare,
  spanEnergy,
} from '../../../../ingest/domain/light/energy.ts';
import {
  counterHours,
  hoursOfNight,
  litHours,
  powerHours,
} from '../../../../ingest/domain/light/night-hours.ts';

const minute = 60_000;
const hour = 60 * minute;
const start = Date.UTC(2026, 10, 30, 16);
/** Values at minutes after the start. */
const series = (...rows: [minutes: number, value: number][]): Series => ({
  at: rows.map(([minutes]) => start + minutes * minute),
  value: rows.map(([, value]) => value),
});
const span = (fromMinute: number, toMinute: number, intervalMs = 15 * minute) => ({
  from: start + fromMinute * minute,
  to: start + toMinute * minute,
  intervalMs,
});

describe('the energy of a counter', () => {
  it.each<[string, Series, [number, number], number | null, number]>([
    ['is the sum of its steps', series([0, 10], [15, 10.5], [30, 11.5]), [0, 30], 1.5, 0],
    ['counts the new value after a reset', series([0, 10], [15, 11], [30, 0.25]), [0, 30], 1.25, 0],
    ['stands still', series([0, 10], [15, 10], [30, 10]), [0, 30], 0, 0],
    ['goes on through a gap', series([0, 10], [120, 14]), [0, 120], 4, 0],
    ['is unknown for a gap with a reset', series([0, 10], [120, 3]), [0, 120], 3, 120],
    ['takes of a step what lies in the span', series([0, 10], [30, 12]), [15, 30], 1, 0],
    [
      'knows nothing of a gap that crosses the end',
      series([0, 10], [15, 11], [135, 20]),
      [0, 60],
      1,
      45,
    ],
    ['knows nothing before its first value', series([120, 10], [135, 11]), [0, 135], 1, 120],
    ['knows nothing after its last value', series([0, 10], [15, 11]), [0, 135], 1, 120],
    ['lacks nothing for less than three intervals', series([0, 10], [15, 11]), [-45, 60], 1, 0],
    ['of one value is not known', series([0, 10]), [0, 60], null, 60],
    ['of nothing is not known', series(), [0, 60], null, 60],
  ])('%s', (_, counter, [from, to], energyKwh, unknownMinutes) => {
    expect(counterEnergy(counter, span(from, to))).toEqual({
      energyKwh,
      unknownMs: unknownMinutes * minute,
    });
  });
});

describe('the energy of power', () => {
  it.each<[string, Series, [number, number], number | null, number]>([
    // 40 W for 15 min, 100 W for 45 min: not the mean of the two for an hour.
    ['holds each value until the next', series([0, 40], [15, 100]), [0, 60], 0.085, 0],
    ['takes the value from before the span', series([-10, 60], [20, 0]), [0, 30], 0.02, 0],
    [
      'is unknown across a gap of more than three intervals',
      series([0, 60], [46, 60], [60, 60]),
      [0, 60],
      0.014,
      46,
    ],
    ['is known across three intervals', series([0, 60], [45, 60], [60, 0]), [0, 60], 0.06, 0],
    ['is unknown after the last value', series([0, 60], [15, 60]), [0, 75], 0.015, 60],
    ['of nothing is not known', series(), [0, 60], null, 60],
    ['of nothing but gaps is not known', series([-60, 60], [120, 60]), [0, 60], null, 60],
    ['of a lamp that is off is 0', series([0, 0], [30, 0]), [0, 60], 0, 0],
  ])('%s', (_, power, [from, to], energyKwh, unknownMinutes) => {
    const found = powerEnergy(power, span(from, to));
    if (energyKwh === null) expect(found.energyKwh).toBeNull();
    else expect(found.energyKwh).toBeCloseTo(energyKwh, 9);
    expect(found.unknownMs).toBe(unknownMinutes * minute);
  });

  it('is taken where there is no counter', () => {
    const power = series([0, 1000], [60, 1000]);
    expect(
      spanEnergy({ counter: series([0, 1], [60, 4]), power }, span(0, 60, hour)).energyKwh,
    ).toBe(3);
    expect(spanEnergy({ counter: series([0, 1]), power }, span(0, 60, hour)).energyKwh).toBe(1);
    expect(spanEnergy({}, span(0, 60))).toEqual({ energyKwh: null, unknownMs: hour });
  });
});

describe('burning time', () => {
  it('is the time that the lamp was on', () => {
    const lampOn = series([0, 0], [20, 1], [40, 1], [50, 0]);
    expect(litTime(lampOn, span(0, 60))).toEqual({ litMs: 30 * minute, unknownMs: 0 });
    expect(litTime(series([0, 1], [200, 1]), span(0, 120))).toEqual({
      litMs: null,
      unknownMs: 120 * minute,
    });
  });

  it.each([
    [0.288, 36, 8, 0],
    [0.144, 36, 8, 0.5],
    [0.36, 36, 8, -0.25],
    [0, 36, 8, 1],
    [1, 36, 0, null],
  ])('%d kWh of %d W in %d h spare %d', (energyKwh, nominalPowerW, hours, expected) => {
    const saved = savingShare({ energyKwh, nominalPowerW, lightingMs: hours * hour });
    if (expected === null) expect(saved).toBeNull();
    else expect(saved).toBeCloseTo(expected, 9);
  });

  it.each([
    [480, 480, 1],
    [360, 480, 0.75],
    [0, 480, 0],
    [500, 480, 1],
    [10, 0, null],
  ])('%d of %d minutes are an availability of %d', (lit, scheduled, expected) => {
    expect(availabilityShare(lit * minute, scheduled * minute)).toBe(expected);
  });
});

/** Hourly rows from the start on; null: the hour has none. */
function hours(
  rows: (Partial<Record<'first' | 'max' | 'last' | 'mean' | 'coverage', number>> | null)[],
): TierColumns {
  const columns = emptyTierColumns();
  for (const [index, row] of rows.entries()) {
    if (!row) continue;
    const at = start + index * hour;
    columns.at.push(at);
    columns.first.push(row.first ?? null);
    columns.firstAt.push(at + 5 * minute);
    columns.max.push(row.max ?? row.last ?? null);
    columns.maxAt.push(at + 30 * minute);
    columns.last.push(row.last ?? null);
    columns.lastAt.push(at + 55 * minute);
    columns.mean.push(row.mean ?? null);
    columns.coverage.push(row.coverage ?? 1);
  }
  return columns;
}

describe('a night by its hours', () => {
  const night = { from: start, to: start + 3 * hour };
  const over = start + 12 * hour;

  it('begins and ends with whole hours, or now', () => {
    const odd = { from: start + 10 * minute, to: start + 2 * hour + minute };
    expect(hoursOfNight(odd, over)).toEqual(night);
    expect(hoursOfNight(odd, start + 61 * minute)).toEqual({ from: start, to: start + 2 * hour });
    expect(hoursOfNight(night, over)).toEqual(night);
  });

  it('adds the steps of a counter', () => {
    const rows = hours([
      { first: 10, last: 11 },
      { first: 11, last: 12 },
      { first: 12, last: 13 },
    ]);
    expect(counterHours(rows, night, over)).toEqual({ energyKwh: 3, unknownMs: 0 });
  });

  it('counts on after a reset within an hour and between two', () => {
    const rows = hours([
      { first: 10, max: 12, last: 1 },
      { first: 1, last: 2 },
      { first: 0.5, last: 1 },
    ]);
    expect(counterHours(rows, night, over).energyKwh).toBeCloseTo(2 + 1 + 1 + 0.5 + 0.5, 9);
  });

  it('takes the hour before and after to meet the ends', () => {
    const { at, ...rest } = hours([
      { first: 8, last: 9.5 },
      { first: 10, last: 11 },
      { first: 11, last: 12 },
    ]);
    const rows = { ...rest, at };
    // Of the step from 9.5 at :55 to 10 at :05, half.
    const found = counterHours(rows, { from: start + hour, to: start + 3 * hour }, over);
    expect(found.energyKwh).toBeCloseTo(2.25, 9);
  });

  it('holds power by its hourly means, and says what it lacks', () => {
    const rows = hours([{ mean: 30 }, { mean: 60, coverage: 0.5 }, null]);
    expect(powerHours(rows, night, over)).toEqual({ energyKwh: 0.06, unknownMs: 1.5 * hour });
    expect(powerHours(hours([]), night, over)).toEqual({ energyKwh: null, unknownMs: 3 * hour });
  });

  it('of the running night lacks what is over only', () => {
    expect(powerHours(hours([{ mean: 30 }]), night, start + hour)).toEqual({
      energyKwh: 0.03,
      unknownMs: 0,
    });
  });

  it('adds burning time, with the time of which it is known', () => {
    const rows = hours([{ mean: 0.5 }, { mean: 1, coverage: 0.75 }, null]);
    expect(litHours(rows, night, over)).toEqual({ litMs: 1.25 * hour, knownMs: 1.75 * hour });
    expect(litHours(hours([]), night, over)).toEqual({ litMs: null, knownMs: 0 });
  });
});
