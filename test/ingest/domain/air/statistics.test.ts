import { describe, expect, it, test } from 'vitest';
import {
  dailyMax8h,
  dailyMeans,
  eightHourMeans,
  percentileOf,
} from '../../../../ingest/domain/air/periods.ts';
import { runsOf } from '../../../../ingest/domain/air/runs.ts';
import {
  hourMs,
  legalMonthOf,
  legalStart,
  legalYearOf,
  yearHours,
} from '../../../../ingest/domain/air/year-hours.ts';
import {
  isAnnualMeanValid,
  yearStatistics,
} from '../../../../ingest/domain/air/year-statistics.ts';
import { dayWindows } from '../../../../ingest/domain/days.ts';
import { dayOf, limitIn, type Measure, rowsOf, statisticsOf } from './year.ts';

const gridOf = (measure: Measure, year = 2025, coverage?: Measure) =>
  yearHours(year, rowsOf(year, measure, coverage));

describe('a legal year', () => {
  it('begins at 23:00Z on 31 December, whatever the season', () => {
    expect(new Date(legalStart(2025)).toISOString()).toBe('2024-12-31T23:00:00.000Z');
    expect(new Date(legalStart(2025, 7)).toISOString()).toBe('2025-06-30T23:00:00.000Z');
    expect(legalYearOf(Date.parse('2024-12-31T23:00:00Z'))).toBe(2025);
    expect(legalYearOf(Date.parse('2024-12-31T22:59:59Z'))).toBe(2024);
    expect(legalMonthOf(Date.parse('2025-06-30T23:00:00Z'))).toBe(7);
  });

  test.each([
    [2023, 8760],
    [2024, 8784],
    [2025, 8760],
    [2000, 8784],
    [2100, 8760],
  ])('%i has %i hours', (year, count) => {
    expect(gridOf(() => 1, year).count).toBe(count);
  });

  it('has the legal days of the platform, also when clocks change', () => {
    const days = dayWindows(legalStart(2025), legalStart(2026), {
      kind: 'legal',
      timeZone: 'Europe/Berlin',
    });
    expect(days).toHaveLength(365);
    expect(days.every(({ start }, day) => start === legalStart(2025) + day * 24 * hourMs)).toBe(
      true,
    );
  });

  it('passes over rows that are not of its hours', () => {
    const rows = {
      at: [legalStart(2025) + 1, legalStart(2026), 0],
      mean: [1, 1, 1],
      coverage: [1, 1, 1],
    };
    expect(yearHours(2025, rows).values.every((value) => value === null)).toBe(true);
  });
});

describe('the same hours in autumn', () => {
  // 25 October 2026: clocks go back at 01:00Z. The civil day has 25 hours, 22:00Z to 23:00Z of the next day.
  const start = Date.parse('2026-10-24T22:00:00Z');
  const rows = {
    at: Array.from({ length: 25 }, (_, hour) => start + hour * hourMs),
    mean: Array.from({ length: 25 }, (_, hour) => (hour === 0 ? 75 : 49.55)),
    coverage: new Array(25).fill(1),
  };

  it('exceed on the civil day and not on the legal one', () => {
    const civil = rows.mean.reduce((sum, value) => sum + value, 0) / 25;
    expect(civil).toBeGreaterThan(50.5);
    const year = yearHours(2026, rows);
    const legal = dailyMeans(year).filter((value) => value !== null);
    expect(legal).toHaveLength(1);
    expect(legal[0]).toBeCloseTo(49.55, 9);
    const { pollutants } = yearStatistics(
      { device: 'a/1', year: 2026, rules: 'EU-2008-50', method: 'maker', asOf: legalStart(2027) },
      { pm10: rows },
    );
    expect(pollutants[0]?.limits.find(({ period }) => period === 'day')).toMatchObject({
      exceedances: 0,
      validPeriods: 1,
    });
  });
});

describe('an hour', () => {
  test.each([
    ['45 minutes', 0.75, true],
    ['19 samples of a node with 145 s', (19 * 145) / 3600, true],
    ['18 samples of it', (18 * 145) / 3600, false],
    ['44 minutes', 44 / 60, false],
    ['nothing', 0, false],
  ])('of %s (%f): valid is %s', (_, coverage, isValid) => {
    const [first] = gridOf(
      () => 10,
      2025,
      () => coverage,
    ).values;
    expect(first === 10).toBe(isValid);
  });

  it('with coverage but without a mean (all samples bad) is not valid', () => {
    expect(gridOf(() => null).values.every((value) => value === null)).toBe(true);
  });
});

describe('a day', () => {
  const withHours = (known: number) =>
    dailyMeans(gridOf((hour) => (hour % 24 < known ? 10 : null)))[0];

  it('is valid with 18 hours and not with 17', () => {
    expect(withHours(18)).toBe(10);
    expect(withHours(17)).toBeNull();
    expect(withHours(0)).toBeNull();
  });
});

describe('8 h means', () => {
  it('are of the day on which they end: the first is 17:00 to 01:00', () => {
    // Only the hours 17:00-24:00 before the year are high, with one hour of the year.
    const year = gridOf((hour) => (hour < 0 ? 80 : 0));
    expect(eightHourMeans(year).slice(0, 3)).toEqual([70, 60, 50]);
    expect(dailyMax8h(year)[0]).toBe(70);
    expect(dailyMax8h(year)[1]).toBe(0);
  });

  it('end at 24:00 for the last of a day', () => {
    const year = gridOf((hour) => (hour >= 16 && hour < 24 ? 80 : 0));
    expect(eightHourMeans(year)[23]).toBe(80);
    expect(dailyMax8h(year).slice(0, 2)).toEqual([80, 70]);
  });

  it('are valid with 6 of 8 hours and not with 5', () => {
    const at = (known: number) =>
      eightHourMeans(gridOf((hour) => (hour >= 0 && hour < known ? 8 : null)))[7];
    expect(at(6)).toBe(8);
    expect(at(5)).toBeNull();
  });

  it('make a daily maximum with 18 of 24 and not with 17', () => {
    // Hours 0..n known, none before: windows ending from hour 5 (6 known) are valid until two are missing.
    const max = (last: number) =>
      dailyMax8h(gridOf((hour) => (hour >= 0 && hour <= last ? 8 : null)))[0];
    expect(max(23)).toBe(8); // windows end at hours 5..23: 19
    expect(max(20)).toBe(8); // 5..22: 18
    expect(max(19)).toBeNull(); // 5..21: 17
  });
});

describe('a year', () => {
  const firstHours = (known: number, year: number) =>
    statisticsOf('no2', { year, measure: (hour) => (hour >= 0 && hour < known ? 20 : null) });

  test.each([
    [2025, 7884, true],
    [2025, 7883, false],
    [2024, 7906, true],
    [2024, 7905, false],
    [2025, 8760, true],
    [2025, 0, false],
  ])('%i with %i hours: a valid annual mean is %s', (year, hours, valid) => {
    const { annualMean, validHours } = firstHours(hours, year);
    expect([validHours, annualMean.valid]).toEqual([hours, valid]);
    expect(annualMean.value).toBe(hours === 0 ? null : 20);
  });

  it('does not count hours of regular maintenance as lost', () => {
    expect(isAnnualMeanValid(7883, 8760)).toBe(false);
    expect(isAnnualMeanValid(7883, 8760, 2)).toBe(true);
    expect(isAnnualMeanValid(0, 8760, 8760)).toBe(false);
  });

  it('shows the data-quality objective of its rules: 90 % before, 85 % from 2024/2881', () => {
    const measure = (hour: number) => (hour >= 0 && hour < 0.87 * 8760 ? 10 : null);
    const before = statisticsOf('no2', { measure });
    const after = statisticsOf('no2', { measure, rules: 'EU-2024-2881' });
    expect(before.objective).toEqual({ required: 0.9, met: false });
    expect(after.objective).toEqual({ required: 0.85, met: true });
  });

  it('leaves a mean undecided when too little was measured, however high', () => {
    expect(limitIn(firstHours(100, 2025), 'year')).toMatchObject({
      verdict: 'undecided',
      value: 20,
    });
    const high = statisticsOf('no2', { measure: (hour) => (hour < 100 ? 400 : null) });
    expect(limitIn(high, 'year').verdict).toBe('undecided');
  });

  test.each([
    [40, 'kept'],
    [40.4, 'kept'],
    [40.5, 'exceeded'],
  ])('with a mean of %f the limit of 40 is %s', (value, verdict) => {
    expect(limitIn(statisticsOf('no2', { measure: () => value }), 'year').verdict).toBe(verdict);
  });

  it('that runs says so, and what is missing still counts', () => {
    const asOf = legalStart(2025) + 100 * hourMs + 1;
    const statistics = yearStatistics(
      { device: 'a/1', year: 2025, rules: 'EU-2008-50', method: 'maker', asOf },
      { pm10: rowsOf(2025, (hour) => (hour < 100 ? 10 : null)) },
    );
    expect(statistics).toMatchObject({
      running: true,
      compliance: 'indicative-not-for-compliance',
      timeBase: 'UTC+1',
      rounding: 'half-up-last',
    });
    expect(statistics.pollutants[0]).toMatchObject({
      elapsedHours: 100,
      possibleHours: 8760,
      validHours: 100,
    });
  });

  test.each([
    ['reference', 'for-compliance'],
    ['equivalent', 'for-compliance'],
    ['indicative', 'indicative-not-for-compliance'],
    ['maker', 'indicative-not-for-compliance'],
  ] as const)('of a %s method is %s', (method, compliance) => {
    const question = { device: 'a/1', year: 2025, rules: 'EU-2008-50', asOf: 0 } as const;
    expect(yearStatistics({ ...question, method }, {})).toMatchObject({
      compliance,
      pollutants: [],
    });
  });

  it('without any valid hour has nothing to say and claims nothing', () => {
    const year = statisticsOf('pm10', { measure: () => null });
    expect(year).toMatchObject({
      validHours: 0,
      validDays: 0,
      maxHour: null,
      max8h: null,
      percentiles: [],
    });
    expect(limitIn(year, 'day')).toMatchObject({
      exceedances: 0,
      validPeriods: 0,
      verdict: 'undecided',
    });
  });

  it('names its peaks by the start of their hour, day and 8 h', () => {
    const year = statisticsOf('pm10', { measure: (hour) => (hour === 30 ? 96 : 0) });
    const at = (hour: number) => legalStart(2025) + hour * hourMs;
    expect(year.maxHour).toEqual({ at: at(30), value: 96 });
    expect(year.maxDay).toEqual({ at: at(24), value: 4 });
    expect(year.max8h).toEqual({ at: at(23), value: 12 });
  });
});

describe('exceedances', () => {
  const days =
    (exceeding: number, value: number, other: number | null = 10): Measure =>
    (hour) =>
      hour >= 0 && dayOf(hour) < exceeding ? value : other;

  test.each([
    [50, 0],
    [50.4, 0],
    [50.5, 3],
    [51, 3],
  ])('a PM10 day of %f is %i times counted on three days', (value, count) => {
    expect(limitIn(statisticsOf('pm10', { measure: days(3, value) }), 'day').exceedances).toBe(
      count,
    );
  });

  test.each([
    [35, 'kept'],
    [36, 'exceeded'],
  ])('%i days of PM10 beyond 50: %s', (count, verdict) => {
    const check = limitIn(statisticsOf('pm10', { measure: days(count, 60) }), 'day');
    expect(check).toMatchObject({ exceedances: count, allowed: 35, validPeriods: 365, verdict });
  });

  it('are counted from valid days only, whose number is published', () => {
    const check = limitIn(statisticsOf('pm10', { measure: days(20, 60, null) }), 'day');
    expect(check).toMatchObject({
      exceedances: 20,
      validPeriods: 20,
      possiblePeriods: 365,
      verdict: 'undecided',
    });
  });

  it('are certain as soon as there are too many, whatever is missing', () => {
    expect(limitIn(statisticsOf('pm10', { measure: days(36, 60, null) }), 'day').verdict).toBe(
      'exceeded',
    );
  });

  test.each([
    [18, 'kept'],
    [19, 'exceeded'],
  ])('%i hours of NO2 beyond 200: %s', (count, verdict) => {
    const measure = (hour: number) => (hour >= 0 && hour < count ? 201 : 200);
    const check = limitIn(statisticsOf('no2', { measure }), 'hour');
    expect(check).toMatchObject({ exceedances: count, allowed: 18, verdict });
  });

  it('of ozone are judged over three years, so that one year only counts', () => {
    const check = limitIn(statisticsOf('o3', { measure: () => 121 }), 'max-daily-8h');
    expect(check).toMatchObject({
      exceedances: 365,
      allowed: 25,
      averageYears: 3,
      verdict: 'not-judged',
    });
  });

  it('of carbon monoxide are of the daily 8 h maximum, in mg/m³', () => {
    const check = (value: number) =>
      limitIn(statisticsOf('co', { measure: () => value }), 'max-daily-8h');
    expect(check(10.4)).toMatchObject({ unit: 'mg/m³', verdict: 'kept' });
    expect(check(10.5)).toMatchObject({ exceedances: 365, verdict: 'exceeded' });
  });

  it('of guidelines are counted, not judged', () => {
    const check = limitIn(statisticsOf('pm2_5', { measure: () => 16 }), 'day', 'WHO-2021');
    expect(check).toMatchObject({
      kind: 'guideline',
      exceedances: 365,
      allowed: null,
      verdict: 'not-judged',
    });
  });
});

describe('percentiles', () => {
  it('the 90.4th of 365 days is the 36th highest', () => {
    const values = Array.from({ length: 365 }, (_, index) => index + 1);
    expect(percentileOf(values, 90.4)).toBe(330);
    expect(percentileOf(values, 100)).toBe(365);
    expect(percentileOf(values, 0)).toBe(1);
  });

  it('is beyond 50 exactly when more than 35 days are', () => {
    const p = (count: number) =>
      statisticsOf('pm10', {
        measure: (hour) => (hour >= 0 && dayOf(hour) < count ? 60 : 10),
      }).percentiles.find(({ percent }) => percent === 90.4)?.value;
    expect([p(35), p(36)]).toEqual([10, 60]);
  });

  it('passes over what is not valid', () => {
    expect(percentileOf([null, 3, null, 1, 2], 50)).toBe(2);
    expect(percentileOf([null], 50)).toBeNull();
  });
});

describe('ozone', () => {
  const isLight = (hour: number) => hour % 24 >= 8 && hour % 24 < 20;
  const month = (hour: number) => legalMonthOf(legalStart(2025) + hour * hourMs);

  it('AOT40 sums what is over 80 of the hours 08-20 CET in May to July', () => {
    const measure = (hour: number) => (isLight(hour) ? 100 : 300);
    const { ozone } = statisticsOf('o3', { measure });
    expect(ozone?.aot40).toEqual({
      measured: 92 * 12 * 20,
      estimate: 92 * 12 * 20,
      validHours: 1104,
      possibleHours: 1104,
      valid: true,
    });
  });

  it.each([
    [7, 0],
    [8, 70 * 92],
    [19, 70 * 92],
    [20, 0],
  ])('hour %i of each day gives %i', (hourOfDay, sum) => {
    const { ozone } = statisticsOf('o3', {
      measure: (hour) => (hour % 24 === hourOfDay ? 150 : 80),
    });
    expect(ozone?.aot40.measured).toBe(sum);
  });

  test.each([
    [994, true],
    [993, false],
  ])('AOT40 with %i of 1104 hours: valid is %s, and scaled to all', (known, valid) => {
    let left = known;
    const measure = (hour: number) => {
      const counts = hour >= 0 && isLight(hour) && month(hour) >= 5 && month(hour) <= 7;
      if (!counts) return 50;
      left -= 1;
      return left >= 0 ? 90 : null;
    };
    const aot40 = statisticsOf('o3', { measure }).ozone?.aot40;
    expect(aot40).toMatchObject({ measured: known * 10, validHours: known, valid });
    expect(aot40?.estimate).toBeCloseTo(11_040, 6);
  });

  it('AOT40 of nothing is not zero but unknown', () => {
    const aot40 = statisticsOf('o3', { measure: () => null }).ozone?.aot40;
    expect(aot40).toMatchObject({ estimate: null, validHours: 0, valid: false });
  });

  test.each([
    [27, true],
    [26, false],
  ])('a month with %i days: valid is %s', (known, valid) => {
    const first = (legalStart(2025, 6) - legalStart(2025)) / hourMs / 24;
    const measure = (hour: number) => {
      const day = dayOf(hour) - first;
      return day >= known && day < 30 ? null : 130;
    };
    const june = statisticsOf('o3', { measure }).ozone?.months[2];
    expect(june).toMatchObject({ month: 6, validDays: known, exceedances: known, valid });
  });

  it('a month also wants 90 % of its hours 08-20', () => {
    // Two daylight hours less each day: 18 windows and more are there, but 10 of 12 hours.
    const measure = (hour: number) => (hour % 24 === 9 || hour % 24 === 18 ? null : 100);
    const june = statisticsOf('o3', { measure }).ozone?.months[2];
    expect(june).toMatchObject({
      validDays: 30,
      validHours: 300,
      possibleHours: 360,
      valid: false,
    });
  });

  test.each([
    [1, true],
    [2, false],
  ])('a year lacking %i summer months: valid is %s', (lacking, valid) => {
    const measure = (hour: number) => (month(hour) >= 4 && month(hour) < 4 + lacking ? null : 100);
    expect(limitIn(statisticsOf('o3', { measure }), 'max-daily-8h').valid).toBe(valid);
  });

  test.each([
    ['summer', 0.76, 1, true],
    ['summer', 0.74, 1, false],
    ['winter', 1, 0.76, true],
    ['winter', 1, 0.74, false],
  ])('an annual mean wants 75 %% of %s by itself (%f, %f)', (_, summer, winter, valid) => {
    const measure = (hour: number) => {
      const share = month(hour) >= 4 && month(hour) <= 9 ? summer : winter;
      return hour % 100 < share * 100 ? 60 : null;
    };
    expect(statisticsOf('o3', { measure }).annualMean.valid).toBe(valid);
  });

  it('has its own objective for winter before 2024/2881', () => {
    const measure = (hour: number) =>
      month(hour) >= 4 && month(hour) <= 9 ? 60 : hour % 100 < 80 ? 60 : null;
    expect(statisticsOf('o3', { measure }).objective).toEqual({
      required: 0.9,
      requiredWinter: 0.75,
      met: true,
    });
    expect(statisticsOf('o3', { measure, rules: 'EU-2024-2881' }).objective).toEqual({
      required: 0.85,
      met: true,
    });
  });
});

describe('information and alert thresholds', () => {
  const from = legalStart(2025);
  const hours =
    (values: readonly (number | null)[]): Measure =>
    (hour) =>
      values[hour] ?? 0;
  const check = (
    values: readonly (number | null)[],
    kind: string,
    rules: 'EU-2008-50' | 'EU-2024-2881' = 'EU-2008-50',
  ) =>
    statisticsOf('no2', { measure: hours(values), rules }).thresholds.find(
      (one) => one.kind === kind,
    );

  it('want three consecutive hours', () => {
    expect(check([0, 401, 402, 0], 'alert')?.total).toBe(0);
    expect(check([0, 401, 403, 402, 0], 'alert')?.runs).toEqual([
      { from: from + hourMs, to: from + 4 * hourMs, periods: 3, max: 403 },
    ]);
  });

  it('are broken by a missing hour, and by one that only reaches the threshold', () => {
    expect(check([401, 401, null, 401, 401], 'alert')?.total).toBe(0);
    expect(check([401, 401, 400.4, 401], 'alert')?.total).toBe(0);
    expect(check([401, 401, 400.5, 401], 'alert')?.total).toBe(1);
  });

  it('inform of NO2 only by 2024/2881, from the first hour', () => {
    expect(check([151], 'information')).toBeUndefined();
    expect(check([151, 0, 151], 'information', 'EU-2024-2881')?.total).toBe(2);
    expect(check([201, 201, 201], 'alert', 'EU-2024-2881')?.total).toBe(1);
  });

  it('of particles are of days, and of 2024/2881 only', () => {
    const measure = (hour: number) => (hour >= 0 && dayOf(hour) < 2 ? 91 : 10);
    expect(statisticsOf('pm10', { measure }).thresholds).toEqual([]);
    const [information] = statisticsOf('pm10', { measure, rules: 'EU-2024-2881' }).thresholds;
    expect(information?.runs).toEqual([{ from, to: from + 48 * hourMs, periods: 2, max: 91 }]);
  });

  it('list no more runs than they must, and say how many there are', () => {
    const measure = (hour: number) => (hour % 2 === 0 ? 200 : 0);
    const [information] = statisticsOf('o3', { measure }).thresholds;
    expect([information?.runs.length, information?.total]).toEqual([100, 4380]);
  });

  it('end with the values', () => {
    const beyond = (value: number) => value > 1;
    expect(runsOf([2, 2], beyond, 2)).toEqual([{ start: 0, length: 2, max: 2 }]);
    expect(runsOf([], beyond, 1)).toEqual([]);
    expect(runsOf([null, null], beyond, 1)).toEqual([]);
  });
});
