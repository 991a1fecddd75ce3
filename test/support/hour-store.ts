import type { DeviceKey } from '../../broker/contract/ids.ts';
import type { MetricName } from '../../broker/contract/metrics.ts';
import type { RawColumns, TierColumns } from '../../broker/contract/series.ts';
import type { Tier } from '../../broker/contract/windows.ts';
import {
  type SeriesQuery,
  type StoredReading,
  StoreUnavailable,
} from '../../ingest/store/store.ts';

const hourMs = 3_600_000;

interface Hour {
  mean: number | null;
  coverage: number;
  revision: number;
  resultAt: number;
}

/** The reading side of a store that holds hourly rows only. */
export class HourStore {
  readonly #series = new Map<string, Map<number, Hour>>();
  isDown = false;
  /** Series that were read, in order. */
  readonly asked: string[] = [];

  /** Hours from an instant on; null is a row with bad samples only, undefined no row at all. */
  put(
    device: DeviceKey,
    metric: MetricName,
    from: number,
    means: readonly (number | null | undefined)[],
    more: Partial<Omit<Hour, 'mean'>> = {},
  ): void {
    const name = `${device} ${metric}`;
    const rows = this.#series.get(name) ?? new Map<number, Hour>();
    this.#series.set(name, rows);
    for (const [index, mean] of means.entries()) {
      const at = from + index * hourMs;
      if (mean === undefined) continue;
      rows.set(at, { mean, coverage: 1, revision: 0, resultAt: at + hourMs, ...more });
    }
  }

  async latest(): Promise<StoredReading[]> {
    this.#check('latest');
    return [...this.#series].map(([name, rows]) => {
      const [device, metric] = name.split(' ') as [DeviceKey, MetricName];
      const at = Math.max(...rows.keys());
      return { device, metric, at, value: 1, flag: 1, reasons: 0, receivedAt: at };
    });
  }

  async raw(): Promise<RawColumns> {
    return { at: [], value: [], flag: [], reasons: [], receivedAt: [] };
  }

  async rollups(tier: Tier, query: SeriesQuery): Promise<TierColumns> {
    const name = `${query.device} ${query.metric}`;
    this.#check(`${tier} ${name}`);
    const rows = [...(this.#series.get(name) ?? [])]
      .filter(([at]) => at >= query.from && at < query.to)
      .sort(([a], [b]) => a - b);
    if (rows.length > query.rowsMax) throw new Error('more rows than were asked for');
    const means = rows.map(([, { mean }]) => mean);
    const starts = rows.map(([at]) => at);
    return {
      at: starts,
      mean: means,
      min: means,
      max: means,
      count: means.map((mean) => (mean === null ? 0 : 60)),
      coverage: rows.map(([, { coverage }]) => coverage),
      flags: means.map((mean) => (mean === null ? [0, 0, 0, 60] : [60, 0, 0, 0])),
      expected: rows.map(() => 60),
      sum: means.map((mean) => (mean ?? 0) * 60),
      m2: rows.map(() => 0),
      slots: rows.map(() => 60),
      minAt: starts,
      maxAt: starts,
      first: means,
      firstAt: starts,
      last: means,
      lastAt: starts,
      revision: rows.map(([, { revision }]) => revision),
      resultAt: rows.map(([, { resultAt }]) => resultAt),
    };
  }

  #check(what: string): void {
    this.asked.push(what);
    if (this.isDown) throw new StoreUnavailable('influx at 10.0.0.7 with password hunter2 is away');
  }
}
