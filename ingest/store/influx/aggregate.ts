import type { DeviceKey } from '../../../broker/contract/ids.ts';
import type { MetricName } from '../../../broker/contract/metrics.ts';
import { type Tier, tierWidthMs } from '../../../broker/contract/windows.ts';
import { finerOf } from '../finer.ts';
import { storeLimits } from '../limits.ts';
import type { SeriesWindow } from '../store.ts';
import { identifier, isOneOf, isWithin, type Point } from './escape.ts';
import { deviceOf, forEachAtMost, numericRows, pieces, type Query } from './rows.ts';

/**
 * Windows that one statement can aggregate: the same stretch of consecutive windows for several devices.
 * A minute of the whole city takes few of them, and so does a day of one device that was offline.
 */
export interface Stretch {
  metric: MetricName;
  from: number;
  to: number;
  devices: DeviceKey[];
}

/** The columns of a tier. */
export const tierFields = ['mean', 'min', 'max', 'count'] as const;

/**
 * Selects rows of tiers that stand for data. Where rows cannot be deleted, a window that has lost its
 * data is kept with count 0.
 */
export const hasData = '"count" > 0';

/** Sorts windows into as few stretches as that takes; a window that is named twice counts once. */
export function stretchesOf(tier: Tier, windows: readonly SeriesWindow[]): Stretch[] {
  const widthMs = tierWidthMs[tier];
  const stretches = new Map<string, Stretch>();
  for (const { metric, device, starts } of seriesOf(windows)) {
    for (const { from, to } of runsOf(starts, widthMs)) {
      const key = `${metric} ${from} ${to}`;
      const stretch = stretches.get(key) ?? { metric, from, to, devices: [] };
      stretches.set(key, stretch);
      stretch.devices.push(device);
    }
  }
  return [...stretches.values()].flatMap((stretch) =>
    pieces(stretch.devices, storeLimits.influxDevicesPerStatementMax).map((devices) => ({
      ...stretch,
      devices,
    })),
  );
}

/** Computes windows of a tier from the tier below; those without data are not in the result. */
export async function aggregate(
  tier: Tier,
  stretches: readonly Stretch[],
  query: Query,
): Promise<Point[]> {
  const points: Point[] = [];
  await forEachAtMost(storeLimits.influxRequestsAtOnceMax, stretches, async (stretch) => {
    for await (const series of query(aggregateStatement(tier, stretch))) {
      const device = deviceOf(series);
      for (const row of numericRows(series, ['time', ...tierFields])) {
        const [at = 0, mean = 0, min = 0, max = 0, count = 0] = row;
        if (count > 0) {
          points.push({ device, metric: stretch.metric, at, fields: { mean, min, max, count } });
        }
      }
    }
  });
  return points;
}

/** Which windows of these stretches a tier holds now. */
export async function presentWindows(
  stretches: readonly Stretch[],
  query: Query,
): Promise<SeriesWindow[]> {
  const present: SeriesWindow[] = [];
  await forEachAtMost(storeLimits.influxRequestsAtOnceMax, stretches, async (stretch) => {
    const { metric, from, to, devices } = stretch;
    const statement = `SELECT "count" FROM ${identifier(metric)}
      WHERE ${isWithin(from, to)} AND ${isOneOf(devices)} AND ${hasData}
      GROUP BY "provider", "device"`;
    for await (const series of query(statement)) {
      const device = deviceOf(series);
      for (const [start = 0] of numericRows(series, ['time'])) {
        present.push({ device, metric, start });
      }
    }
  });
  return present;
}

function aggregateStatement(tier: Tier, { metric, from, to, devices }: Stretch): string {
  const fromRaw = finerOf(tier) === 'raw';
  const columns = fromRaw
    ? 'mean("value") AS "mean", min("value") AS "min", max("value") AS "max", count("value") AS "count"'
    : 'mean("mean") AS "mean", min("min") AS "min", max("max") AS "max", sum("count") AS "count"';
  return `SELECT ${columns} FROM ${identifier(metric)}
    WHERE ${isWithin(from, to)} AND ${isOneOf(devices)}${fromRaw ? '' : ` AND ${hasData}`}
    GROUP BY time(${tierWidthMs[tier]}ms), "provider", "device" fill(none)`;
}

interface SeriesStarts {
  metric: MetricName;
  device: DeviceKey;
  starts: Set<number>;
}

function seriesOf(windows: readonly SeriesWindow[]): Iterable<SeriesStarts> {
  const series = new Map<string, SeriesStarts>();
  for (const { metric, device, start } of windows) {
    const key = `${device} ${metric}`;
    const known = series.get(key) ?? { metric, device, starts: new Set() };
    series.set(key, known);
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
