import { Counter, collectDefaultMetrics, Histogram, Registry } from 'prom-client';
import { describe, expect, test, vi } from 'vitest';
import {
  type Bucket,
  quantile,
  readFigures,
  turnLoopDelay,
} from '../../../../dashboard/api/status/figures.ts';
import {
  FiguresRing,
  figuresEveryMs,
  figuresMax,
} from '../../../../dashboard/api/status/figures-ring.ts';

const buckets = (...counts: number[]): Bucket[] => {
  const bounds = [0.1, 1, 10, Number.POSITIVE_INFINITY];
  return counts.map((count, index) => ({ to: bounds[index] ?? 0, count }));
};

describe('a quantile', () => {
  test.each([
    ['of nothing', 0.5, buckets(0, 0, 0, 0), undefined],
    ['in the middle of the only bucket', 0.5, buckets(0, 10, 10, 10), 0.55],
    ['at the end of a bucket', 1, buckets(0, 10, 10, 10), 1],
    ['in a later bucket', 0.95, buckets(50, 90, 100, 100), 5.5],
    ['beyond the last bound is that bound, the least that is known', 0.99, buckets(0, 0, 0, 5), 10],
  ])('%s', (_what, share, of, expected) => {
    const found = quantile(share, of);
    if (expected === undefined) expect(found).toBeUndefined();
    else expect(found).toBeCloseTo(expected, 9);
  });
});

describe('the last hour', () => {
  function bench() {
    const registry = new Registry();
    const registers = [registry];
    const counter = new Counter({
      name: 'mqtt_refused_total',
      help: 'c',
      labelNames: ['reason'],
      registers,
    });
    const seconds = new Histogram({
      name: 'ingest_kept_seconds',
      help: 'h',
      buckets: [0.1, 1, 10],
      registers,
    });
    const ring = new FiguresRing();
    const time = { now: 1_000_000 };
    const figures = () => readFigures(registry, time.now);
    const sample = async () => {
      ring.add(await figures());
      time.now += figuresEveryMs;
    };
    const read = (one: Awaited<ReturnType<typeof figures>>) => one.sum('mqtt_refused_total');
    return { counter, seconds, ring, time, figures, sample, read };
  }

  test('has no rate before there are two samples', async () => {
    const { ring, figures, read } = bench();
    expect(ring.rate(read, await figures(), 'minute')).toBeNull();
    expect(ring.latency('ingest_kept_seconds', await figures())).toBeNull();
  });

  test('tells the rate of the last minute and that of the hour', async () => {
    const { counter, ring, figures, sample, read } = bench();
    for (let i = 0; i < 360; i += 1) {
      await sample();
      counter.inc({ reason: 'x' }, i < 354 ? 10 : 100);
    }
    const now = await figures();
    expect(ring.rate(read, now, 'minute')).toBeCloseTo(10, 6);
    expect(ring.rate(read, now, 'hour')).toBeCloseTo((354 * 10 + 6 * 100) / 3_600, 6);
    expect(ring.rise((one) => one.by('mqtt_refused_total', 'reason').get('x'), now)).toBe(4_140);
    const { at, perSecond } = ring.history(read);
    expect(at.length).toBe(59);
    expect(perSecond[0]).toBeCloseTo(1, 6);
  });

  test('forgets what is older', async () => {
    const { counter, ring, figures, sample, read } = bench();
    counter.inc({ reason: 'x' }, 5);
    for (let i = 0; i < figuresMax + 10; i += 1) {
      await sample();
      if (i < 5) counter.inc({ reason: 'x' }, 1_000);
    }
    expect(ring.rise(read, await figures())).toBe(0);
  });

  test('tells latencies of the last five minutes only', async () => {
    const { seconds, ring, figures, sample } = bench();
    for (let i = 0; i < 100; i += 1) seconds.observe(9);
    for (let i = 0; i < 40; i += 1) await sample();
    expect(ring.latency('ingest_kept_seconds', await figures())).toBeNull();
    for (let i = 0; i < 100; i += 1) seconds.observe(0.05);
    expect(ring.latency('ingest_kept_seconds', await figures())).toEqual({
      p50: 50,
      p95: 95,
      p99: 99,
      count: 100,
    });
    expect(ring.latency('live_frame_seconds', await figures())).toBeNull();
  });
});

describe('the process itself', () => {
  test('is measured, also where one metric sets the others', async () => {
    const registry = new Registry();
    collectDefaultMetrics({ register: registry });
    const before = await readFigures(registry, 0);
    expect(before.sum('nodejs_heap_size_used_bytes')).toBeGreaterThan(1_000_000);
    const until = process.cpuUsage().user + 30_000;
    while (process.cpuUsage().user < until) Math.hypot(3, 4);
    const after = await readFigures(registry, 1);
    const name = 'process_cpu_seconds_total';
    expect((after.sum(name) ?? 0) - (before.sum(name) ?? 0)).toBeGreaterThan(0.03);
  });

  test('has a delay of its loop once that was looked at', async () => {
    const registry = new Registry();
    collectDefaultMetrics({ register: registry });
    await vi.waitFor(async () => {
      await turnLoopDelay(registry);
      const figures = await readFigures(registry, 0);
      expect(figures.sum('nodejs_eventloop_lag_p99_seconds')).toBeGreaterThan(0.005);
    }, 5_000);
  });
});
