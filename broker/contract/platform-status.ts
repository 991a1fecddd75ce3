import { z } from 'zod';
import { JobState } from './jobs.ts';
import { RefusalReason, RejectReason } from './rejection.ts';

/** `GET /api/v1/status`: how the platform itself does. */

const count = z.number();
const Counts = z.object({ abnormal: count, stale: count, offline: count, ok: count });
export type StandingCounts = z.infer<typeof Counts>;

/** Columns of equal length, oldest first; a time without a sample is not there. */
const StandingHistory = z.object({
  at: z.array(z.int()).describe('epoch ms UTC'),
  abnormal: z.array(count),
  stale: z.array(count),
  offline: z.array(count),
  ok: z.array(count),
});
export type StandingHistory = z.infer<typeof StandingHistory>;

const Rates = z
  .object({ received: count, stored: count, rejected: count, duplicate: count })
  .describe('readings per second');

const Latency = z
  .object({ p50: count, p95: count, p99: count, count })
  .nullable()
  .describe('ms, of the last minutes; null: not measured');
export type Latency = z.infer<typeof Latency>;

const byReason = <T extends z.ZodType<string>>(reason: T) =>
  z.array(z.object({ reason, total: count, lastHour: count }));

/** What operators see. Null: not known in this process, since another one does that work. */
export const Operations = z.object({
  pipeline: z
    .object({
      now: Rates.nullable().describe('over the last minute; null: too soon'),
      hour: Rates.nullable(),
      totals: z.object({
        received: count,
        stored: count,
        rejected: count,
        duplicate: count,
        late: count,
        derived: count,
        waiting: count.describe('received minus stored, rejected and duplicate'),
      }),
      rejectedBy: byReason(RejectReason),
      history: z.object({
        at: z.array(z.int()),
        received: z.array(count),
        stored: z.array(count),
      }),
    })
    .nullable(),
  latency: z.object({
    kept: Latency.describe('arrival to on disk, when it is acknowledged'),
    stored: Latency.describe('arrival to in the store'),
    frame: Latency.describe('arrival to in a live frame'),
  }),
  journal: z.object({ backlogBytes: count, bytesMax: count, damagedBytes: count }).nullable(),
  broker: z
    .object({
      clients: count,
      pendingAcks: count,
      throttledNow: count,
      throttledLastHour: count,
      publishesPerSecond: count.nullable(),
      refusedBy: byReason(RefusalReason),
    })
    .nullable(),
  live: z.object({
    clients: count,
    series: count,
    framesPerSecond: count.nullable(),
    skippedLastHour: count,
    droppedLastHour: count,
  }),
  jobs: z.array(JobState).nullable(),
  process: z.object({
    startedAt: z.int().nullable(),
    rssBytes: count.nullable(),
    heapBytes: count.nullable(),
    loopDelayMs: z.object({ p50: count, p99: count }).nullable(),
    cpuShare: count.nullable().describe('of one core, over the last minute'),
    node: z.string().nullable(),
    build: z.string(),
  }),
});
export type Operations = z.infer<typeof Operations>;

export const PlatformStatus = z.object({
  now: z.int().describe("the server's clock, epoch ms UTC"),
  state: z.enum(['ok', 'degraded', 'failed']),
  devices: z.object({
    counts: Counts.describe('of what the caller may see'),
    weekAgo: Counts.nullable().describe('at this hour a week ago; null: not known'),
    history: StandingHistory.nullable().describe(
      'of the last 24 hours; null: not kept for this role',
    ),
  }),
  parts: z
    .array(
      z.object({
        name: z.string(),
        state: z.enum(['ok', 'degraded', 'failed']),
        detail: z.string().optional(),
      }),
    )
    .optional()
    .describe('operators only, as all below'),
  operations: Operations.optional(),
});
export type PlatformStatus = z.infer<typeof PlatformStatus>;
