import type { DeviceKey } from '../../broker/contract/ids.ts';
import type { MetricName } from '../../broker/contract/metrics.ts';
import { type Tier, tiers, tierWidthMs } from '../../broker/contract/windows.ts';
import { partition } from './storable.ts';
import {
  QueryTooLarge,
  type SeriesQuery,
  type SeriesWindow,
  type Store,
  type StoredReading,
} from './store.ts';

interface Aggregate {
  mean: number;
  min: number;
  max: number;
  count: number;
}

interface Series {
  device: DeviceKey;
  metric: MetricName;
  /** Value by event time. */
  raw: Map<number, number>;
  /** Aggregate by window start. */
  tiers: Record<Tier, Map<number, Aggregate>>;
}

/**
 * The reference implementation of the port: the plainest code that is right, to compare the engines
 * with, and a store for tests. Keeps everything in memory and forgets it with the process.
 */
export function createMemoryStore(): Store {
  const all = new Map<string, Series>();
  const find = (of: { device: DeviceKey; metric: MetricName }) =>
    all.get(`${of.device} ${of.metric}`);
  const findOrCreate = (of: StoredReading): Series => {
    const series = find(of) ?? createSeries(of);
    all.set(`${of.device} ${of.metric}`, series);
    return series;
  };

  return {
    async start() {},
    async write(batch) {
      const { kept, refused } = partition(batch);
      let stored = 0;
      for (const index of kept) {
        const reading = batch[index] as StoredReading;
        const { raw } = findOrCreate(reading);
        if (!raw.has(reading.at)) stored++;
        raw.set(reading.at, reading.value);
      }
      return { stored, duplicates: kept.length - stored, refused };
    },
    async rollUp(tier, windows) {
      for (const window of windows) {
        const series = find(window);
        if (series) rollUpWindow(series, tier, window);
      }
    },
    async latest() {
      return [...all.values()].flatMap((series) => newestOf(series) ?? []);
    },
    async raw(query) {
      const rows = select(find(query)?.raw, query);
      return {
        at: rows.map(([at]) => at),
        value: rows.map(([, value]) => value),
        flag: rows.map(() => 2),
      };
    },
    async rollups(tier, query) {
      const rows = select(find(query)?.tiers[tier], query);
      return {
        at: rows.map(([at]) => at),
        mean: rows.map(([, row]) => row.mean),
        min: rows.map(([, row]) => row.min),
        max: rows.map(([, row]) => row.max),
        count: rows.map(([, row]) => row.count),
      };
    },
    async forgetBefore(resolution, before) {
      for (const series of all.values()) {
        const rows = resolution === 'raw' ? series.raw : series.tiers[resolution];
        for (const at of rows.keys()) if (at < before) rows.delete(at);
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

function rollUpWindow(series: Series, tier: Tier, { start }: SeriesWindow): void {
  const inWindow = (at: number) => at >= start && at < start + tierWidthMs[tier];
  const finer = tiers[tiers.indexOf(tier) - 1];
  const parts: Aggregate[] = finer
    ? [...series.tiers[finer]].filter(([at]) => inWindow(at)).map(([, row]) => row)
    : [...series.raw]
        .filter(([at]) => inWindow(at))
        .map(([, value]) => ({ mean: value, min: value, max: value, count: 1 }));
  if (parts.length === 0) series.tiers[tier].delete(start);
  else series.tiers[tier].set(start, merge(parts));
}

function merge(parts: readonly Aggregate[]): Aggregate {
  return {
    mean: sum(parts.map((part) => part.mean)) / parts.length,
    min: Math.min(...parts.map((part) => part.min)),
    max: Math.max(...parts.map((part) => part.max)),
    count: sum(parts.map((part) => part.count)),
  };
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

function newestOf({ device, metric, raw }: Series): StoredReading | undefined {
  const at = [...raw.keys()].reduce((newest, at) => Math.max(newest, at), -1);
  const value = raw.get(at);
  return value === undefined ? undefined : { device, metric, at, value };
}

function select<Row>(rows: Map<number, Row> | undefined, query: SeriesQuery): [number, Row][] {
  const selected = [...(rows ?? [])].filter(([at]) => at >= query.from && at < query.to);
  if (selected.length > query.rowsMax) {
    throw new QueryTooLarge(`${selected.length} rows, ${query.rowsMax} allowed`);
  }
  return selected.sort(([a], [b]) => a - b);
}
