import { describe, expect, it } from 'vitest';
import type { MetricName } from '../../../../broker/contract/metrics.ts';
import { reasonBits, reasonNames } from '../../../../broker/contract/quality.ts';
import {
  isAhead,
  judgeCrossChannel,
  judgeHumidity,
  judgeRange,
  judgeStep,
  noVerdict,
} from '../../../../ingest/domain/quality/arrival.ts';
import { ClockDrift } from '../../../../ingest/domain/quality/clock-drift.ts';
import { thresholdsFor } from '../../../../ingest/domain/quality/thresholds.ts';

const minute = 60_000;
const hour = 60 * minute;
const gapMs = 3 * 145_000;

/** A verdict as a word: none, passed, or the reason. */
const said = (verdict: number): string =>
  verdict === noVerdict ? 'none' : (reasonNames(verdict)[0] ?? 'passed');

describe('the range test', () => {
  it.each([
    ['SDS011', 'pm10', 999.9, 'unusual'],
    ['SDS011', 'pm10', 1000, 'range'],
    ['SDS011', 'pm10', 500, 'passed'],
    ['SDS011', 'pm10', 500.1, 'unusual'],
    ['SDS011', 'pm10', 0, 'passed'],
    ['SPS30', 'pm1', 1000, 'unusual'],
    ['SPS30', 'pm1', 1000.1, 'range'],
    ['DHT22', 'temperature', 80, 'unusual'],
    ['DHT22', 'temperature', 80.1, 'range'],
    ['DHT22', 'temperature', -30, 'passed'],
    ['DHT22', 'temperature', -30.1, 'unusual'],
    ['DHT22', 'relative_humidity', 100, 'passed'],
    ['DHT22', 'relative_humidity', 100.1, 'range'],
    ['BME280', 'pressure', 869.9, 'unusual'],
    ['BME280', 'pressure', 299, 'range'],
    ['MH-Z19B', 'co2', 5001, 'range'],
    ['MH-Z19B', 'co2', 2001, 'unusual'],
    ['MH-Z19B', 'co2', 399, 'range'],
    ['SCD30', 'co2', 10_001, 'range'],
    ['NO2-B43F', 'no2', -38, 'passed'],
    ['NO2-B43F', 'no2', 573.9, 'passed'],
    ['NO2-B43F', 'no2', 574, 'unusual'],
    ['NO2-B43F', 'no2', -39, 'range'],
  ] as const)('of a %s says of %s = %d: %s', (model, metric, value, expected) => {
    expect(said(judgeRange(value, thresholdsFor({ metric, model })))).toBe(expected);
  });

  it('says nothing without thresholds', () => {
    expect(judgeRange(1, {})).toBe(noVerdict);
  });
});

describe('the step test', () => {
  const steps: [MetricName, number, number, number, string][] = [
    // metric, value before, value, seconds between, verdict
    ['temperature', 20, 25, 60, 'passed'],
    ['temperature', 20, 25.1, 60, 'step'],
    ['temperature', 20, 30, 60, 'step'],
    ['temperature', 20, 30.1, 60, 'step-fail'],
    ['temperature', 25.1, 20, 60, 'step'],
    ['temperature', 20, 26, 120, 'passed'],
    ['temperature', 20, 20.3, 1, 'passed'],
    ['temperature', 20, 25.5, 1, 'step'],
    ['relative_humidity', 50, 70.5, 60, 'step'],
    ['relative_humidity', 50, 90.5, 60, 'step-fail'],
    ['pressure', 1000, 1002, 60, 'passed'],
    ['pressure', 1000, 1002.1, 60, 'step'],
    ['pm10', 20, 120, 60, 'passed'],
    ['pm10', 20, 121, 60, 'step'],
    // Suspect only, however much.
    ['pm10', 20, 900, 60, 'step'],
    ['pm10', 20, 261.7, 145, 'step'],
    ['pm10', 20, 261.6, 145, 'passed'],
    ['noise', 40, 100, 60, 'none'],
    ['pm10', 20, 900, 435, 'step'],
    // Beyond three intervals it is a gap.
    ['pm10', 20, 900, 436, 'none'],
    // Late or repeated.
    ['pm10', 20, 900, 0, 'none'],
    ['pm10', 20, 900, -60, 'none'],
  ];
  it.each(steps)('of %s from %d to %d in %d s: %s', (metric, before, value, seconds, expected) => {
    const at = 10 * hour;
    const thresholds = thresholdsFor({ metric });
    const reference = { at: at - seconds * 1000, value: before };
    expect(said(judgeStep({ at, value }, reference, thresholds, gapMs))).toBe(expected);
  });

  it('says nothing of a first sample', () => {
    const thresholds = thresholdsFor({ metric: 'pm10' });
    expect(judgeStep({ at: 0, value: 500 }, undefined, thresholds, gapMs)).toBe(noVerdict);
  });
});

describe('the cross-channel test', () => {
  it.each([
    // PM2.5, PM10: the tolerance is the larger of 1 and a tenth of PM10.
    [8, 10, 'passed'],
    [10, 10, 'passed'],
    [11, 10, 'passed'],
    [11.1, 10, 'cross-channel'],
    [3, 2, 'passed'],
    [3.1, 2, 'cross-channel'],
    [110, 100, 'passed'],
    [110.1, 100, 'cross-channel'],
    [0, 0, 'passed'],
    [1.01, 0, 'cross-channel'],
  ])('says of PM2.5 %d beside PM10 %d: %s', (finer, coarser, expected) => {
    expect(said(judgeCrossChannel(finer, coarser))).toBe(expected);
  });
});

describe('the humidity test', () => {
  it.each([
    [undefined, 'none'],
    [69.9, 'passed'],
    [70, 'passed'],
    [70.1, 'humidity'],
    [99, 'humidity'],
  ])('says at %s %%: %s', (humidity, expected) => {
    expect(said(judgeHumidity(humidity, thresholdsFor({ metric: 'pm10' })))).toBe(expected);
  });

  it('says nothing of what is not particles', () => {
    expect(judgeHumidity(99, thresholdsFor({ metric: 'no2' }))).toBe(noVerdict);
  });
});

describe('the clock', () => {
  it.each([
    [0, false],
    [60_000, false],
    [60_001, true],
    [-86_400_000, false],
  ])('that is %d ms ahead is suspect: %s', (ahead, expected) => {
    expect(isAhead(hour + ahead, hour)).toBe(expected);
  });

  /** Delays of messages every 5 minutes over some hours; gives the hours in which one was suspected. */
  function hoursSuspected(hours: number, delayMs: (elapsedMs: number) => number): number[] {
    const drift = new ClockDrift();
    const suspected = new Set<number>();
    for (let elapsed = 0; elapsed < hours * hour; elapsed += 5 * minute) {
      const receivedAt = 100 * hour + elapsed;
      if (drift.note(delayMs(elapsed), receivedAt)) suspected.add(Math.floor(elapsed / hour));
    }
    return [...suspected];
  }

  it('that loses 36 s an hour is suspected from the fourth hour on', () => {
    const jitter = (elapsed: number) => ((elapsed / minute) * 7919) % 2_000;
    expect(hoursSuspected(7, (elapsed) => elapsed / 100 + jitter(elapsed))).toEqual([4, 5, 6]);
  });

  it('that was set right is trusted from the next closed hour on', () => {
    const delay = (elapsed: number) => (elapsed < 6 * hour ? elapsed / 100 : 0);
    expect(hoursSuspected(9, delay)).toEqual([4, 5]);
  });

  it.each([
    ['is exact', () => 0],
    ['is always five minutes behind', () => 5 * minute],
    ['loses a second a day', (elapsed: number) => elapsed / 86_400],
    // Half a day offline, then everything in order, with delays that shrink.
    [
      'sends a backlog message by message',
      (elapsed: number) => Math.max(0, 12 * hour - 2 * elapsed),
    ],
    ['belongs to a busy network', (elapsed: number) => ((elapsed / minute) * 7919) % 50_000],
  ])('that %s is not suspected', (_what, delay) => {
    expect(hoursSuspected(12, delay)).toEqual([]);
  });

  it('of a device that stores and forwards is not suspected: each batch ends with what was just measured', () => {
    const drift = new ClockDrift();
    for (let batch = 0; batch < 24; batch++)
      expect(drift.note(1_500, (100 + 6 * batch) * hour)).toBe(false);
  });

  it('knows nothing after a restart, and nothing from one message', () => {
    expect(new ClockDrift().note(30 * minute, hour)).toBe(false);
  });
});

it('gives reasons that the contract knows as those of arrival', () => {
  expect(reasonNames(reasonBits.range | reasonBits.clock)).toEqual(['range', 'clock']);
});
