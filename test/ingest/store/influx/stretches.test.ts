import { describe, expect, test } from 'vitest';
import type { DeviceKey } from '../../../../broker/contract/ids.ts';
import type { MetricName } from '../../../../broker/contract/metrics.ts';
import {
  halve,
  type Stretch,
  slicesOf,
  stretchesOf,
  stretchesOfSpan,
} from '../../../../ingest/store/influx/stretches.ts';

const minuteMs = 60_000;
const hourMs = 60 * minuteMs;
const windowOf = (device: DeviceKey, minute: number, intervalMs = minuteMs) => ({
  device,
  metric: 'pm10' as const,
  start: minute * minuteMs,
  intervalMs,
});
const seriesOf = (count: number, intervalMs = minuteMs) =>
  Array.from({ length: count }, (_, n) => ({ device: `city/${n}` as DeviceKey, intervalMs }));
const hours = (count: number, devices: number, metric: MetricName = 'pm10'): Stretch => ({
  metric,
  from: 0,
  to: count * hourMs,
  series: seriesOf(devices),
});
/** Windows of all slices, each named by series and start. */
const windowsOf = (slices: readonly Stretch[], widthMs: number) =>
  slices.flatMap(({ from, to, series }) =>
    series.flatMap(({ device }) =>
      Array.from({ length: (to - from) / widthMs }, (_, n) => `${device} ${from + n * widthMs}`),
    ),
  );

describe('stretches of windows', () => {
  test('take one minute of the whole city together, a bounded number of devices at a time', () => {
    const windows = Array.from({ length: 250 }, (_, n) => windowOf(`city/device-${n}`, 7));
    const [stretch, ...others] = stretchesOf('1m', windows);
    expect(others).toEqual([]);
    expect(stretch).toMatchObject({ from: 7 * minuteMs, to: 8 * minuteMs });
    const slices = stretch ? slicesOf('1m', stretch) : [];
    expect(slices.map(({ series }) => series.length)).toEqual([100, 100, 50]);
  });

  test('take consecutive windows of one device together, however they were ordered', () => {
    const windows = [5, 3, 4, 9, 4].map((minute) => windowOf('a/b', minute));
    const series = [{ device: 'a/b', intervalMs: minuteMs }];
    expect(stretchesOf('1m', windows)).toEqual([
      { metric: 'pm10', from: 3 * minuteMs, to: 6 * minuteMs, series },
      { metric: 'pm10', from: 9 * minuteMs, to: 10 * minuteMs, series },
    ]);
  });

  test('keep metrics apart', () => {
    const windows = [windowOf('a/b', 1), { ...windowOf('a/b', 1), metric: 'no2' as const }];
    expect(stretchesOf('1m', windows)).toHaveLength(2);
    const span = { series: windows, from: 0, to: minuteMs };
    expect(stretchesOfSpan(span).map(({ metric }) => metric)).toEqual(['pm10', 'no2']);
  });

  test('of a span without time are none', () => {
    expect(stretchesOfSpan({ series: [windowOf('a/b', 0)], from: minuteMs, to: 0 })).toEqual([]);
  });
});

describe('slices', () => {
  test('name every window once, in pieces of a bounded number of source rows', () => {
    const slices = slicesOf('1h', hours(24 * 31, 7));
    const named = windowsOf(slices, hourMs);
    expect(named).toHaveLength(24 * 31 * 7);
    expect(new Set(named).size).toBe(named.length);
    for (const slice of slices) expect(windowsOf([slice], hourMs).length * 60).toBeLessThan(20_001);
  });

  test('of a short span take many devices together', () => {
    expect(slicesOf('1h', hours(3, 200)).map(({ series }) => series.length)).toEqual([100, 100]);
  });

  test('of states count the raw samples of their hours and those around them', () => {
    const fast = { ...hours(24, 1, 'lamp_on'), series: seriesOf(1, 1_000) };
    // An hour of samples each second, and three intervals on both sides.
    expect(slicesOf('1h', fast).map(({ from, to }) => (to - from) / hourMs)).toEqual([
      5, 5, 5, 5, 4,
    ]);
  });

  test('hold one window at the least, however many samples it has', () => {
    const dense = { metric: 'pm10' as const, from: 0, to: 2 * minuteMs, series: seriesOf(1, 0.1) };
    expect(windowsOf(slicesOf('1m', dense), minuteMs)).toHaveLength(2);
  });

  test('are halved down to one window of one device, and no further', () => {
    const left = [hours(3, 3)];
    const single: Stretch[] = [];
    for (let slice = left.pop(); slice; slice = left.pop()) {
      const halves = halve('1h', slice);
      if (halves) left.push(...halves);
      else single.push(slice);
    }
    expect(new Set(windowsOf(single, hourMs)).size).toBe(9);
    expect(single).toHaveLength(9);
  });
});
