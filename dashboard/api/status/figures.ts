import type { Registry as MetricsRegistry } from 'prom-client';

interface Value {
  value: number;
  labels: Readonly<Record<string, string | number | undefined>>;
  metricName?: string;
}

/** The process' metrics at one instant: the one place where they are read for people. */
export class Figures {
  readonly at: number;
  readonly #byName: ReadonlyMap<string, readonly Value[]>;

  constructor(at: number, byName: ReadonlyMap<string, readonly Value[]>) {
    this.at = at;
    this.#byName = byName;
  }

  /** Sum over all labels; undefined where the process does not have the metric. */
  sum(name: FigureName): number | undefined {
    const values = this.#byName.get(name);
    return values?.reduce((sum, { value }) => sum + value, 0);
  }

  /** By the values of one label. */
  by(name: FigureName, label: string): ReadonlyMap<string, number> {
    const sums = new Map<string, number>();
    for (const { value, labels } of this.#byName.get(name) ?? []) {
      const key = String(labels[label]);
      sums.set(key, (sums.get(key) ?? 0) + value);
    }
    return sums;
  }

  /** Cumulative counts of a histogram by upper bound, in order. */
  buckets(name: FigureName): Bucket[] | undefined {
    const values = this.#byName.get(name);
    return values
      ?.filter(({ metricName }) => metricName === `${name}_bucket`)
      .map(({ value, labels: { le } }) => ({
        to: le === '+Inf' ? Number.POSITIVE_INFINITY : Number(le),
        count: value,
      }));
  }

  /** The first value of a label, such as a version. */
  label(name: FigureName, label: string): string | undefined {
    const found = this.#byName.get(name)?.[0]?.labels[label];
    return found === undefined ? undefined : String(found);
  }
}

export interface Bucket {
  /** Upper bound, in the histogram's unit. */
  to: number;
  /** Observations up to it. */
  count: number;
}

/** What is read: a sample is kept for an hour, and those of requests by route would be too many. */
const figureNames = [
  'readings_received_total',
  'readings_stored_total',
  'readings_rejected_total',
  'readings_duplicate_total',
  'readings_late_total',
  'readings_derived_total',
  'ingest_kept_seconds',
  'ingest_stored_seconds',
  'live_frame_seconds',
  'journal_backlog_bytes',
  'journal_max_bytes',
  'journal_damaged_bytes_total',
  'mqtt_connected_clients',
  'mqtt_pending_acks',
  'mqtt_throttled_connections',
  'mqtt_throttled_total',
  'mqtt_publishes_received_total',
  'mqtt_refused_total',
  'live_clients',
  'live_series',
  'live_frames_total',
  'live_frames_skipped_total',
  'live_clients_dropped_total',
  'process_start_time_seconds',
  'process_resident_memory_bytes',
  'process_cpu_seconds_total',
  'nodejs_heap_size_used_bytes',
  'nodejs_eventloop_lag_p50_seconds',
  'nodejs_eventloop_lag_p99_seconds',
  'nodejs_version_info',
] as const;
export type FigureName = (typeof figureNames)[number];

/** Metrics that set others when they are read: without that those stay as they were at the start. */
const leaders = ['process_cpu_user_seconds_total', 'nodejs_heap_size_total_bytes'] as const;

/** Begins a new span of the loop's delay and makes that of the last one readable: each reading forgets what was. */
export async function turnLoopDelay(metrics: MetricsRegistry): Promise<void> {
  await metrics.getSingleMetric('nodejs_eventloop_lag_seconds')?.get();
}

export async function readFigures(metrics: MetricsRegistry, at: number): Promise<Figures> {
  for (const name of leaders) await metrics.getSingleMetric(name)?.get();
  const read = await Promise.all(
    figureNames.map(async (name) => {
      const found = await metrics.getSingleMetric(name)?.get();
      // Copies: the library counts on in its own.
      const values = found?.values.map((one) => ({ ...one })) as unknown as Value[] | undefined;
      return values ? ([name, values] as const) : undefined;
    }),
  );
  return new Figures(at, new Map(read.filter((one) => one !== undefined)));
}

/** Counts of the time between two readings of a histogram; the earlier may be missing. */
export function bucketsBetween(
  before: readonly Bucket[] | undefined,
  after: readonly Bucket[],
): Bucket[] {
  return after.map(({ to, count }, index) => ({
    to,
    count: count - (before?.[index]?.count ?? 0),
  }));
}

/**
 * A quantile as Prometheus makes it: even within a bucket. Beyond the last bound it is that bound, the least that is
 * known. Undefined without observations.
 */
export function quantile(share: number, buckets: readonly Bucket[]): number | undefined {
  const total = buckets.at(-1)?.count ?? 0;
  if (total <= 0) return undefined;
  const rank = share * total;
  let from = 0;
  let below = 0;
  for (const { to, count } of buckets) {
    if (count >= rank && count > below) {
      return Number.isFinite(to) ? from + ((rank - below) / (count - below)) * (to - from) : from;
    }
    if (Number.isFinite(to)) from = to;
    below = count;
  }
  return from;
}
