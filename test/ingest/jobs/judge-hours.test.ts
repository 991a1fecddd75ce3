import { describe, expect, it } from 'vitest';
import type { Device } from '../../../broker/contract/device.ts';
import type { DeviceKey } from '../../../broker/contract/ids.ts';
import type { MetricName } from '../../../broker/contract/metrics.ts';
import { reasonBits, reasonNames } from '../../../broker/contract/quality.ts';
import { createHourJudge, type HourJudgeDeps } from '../../../ingest/jobs/judge-hours.ts';
import { ingestLimits } from '../../../ingest/limits.ts';
import { createMemoryStore } from '../../../ingest/store/memory.ts';
import { batchOf } from '../../../ingest/store/reading-batch.ts';
import { type Judgement, QueryTooLarge, type StoredReading } from '../../../ingest/store/store.ts';
import { jobContext } from '../../support/job-context.ts';
import { silentLog } from '../../support/log.ts';
import { createMemoryRegistry } from '../../support/memory-registry.ts';

const minute = 60_000;
const hour = 60 * minute;
/** 12:00; the hours up to 12 are closed when it is 12:06. */
const noon = Date.parse('2026-11-22T12:00:00Z');

async function bench(overrides: Partial<HourJudgeDeps> = {}) {
  const store = createMemoryStore();
  const registry = createMemoryRegistry();
  const marked: StoredReading[] = [];
  const judgements: Judgement[] = [];
  const time = { now: noon + 6 * minute };
  const judge = createHourJudge({
    store: {
      ...store,
      async judge(batch) {
        judgements.push(...batch);
        await store.judge(batch);
      },
    },
    registry,
    mark: async (batch) => void marked.push(...batch.readings()),
    clock: () => time.now,
    log: silentLog,
    ...overrides,
  });
  const run = async (args?: unknown) => {
    const context = jobContext(args);
    await judge.job.run(context);
    return context.figures;
  };
  const describeDevice = (id: string, more: Partial<Device> = {}) =>
    registry.putDevice({
      provider: 'ulm',
      id,
      kind: 'air',
      public: false,
      intervalMs: minute,
      createdAt: 0,
      ...more,
    });
  /** Stores what `valueAt` gives each minute of `[from, to)`, as it is at arrival. */
  const write = async (
    device: DeviceKey,
    { from, to, metric = 'pm10' }: { from: number; to: number; metric?: MetricName },
    valueAt: (at: number) => number | undefined,
  ) => {
    const batch: StoredReading[] = [];
    for (let at = from; at < to; at += minute) {
      const value = valueAt(at);
      if (value === undefined) continue;
      batch.push({ device, metric, at, value, flag: 1, reasons: 0, receivedAt: at });
    }
    await store.write(batchOf(batch));
    judge.noteStored(batchOf(batch));
    return batch;
  };
  /** The reasons of every sample that has some, by its time after noon in minutes. */
  const reasons = async (device: DeviceKey, metric: MetricName = 'pm10') => {
    const rows = await store.raw({ device, metric, from: 0, to: 1e15, rowsMax: 1e6 });
    return Object.fromEntries(
      rows.at.flatMap((at, index) => {
        const mask = rows.reasons[index] ?? 0;
        return mask === 0 ? [] : [[(at - noon) / minute, reasonNames(mask)]];
      }),
    );
  };
  return { store, registry, judge, run, describeDevice, write, reasons, marked, judgements, time };
}

/** Wanders a little, so that nothing is flat, noisy or an outlier. */
const calm = (at: number) => 10 + ((at / minute) % 3) * 0.2;
const span = { from: noon - 4 * hour, to: noon + 6 * minute };

describe('judging closed hours', () => {
  it('finds a spike, rolls its window up again, and says so', async () => {
    const { run, describeDevice, write, reasons, marked } = await bench();
    await describeDevice('a');
    await write('ulm/a', span, (at) => (at === noon - 30 * minute ? 80 : calm(at)));
    expect(await run()).toMatchObject({ total: 1, done: 1, changed: 1 });
    expect(await reasons('ulm/a')).toEqual({ '-30': ['spike', 'outlier'] });
    expect(marked).toMatchObject([{ device: 'ulm/a', at: noon - 30 * minute, flag: 3 }]);
  });

  it('changes nothing when it is done again, or when there is nothing wrong', async () => {
    const { run, describeDevice, write, judgements } = await bench();
    await describeDevice('a');
    await write('ulm/a', span, (at) => (at % (7 * minute) === 0 ? 300 : calm(at)));
    await run();
    const first = judgements.length;
    expect(first).toBeGreaterThan(10);
    expect(await run({})).toMatchObject({ changed: 0 });
    expect(judgements).toHaveLength(first);
  });

  it('leaves the hour that is not closed yet alone', async () => {
    const { run, describeDevice, write, reasons, time } = await bench();
    await describeDevice('a');
    await write('ulm/a', span, (at) => (at === noon + 2 * minute ? 300 : calm(at)));
    await run();
    expect(await reasons('ulm/a')).toEqual({});
    time.now = noon + 4 * minute;
    await run();
    expect(await reasons('ulm/a')).toEqual({});
    time.now = noon + hour + 6 * minute;
    await run();
    expect(await reasons('ulm/a')).toEqual({ 2: ['spike-fail', 'outlier'] });
  });

  it('judges the end of an hour once the next one is there to look at', async () => {
    const { run, describeDevice, write, reasons, time } = await bench();
    await describeDevice('a');
    const last = noon - minute;
    await write('ulm/a', { from: span.from, to: noon }, (at) => (at === last ? 90 : calm(at)));
    await run();
    expect(await reasons('ulm/a')).toEqual({});
    await write('ulm/a', { from: noon, to: noon + hour }, calm);
    time.now = noon + hour + 6 * minute;
    await run();
    expect(await reasons('ulm/a')).toEqual({ '-1': ['spike', 'outlier'] });
  });

  it('judges hours anew that got late readings, back to 48 h, and then no more', async () => {
    const { run, describeDevice, write, reasons, judge, store } = await bench();
    await describeDevice('a');
    const early = noon - 20 * hour;
    const isGap = (at: number) => at >= early && at < early + 10 * minute;
    await write('ulm/a', { from: noon - 24 * hour, to: noon }, (at) =>
      isGap(at) ? undefined : calm(at),
    );
    await run();
    const late = [10, 80, 10].map((value, index) => ({
      device: 'ulm/a' as const,
      metric: 'pm10' as const,
      at: early + (index + 3) * minute,
      value,
      flag: 1 as const,
      reasons: 0,
      receivedAt: noon,
    }));
    await store.write(batchOf(late));
    expect(await run()).toMatchObject({ changed: 0 });
    judge.noteStored(batchOf(late));
    expect(await run()).toMatchObject({ changed: 1 });
    expect(await reasons('ulm/a')).toEqual({ [-20 * 60 + 4]: ['spike'] });
    judge.noteStored(
      batchOf(late.map((reading) => ({ ...reading, receivedAt: early + 49 * hour }))),
    );
    expect(await run()).toMatchObject({ total: 1, changed: 0 });
  });

  it('judges any span by hand, in whole hours', async () => {
    const { run, describeDevice, write, reasons } = await bench();
    await describeDevice('a');
    const early = noon - 100 * hour;
    await write('ulm/a', { from: early, to: early + hour }, (at) =>
      at === early + 50 * minute ? 80 : calm(at),
    );
    await write('ulm/a', span, calm);
    await run();
    expect(await reasons('ulm/a')).toEqual({});
    const from = new Date(early + minute).toISOString();
    await run({ from, to: new Date(early + 2 * minute).toISOString() });
    expect(Object.values(await reasons('ulm/a'))).toEqual([['spike', 'outlier']]);
  });

  it.each([
    [{ from: noon, to: noon }],
    [{ from: 'yesterday', to: noon }],
    [{ from: noon }],
    [{ device: 'ulm/a' }],
  ])('refuses %j', async (args) => {
    const { run } = await bench();
    await expect(run(args)).rejects.toMatchObject({ code: 'invalid-request' });
  });

  it('keeps what was decided at arrival', async () => {
    const { run, describeDevice, write, reasons, store } = await bench();
    await describeDevice('a');
    await write('ulm/a', span, calm);
    const at = noon - 30 * minute;
    await store.judge([
      { device: 'ulm/a', metric: 'pm10', at, flag: 4, reasons: reasonBits.range },
    ]);
    await run();
    expect(await reasons('ulm/a')).toEqual({ '-30': ['range'] });
  });

  it('marks again after a start what was judged before it, in case its windows were not rolled up', async () => {
    const { run, describeDevice, write, marked, store, registry } = await bench();
    await describeDevice('a');
    await write('ulm/a', span, (at) => (at === noon - 30 * minute ? 80 : calm(at)));
    await run();
    marked.length = 0;
    const again = createHourJudge({
      store,
      registry,
      mark: async (batch) => void marked.push(...batch.readings()),
      clock: () => noon + 6 * minute,
      log: silentLog,
    });
    const context = jobContext();
    await again.job.run(context);
    expect(context.figures).toMatchObject({ changed: 0 });
    expect(marked.map(({ at }) => at)).toEqual([noon - 30 * minute]);
    await again.job.run(jobContext());
    expect(marked).toHaveLength(1);
  });

  it('passes over series without such tests, and over what is quiet', async () => {
    const { run, describeDevice, write } = await bench();
    await describeDevice('a');
    await write('ulm/a', { ...span, metric: 'pressure' }, () => 1000);
    await write('ulm/b', { from: noon - 9 * hour, to: noon - 8 * hour }, calm);
    expect(await run()).toMatchObject({ total: 0 });
  });

  it('leaves a series that is too long with the flags of its arrival, and judges the others', async () => {
    const memory = createMemoryStore();
    const { run, describeDevice, write, reasons } = await bench({
      store: {
        ...memory,
        async raw(query) {
          expect(query.rowsMax).toBe(ingestLimits.judgeRowsMax);
          if (query.device === 'ulm/a') throw new QueryTooLarge('too much');
          return memory.raw(query);
        },
      },
    });
    void reasons;
    await describeDevice('a');
    await memory.write(
      batchOf(await write('ulm/a', span, (at) => (at === noon - 30 * minute ? 80 : calm(at)))),
    );
    await memory.write(
      batchOf(await write('ulm/b', span, (at) => (at === noon - 30 * minute ? 80 : calm(at)))),
    );
    expect(await run()).toMatchObject({ total: 2, left: 1, changed: 1 });
  });

  it('ends when the process stops', async () => {
    const { judge, describeDevice, write } = await bench();
    await describeDevice('a');
    await write('ulm/a', span, calm);
    const context = { ...jobContext(), signal: AbortSignal.abort() };
    await expect(judge.job.run(context)).rejects.toThrow();
  });
});

describe('comparing neighbours', () => {
  const place = (index: number) => ({ location: { lat: 48.4 + index * 0.002, lon: 9.99 } });
  const constant = (value: number) => (at: number) => value + calm(at) - 10;

  async function city(values: readonly number[]) {
    const parts = await bench();
    for (const [index, value] of values.entries()) {
      await parts.describeDevice(`n${index}`, place(index));
      await parts.write(`ulm/n${index}`, { from: noon - hour, to: noon }, constant(value));
    }
    return parts;
  }

  it('suspects the hour of the one that differs, and of nobody else', async () => {
    const { run, reasons } = await city([20, 22, 24, 22, 60]);
    expect(await run()).toMatchObject({ changed: 60 });
    expect(Object.values(await reasons('ulm/n4'))).toEqual(Array(60).fill(['neighbours']));
    expect(await reasons('ulm/n0')).toEqual({});
    expect(await run()).toMatchObject({ changed: 0 });
  });

  it('says nothing with fewer than three neighbours', async () => {
    const { run } = await city([20, 22, 60]);
    expect(await run()).toMatchObject({ changed: 0 });
  });

  it('takes its verdict back when a neighbour is found that agrees', async () => {
    const { run, reasons, write, describeDevice } = await city([20, 22, 24, 60]);
    await run();
    expect(Object.keys(await reasons('ulm/n3'))).toHaveLength(60);
    for (const index of [4, 5, 6, 7]) {
      await describeDevice(`n${index}`, place(index));
      await write(`ulm/n${index}`, { from: noon - hour, to: noon }, constant(60));
    }
    await run();
    expect(await reasons('ulm/n3')).toEqual({});
  });

  it('does not ask those whose place is not known or far away', async () => {
    const { run, registry } = await city([20, 22, 24, 22, 60]);
    const device = registry.device('ulm/n4');
    if (!device) throw new Error('no device');
    await registry.putDevice({ ...device, location: { lat: 49, lon: 9.99 } });
    expect(await run()).toMatchObject({ changed: 0 });
    const { location: _, ...nowhere } = device;
    await registry.putDevice(nowhere);
    expect(await run()).toMatchObject({ changed: 0 });
  });
});
