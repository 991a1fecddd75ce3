import type { Operations } from '../../../broker/contract/platform-status.ts';
import { refusalReasons, rejectReasons } from '../../../broker/contract/rejection.ts';
import type { ApiDeps } from '../context.ts';
import type { FigureName, Figures } from './figures.ts';
import type { FiguresRing } from './figures-ring.ts';

/** What operators see of the process, from its metrics. */
export function operationsOf(
  now: Figures,
  ring: FiguresRing,
  deps: Pick<ApiDeps, 'jobs' | 'build'>,
): Operations {
  return {
    pipeline: pipelineOf(now, ring),
    latency: {
      kept: ring.latency('ingest_kept_seconds', now),
      stored: ring.latency('ingest_stored_seconds', now),
      frame: ring.latency('live_frame_seconds', now),
    },
    journal: journalOf(now),
    broker: brokerOf(now, ring),
    live: liveOf(now, ring),
    jobs: deps.jobs?.list() ?? null,
    process: processOf(now, ring, deps.build),
  };
}

const total = (name: FigureName) => (figures: Figures) => figures.sum(name);

const readings = {
  received: total('readings_received_total'),
  stored: total('readings_stored_total'),
  rejected: total('readings_rejected_total'),
  duplicate: total('readings_duplicate_total'),
} as const;

function pipelineOf(now: Figures, ring: FiguresRing): Operations['pipeline'] {
  if (readings.received(now) === undefined) return null;
  const [received = 0, stored = 0, rejected = 0, duplicate = 0] = Object.values(readings).map(
    (read) => read(now) ?? 0,
  );
  const totals = {
    received,
    stored,
    rejected,
    duplicate,
    late: now.sum('readings_late_total') ?? 0,
    derived: now.sum('readings_derived_total') ?? 0,
    waiting: received - stored - rejected - duplicate,
  };
  const { at, perSecond } = ring.history(readings.received);
  const history = { at, received: perSecond, stored: ring.history(readings.stored).perSecond };
  return {
    now: ratesOf(now, ring, 'minute'),
    hour: ratesOf(now, ring, 'hour'),
    totals,
    rejectedBy: byReason(now, ring, { name: 'readings_rejected_total', reasons: rejectReasons }),
    history,
  };
}

function ratesOf(now: Figures, ring: FiguresRing, over: 'minute' | 'hour') {
  const [received, stored, rejected, duplicate] = Object.values(readings).map((read) =>
    ring.rate(read, now, over),
  );
  if (received == null || stored == null || rejected == null || duplicate == null) return null;
  return { received, stored, rejected, duplicate };
}

/** Those that there were, the most frequent of the last hour first. */
function byReason<Reason extends string>(
  now: Figures,
  ring: FiguresRing,
  { name, reasons }: { name: FigureName; reasons: readonly Reason[] },
): { reason: Reason; total: number; lastHour: number }[] {
  return reasons
    .map((reason) => {
      const read = (figures: Figures) => figures.by(name, 'reason').get(reason) ?? 0;
      return { reason, total: read(now), lastHour: ring.rise(read, now) };
    })
    .filter((one) => one.total > 0)
    .sort((a, b) => b.lastHour - a.lastHour || b.total - a.total);
}

function journalOf(now: Figures): Operations['journal'] {
  const backlogBytes = now.sum('journal_backlog_bytes');
  if (backlogBytes === undefined) return null;
  return {
    backlogBytes,
    bytesMax: now.sum('journal_max_bytes') ?? 0,
    damagedBytes: now.sum('journal_damaged_bytes_total') ?? 0,
  };
}

function brokerOf(now: Figures, ring: FiguresRing): Operations['broker'] {
  const clients = now.sum('mqtt_connected_clients');
  if (clients === undefined) return null;
  return {
    clients,
    pendingAcks: now.sum('mqtt_pending_acks') ?? 0,
    throttledNow: now.sum('mqtt_throttled_connections') ?? 0,
    throttledLastHour: ring.rise(total('mqtt_throttled_total'), now),
    publishesPerSecond: ring.rate(total('mqtt_publishes_received_total'), now, 'minute'),
    refusedBy: byReason(now, ring, { name: 'mqtt_refused_total', reasons: refusalReasons }),
  };
}

function liveOf(now: Figures, ring: FiguresRing): Operations['live'] {
  return {
    clients: now.sum('live_clients') ?? 0,
    series: now.sum('live_series') ?? 0,
    framesPerSecond: ring.rate(total('live_frames_total'), now, 'minute'),
    skippedLastHour: ring.rise(total('live_frames_skipped_total'), now),
    droppedLastHour: ring.rise(total('live_clients_dropped_total'), now),
  };
}

function processOf(now: Figures, ring: FiguresRing, build: string): Operations['process'] {
  const p50 = loopDelayOf(now.sum('nodejs_eventloop_lag_p50_seconds'));
  const p99 = loopDelayOf(now.sum('nodejs_eventloop_lag_p99_seconds'));
  const startedS = now.sum('process_start_time_seconds');
  return {
    startedAt: startedS === undefined ? null : startedS * 1_000,
    rssBytes: now.sum('process_resident_memory_bytes') ?? null,
    heapBytes: now.sum('nodejs_heap_size_used_bytes') ?? null,
    loopDelayMs: p50 === undefined || p99 === undefined ? null : { p50, p99 },
    cpuShare:
      now.sum('process_cpu_seconds_total') === undefined
        ? null
        : ring.rate(total('process_cpu_seconds_total'), now, 'minute'),
    node: now.label('nodejs_version_info', 'version') ?? null,
    build,
  };
}

/** Node measures how far apart its looks are, and looks every 10 ms: that is no delay. No look yet reads as 0. */
function loopDelayOf(seconds: number | undefined): number | undefined {
  if (seconds === undefined || !(seconds > 0)) return undefined;
  return Math.max(0, seconds * 1_000 - loopLookMs);
}

const loopLookMs = 10;
