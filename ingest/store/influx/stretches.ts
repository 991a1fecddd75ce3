import type { DeviceKey } from '../../../broker/contract/ids.ts';
import { type MetricName, metricOf } from '../../../broker/contract/metrics.ts';
import { type Tier, tierWidthMs } from '../../../broker/contract/windows.ts';
import { reachMs, sourceOf } from '../../domain/roll-up.ts';
import { storeLimits } from '../limits.ts';
import type { RebuildSpan, SeriesWindow } from '../store.ts';
import { pieces } from './rows.ts';

/** A series of a stretch, whose metric is said there. */
export interface StretchSeries {
  device: DeviceKey;
  /** Nominal time between samples. */
  intervalMs: number;
}

/**
 * Windows that can be recomputed together: the same consecutive windows of one metric of several devices.
 * A minute of the whole city takes few of them, and so does a day of one device that was offline.
 */
export interface Stretch {
  metric: MetricName;
  /** Half-open, aligned to the tier's windows. */
  from: number;
  to: number;
  series: StretchSeries[];
}

/** Sorts windows into as few stretches as that takes; a window that is named twice counts once. */
export function stretchesOf(tier: Tier, windows: readonly SeriesWindow[]): Stretch[] {
  const stretches = new Map<string, Stretch>();
  for (const { metric, device, intervalMs, starts } of seriesOf(windows)) {
    for (const { from, to } of runsOf(starts, tierWidthMs[tier])) {
      const key = `${metric} ${from} ${to}`;
      const stretch = stretches.get(key) ?? { metric, from, to, series: [] };
      stretches.set(key, stretch);
      stretch.series.push({ device, intervalMs });
    }
  }
  return [...stretches.values()];
}

/** The stretches of a span: one of each metric. */
export function stretchesOfSpan({ series, from, to }: RebuildSpan): Stretch[] {
  if (from >= to) return [];
  const stretches = new Map<MetricName, Stretch>();
  for (const { device, metric, intervalMs } of series) {
    const stretch = stretches.get(metric) ?? { metric, from, to, series: [] };
    stretches.set(metric, stretch);
    stretch.series.push({ device, intervalMs });
  }
  return [...stretches.values()];
}

/**
 * Cuts a stretch into parts that one statement answers and that memory holds, by the rows that series have at their
 * nominal interval. Long in time before wide in devices, since InfluxDB keeps the rows of a series together.
 */
export function slicesOf(tier: Tier, stretch: Stretch): Stretch[] {
  const { metric, from, to, series } = stretch;
  const widthMs = tierWidthMs[tier];
  const rowsPerWindow = Math.max(...series.map((each) => sourceRows(tier, metric, each)));
  const windowsMax = Math.max(1, Math.floor(storeLimits.influxSliceRowsMax / rowsPerWindow));
  const perDevice = Math.min(windowsMax, (to - from) / widthMs);
  const devicesMax = Math.floor(windowsMax / perDevice);
  const slices: Stretch[] = [];
  const groups = pieces(series, Math.min(devicesMax, storeLimits.influxDevicesPerStatementMax));
  for (const group of groups) {
    for (let start = from; start < to; start += perDevice * widthMs) {
      const end = Math.min(to, start + perDevice * widthMs);
      slices.push({ metric, from: start, to: end, series: group });
    }
  }
  return slices;
}

/** Two parts of a slice that gave more rows than its interval promised; undefined of one window of one device. */
export function halve(tier: Tier, slice: Stretch): [Stretch, Stretch] | undefined {
  const { from, to, series } = slice;
  const widthMs = tierWidthMs[tier];
  const middle = from + Math.floor((to - from) / widthMs / 2) * widthMs;
  if (middle > from) return [cut(slice, { to: middle }), cut(slice, { from: middle })];
  if (series.length === 1) return undefined;
  const half = Math.ceil(series.length / 2);
  return [
    cut(slice, { series: series.slice(0, half) }),
    cut(slice, { series: series.slice(half) }),
  ];
}

function cut(slice: Stretch, to: Partial<Stretch>): Stretch {
  return { ...slice, ...to };
}

/** Rows that a window is made from, when a series keeps its interval. */
function sourceRows(tier: Tier, metric: MetricName, { intervalMs }: StretchSeries): number {
  const { kind } = metricOf(metric);
  const source = sourceOf(tier, kind);
  if (source !== 'raw') return tierWidthMs[tier] / tierWidthMs[source];
  const spanMs = tierWidthMs[tier] + 2 * reachMs(tier, { kind, intervalMs });
  return Math.max(1, spanMs / intervalMs);
}

interface SeriesStarts extends StretchSeries {
  metric: MetricName;
  starts: Set<number>;
}

function seriesOf(windows: readonly SeriesWindow[]): Iterable<SeriesStarts> {
  const series = new Map<string, SeriesStarts>();
  for (const { metric, device, start, intervalMs } of windows) {
    const key = `${device} ${metric}`;
    const known = series.get(key) ?? { metric, device, intervalMs, starts: new Set() };
    series.set(key, known);
    known.intervalMs = intervalMs;
    known.starts.add(start);
  }
  return series.values();
}

function runsOf(starts: ReadonlySet<number>, widthMs: number): { from: number; to: number }[] {
  const runs: { from: number; to: number }[] = [];
  for (const start of [...starts].sort((a, b) => a - b)) {
    const run = runs.at(-1);
    if (run?.to === start) run.to = start + widthMs;
    else runs.push({ from: start, to: start + widthMs });
  }
  return runs;
}
