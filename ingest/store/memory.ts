import type { DeviceKey } from '../../broker/contract/ids.ts';
import { type MetricName, metricOf } from '../../broker/contract/metrics.ts';
import { type Tier, tierWidthMs } from '../../broker/contract/windows.ts';
import {
  type RollUpRow,
  reachMs,
  rollUpRows,
  rollUpSamples,
  type SeriesShape,
  sourceOf,
} from '../domain/roll-up.ts';
import { forgottenBefore } from './forgotten.ts';
import { revise } from './revise.ts';
import { partition } from './storable.ts';
import {
  QueryTooLarge,
  type RebuildSpan,
  type SeriesQuery,
  type SeriesWindow,
  type Store,
  type StoredReading,
} from './store.ts';
import { type TierRow, tierColumns } from './tier-rows.ts';

interface Series {
  device: DeviceKey;
  metric: MetricName;
  /** By event time. */
  raw: Map<number, StoredReading>;
  /** By window start. */
  tiers: Record<Tier, Map<number, TierRow>>;
}

/**
 * The reference implementation of the port: the plainest code that is right, to compare the engines
 * with, and a store for tests. Keeps everything in memory and forgets it with the process.
 */
export function createMemoryStore(): Store {
  const all = new Map<string, Series>();
  const find = (of: { device: DeviceKey; metric: MetricName }) =>
    all.get(`${of.device} ${of.metric}`);
  const rollUp = (tier: Tier, windows: Iterable<SeriesWindow>, now: number): void => {
    for (const window of windows) {
      const series = find(window);
      if (series) rollUpWindow(series, tier, window, now);
    }
  };

  return {
    async start() {},
    async write(batch) {
      const { kept = [...batch.series.subarray(0, batch.length).keys()], refused } =
        partition(batch);
      let stored = 0;
      for (const index of kept) {
        const reading = batch.reading(index);
        const series = find(reading) ?? createSeries(reading);
        all.set(`${reading.device} ${reading.metric}`, series);
        const known = series.raw.get(reading.at);
        if (!known) stored++;
        if (known?.value !== reading.value) series.raw.set(reading.at, reading);
      }
      return { stored, duplicates: kept.length - stored, refused };
    },
    async rollUp(tier, windows, now) {
      rollUp(tier, windows, now);
    },
    async rebuild(tier, span, now) {
      rollUp(tier, windowsOf(tier, span), now);
    },
    async judge(judgements) {
      for (const { device, metric, at, flag, reasons } of judgements) {
        const reading = find({ device, metric })?.raw.get(at);
        if (reading) Object.assign(reading, { flag, reasons });
      }
    },
    async latest() {
      return [...all.values()].flatMap((series) => newestOf(series) ?? []);
    },
    async raw(query) {
      const rows = select(find(query)?.raw, query);
      return {
        at: rows.map(({ at }) => at),
        value: rows.map(({ value }) => value),
        flag: rows.map(({ flag }) => flag),
        reasons: rows.map(({ reasons }) => reasons),
        receivedAt: rows.map(({ receivedAt }) => receivedAt),
      };
    },
    async rollups(tier, query) {
      return tierColumns(tier, select(find(query)?.tiers[tier], query));
    },
    async forgetBefore(resolution, before) {
      for (const series of all.values()) {
        const rows = resolution === 'raw' ? series.raw : series.tiers[resolution];
        for (const at of rows.keys()) if (at < forgottenBefore(before)) rows.delete(at);
      }
    },
    async ping() {},
    async stop() {},
  };
}

function createSeries({ device, metric }: StoredReading): Series {
  return {
    device,
    metric,
    raw: new Map(),
    tiers: { '1m': new Map(), '1h': new Map(), '1d': new Map() },
  };
}

function* windowsOf(tier: Tier, { series, from, to }: RebuildSpan): Iterable<SeriesWindow> {
  for (const each of series)
    for (let start = from; start < to; start += tierWidthMs[tier]) yield { ...each, start };
}

function rollUpWindow(series: Series, tier: Tier, window: SeriesWindow, now: number): void {
  const { start, intervalMs } = window;
  const rows = series.tiers[tier];
  const computed = compute(series, tier, window);
  if (computed) rows.set(start, revise(rows.get(start), computed, { tier, intervalMs, now }));
  else rows.delete(start);
}

function compute(series: Series, tier: Tier, window: SeriesWindow): RollUpRow | undefined {
  const { start, intervalMs } = window;
  const shape: SeriesShape = { kind: metricOf(series.metric).kind, intervalMs };
  const source = sourceOf(tier, shape.kind);
  const end = start + tierWidthMs[tier];
  if (source !== 'raw')
    return rollUpRows(tier, shape, start, between(series.tiers[source], start, end));
  const reach = reachMs(tier, shape);
  const rows = between(series.raw, start - reach, end + reach);
  const samples = {
    at: rows.map(({ at }) => at),
    value: rows.map(({ value }) => value),
    flag: rows.map(({ flag }) => flag),
  };
  return rollUpSamples(tier, shape, start, { samples, begin: 0, end: rows.length });
}

function newestOf({ raw }: Series): StoredReading | undefined {
  const newest = raw.get([...raw.keys()].reduce((newest, at) => Math.max(newest, at), -1));
  return newest && { ...newest };
}

function select<Row extends { at: number }>(
  rows: ReadonlyMap<number, Row> | undefined,
  { from, to, rowsMax }: SeriesQuery,
): Row[] {
  const selected = between(rows ?? new Map<number, Row>(), from, to);
  if (selected.length > rowsMax) {
    throw new QueryTooLarge(`${selected.length} rows, ${rowsMax} allowed`);
  }
  return selected;
}

/** Rows of a half-open span in order of time. */
function between<Row extends { at: number }>(
  rows: ReadonlyMap<number, Row>,
  from: number,
  to: number,
): Row[] {
  return [...rows.values()].filter(({ at }) => at >= from && at < to).sort((a, b) => a.at - b.at);
}
