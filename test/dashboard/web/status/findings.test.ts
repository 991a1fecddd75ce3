import { expect, test } from 'vitest';
import type { Operations, PlatformStatus } from '../../../../broker/contract/platform-status.ts';
import { findingsOf } from '../../../../dashboard/web/status/findings.ts';

const rates = { received: 100, stored: 100, rejected: 0, duplicate: 0 };
const quick = { p50: 5, p95: 20, p99: 50, count: 100 };
const healthy: Operations = {
  pipeline: {
    now: rates,
    hour: rates,
    totals: { ...rates, late: 0, derived: 0, waiting: 0 },
    rejectedBy: [],
    history: { at: [], received: [], stored: [] },
  },
  latency: { kept: quick, stored: quick, frame: quick },
  journal: { backlogBytes: 0, bytesMax: 1_000, damagedBytes: 0 },
  broker: {
    clients: 1,
    pendingAcks: 0,
    throttledNow: 0,
    throttledLastHour: 0,
    publishesPerSecond: 1,
    refusedBy: [],
  },
  live: { clients: 1, series: 1, framesPerSecond: 1, skippedLastHour: 0, droppedLastHour: 0 },
  jobs: [],
  process: {
    startedAt: 0,
    rssBytes: 1,
    heapBytes: 1,
    loopDelayMs: { p50: 10, p99: 20 },
    cpuShare: 0.1,
    node: 'v20',
    build: 'b',
  },
};
const pipeline = healthy.pipeline as NonNullable<Operations['pipeline']>;

function status(change: Partial<Operations>, more: Partial<PlatformStatus> = {}): PlatformStatus {
  const counts = { abnormal: 0, stale: 0, offline: 0, ok: 1 };
  return {
    now: 0,
    state: 'ok',
    devices: { counts, weekAgo: null, history: null },
    operations: { ...healthy, ...change },
    ...more,
  };
}
const waiting = { ...pipeline, totals: { ...pipeline.totals, waiting: 7 } };
const job = { name: 'retain', what: 'x', isRunning: false, figures: {}, error: 'disk' };

test.each<[string, Partial<Operations>, object[]]>([
  ['all is well', {}, []],
  ['readings are missing and nothing waits', { pipeline: waiting }, [{ code: 'lost', count: 7 }]],
  [
    'readings wait in the journal: none is missing',
    { pipeline: waiting, journal: { backlogBytes: 99, bytesMax: 1_000, damagedBytes: 0 } },
    [],
  ],
  [
    'the journal fills',
    { journal: { backlogBytes: 300, bytesMax: 1_000, damagedBytes: 0 } },
    [{ code: 'journal-filling', tone: 1 }],
  ],
  [
    'the journal is nearly full and damaged',
    { journal: { backlogBytes: 800, bytesMax: 1_000, damagedBytes: 5 } },
    [
      { code: 'damaged', tone: 2 },
      { code: 'journal-filling', tone: 2 },
    ],
  ],
  [
    'many are rejected',
    { pipeline: { ...pipeline, hour: { ...rates, rejected: 10 } } },
    [{ code: 'rejected', share: 0.1 }],
  ],
  [
    'acknowledgements are slow',
    { latency: { kept: { ...quick, p95: 300 }, stored: quick, frame: null } },
    [{ code: 'slow', what: 'kept' }],
  ],
  [
    'the process is busy: that outweighs a failed job',
    { jobs: [job], process: { ...healthy.process, loopDelayMs: { p50: 100, p99: 900 } } },
    [
      { code: 'loop', tone: 2 },
      { code: 'job', name: 'retain' },
    ],
  ],
  [
    'nothing is known of the other process',
    { pipeline: null, journal: null, broker: null, jobs: null },
    [],
  ],
])('%s', (_what, change, expected) => {
  expect(findingsOf(status(change), status(change))).toMatchObject(expected);
});

test('what is between two counters at one instant is not lost', () => {
  expect(findingsOf(status({ pipeline: waiting }))).toEqual([]);
  expect(findingsOf(status({ pipeline: waiting }), status({}))).toEqual([]);
  const fewer = { ...pipeline, totals: { ...pipeline.totals, waiting: 3 } };
  expect(findingsOf(status({ pipeline: waiting }), status({ pipeline: fewer }))).toMatchObject([
    { code: 'lost', count: 3 },
  ]);
});

test('a failed part stands before one that is limited', () => {
  const parts = [
    { name: 'store', state: 'degraded' as const, detail: 'away' },
    { name: 'journal', state: 'failed' as const },
    { name: 'broker', state: 'ok' as const },
  ];
  expect(findingsOf(status({}, { parts })).map((one) => 'name' in one && one.name)).toEqual([
    'journal',
    'store',
  ]);
});

test('the public has no findings', () => {
  const { operations: _, ...open } = status({});
  expect(findingsOf(open)).toEqual([]);
});
