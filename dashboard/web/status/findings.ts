import type { PlatformStatus } from '../../../broker/contract/platform-status.ts';

/** What is wrong with the platform, or worth a look. `tone`: 1 look at it, 2 act. */
export type StatusFinding =
  | { code: 'part'; tone: 1 | 2; name: string; detail: string | undefined }
  | { code: 'lost'; tone: 2; count: number }
  | { code: 'damaged'; tone: 2; bytes: number }
  | { code: 'journal-filling'; tone: 1 | 2; share: number }
  | { code: 'slow'; tone: 1; what: 'kept' | 'stored' | 'frame'; ms: number }
  | { code: 'loop'; tone: 1 | 2; ms: number }
  | { code: 'rejected'; tone: 1; share: number }
  | { code: 'throttled'; tone: 1; count: number }
  | { code: 'job'; tone: 1; name: string; error: string };

/** p95 beyond these is slow: an acknowledgement, a value in the store, a value on the screen. */
const slowMs = { kept: 250, stored: 5_000, frame: 1_000 } as const;
const journalShare = { look: 0.25, act: 0.75 } as const;
const loopMs = { look: 100, act: 500 } as const;
const rejectedShare = 0.05;

/**
 * Findings, worst first. Figures that this process does not have are no finding. `before`: the answer before this one:
 * a reading between two counters at the very instant is not lost.
 */
export function findingsOf(
  { parts = [], operations }: PlatformStatus,
  before?: PlatformStatus,
): StatusFinding[] {
  const found: StatusFinding[] = parts.flatMap(({ name, state, detail }) =>
    state === 'ok' ? [] : [{ code: 'part', tone: state === 'failed' ? 2 : 1, name, detail }],
  );
  if (operations) {
    found.push(
      ...losses(operations, before?.operations),
      ...journal(operations),
      ...pace(operations),
    );
    for (const { name, error } of operations.jobs ?? []) {
      if (error !== undefined) found.push({ code: 'job', tone: 1, name, error });
    }
  }
  return found.sort((a, b) => b.tone - a.tone);
}

type Operations = NonNullable<PlatformStatus['operations']>;

/** With nothing waiting in the journal, what is neither stored, rejected nor a duplicate is missing. */
function losses(now: Operations, before: Operations | undefined): StatusFinding[] {
  if (!now.pipeline) return [];
  const found: StatusFinding[] = [];
  const missing = before ? Math.min(missingOf(now), missingOf(before)) : 0;
  if (missing > 0) found.push({ code: 'lost', tone: 2, count: missing });
  const { hour } = now.pipeline;
  if (hour && hour.received > 0 && hour.rejected / hour.received > rejectedShare) {
    found.push({ code: 'rejected', tone: 1, share: hour.rejected / hour.received });
  }
  return found;
}

/** Received and nowhere, while nothing waits. */
export function missingOf({ pipeline, journal }: Operations): number {
  return journal?.backlogBytes === 0 ? (pipeline?.totals.waiting ?? 0) : 0;
}

function journal({ journal: of }: Operations): StatusFinding[] {
  if (!of) return [];
  const found: StatusFinding[] = [];
  if (of.damagedBytes > 0) found.push({ code: 'damaged', tone: 2, bytes: of.damagedBytes });
  const share = of.bytesMax > 0 ? of.backlogBytes / of.bytesMax : 0;
  if (share > journalShare.look) {
    found.push({ code: 'journal-filling', tone: share > journalShare.act ? 2 : 1, share });
  }
  return found;
}

function pace({ latency, process, broker }: Operations): StatusFinding[] {
  const found: StatusFinding[] = [];
  for (const what of ['kept', 'stored', 'frame'] as const) {
    const p95 = latency[what]?.p95 ?? 0;
    if (p95 > slowMs[what]) found.push({ code: 'slow', tone: 1, what, ms: p95 });
  }
  const delay = process.loopDelayMs?.p99 ?? 0;
  if (delay > loopMs.look) {
    found.push({ code: 'loop', tone: delay > loopMs.act ? 2 : 1, ms: delay });
  }
  if (broker && broker.throttledNow > 0) {
    found.push({ code: 'throttled', tone: 1, count: broker.throttledNow });
  }
  return found;
}
