import { describe, expect, it } from 'vitest';
import type { DeviceKey } from '../../../broker/contract/ids.ts';
import type { MetricName } from '../../../broker/contract/metrics.ts';
import { type Tier, tiers, tierWidthMs } from '../../../broker/contract/windows.ts';
import { keptForEver, keptFrom } from '../../../ingest/domain/retention.ts';
import { ingestLimits } from '../../../ingest/limits.ts';
import { type RecomputeDeps, recompute } from '../../../ingest/stages/recompute.ts';
import { createMemoryStore } from '../../../ingest/store/memory.ts';
import { batchOf } from '../../../ingest/store/reading-batch.ts';
import { type RebuildSpan, type Store, StoreUnavailable } from '../../../ingest/store/store.ts';
import { stored } from '../../support/stored.ts';

const minute = 60_000;
const hour = 60 * minute;
const day = 24 * hour;
const at = Date.parse;
const now = at('2026-11-22T10:00:00Z');
const device = 'ulm/node-1';

interface Asked {
  tier: Tier;
  span: RebuildSpan;
}

function bench({ rawDays = 90, intervalMs = 10 * minute, seriesCount = 0 } = {}) {
  const memory = createMemoryStore();
  const asked: Asked[] = [];
  const store: Pick<Store, 'latest' | 'rebuild'> = {
    latest: async () =>
      seriesCount === 0
        ? memory.latest()
        : Array.from({ length: seriesCount }, (_, index) =>
            stored({ device: `ulm/d-${index}` as DeviceKey, metric: 'pm10', at: now, value: 1 }),
          ),
    rebuild: async (tier, span, when) => {
      asked.push({ tier, span });
      if (seriesCount === 0) await memory.rebuild(tier, span, when);
    },
  };
  const deps: RecomputeDeps = {
    store,
    inTurn: (work) => work(),
    intervalMsOf: () => intervalMs,
    kept: () => keptFrom({ ...keptForEver, raw: rawDays * day }, now),
    clock: () => now,
  };
  const write = (
    metric: MetricName,
    ...samples: readonly (readonly [time: string, value: number])[]
  ) =>
    memory.write(
      batchOf(samples.map(([time, value]) => stored({ device, metric, at: at(time), value }))),
    );
  const rows = (tier: Tier, metric: MetricName = 'pm10') =>
    memory.rollups(tier, { device, metric, from: 0, to: 2 * now, rowsMax: 1e6 });
  return { memory, deps, asked, write, rows };
}

const november = { from: at('2026-11-03T14:20:00Z'), to: at('2026-11-04T00:30:00Z') };

describe('a recomputation is refused', () => {
  it.each([
    ['no span', { from: now, to: now }, 'from must be before to'],
    ['a reversed one', { from: now, to: now - 1 }, 'from must be before to'],
    ['nothing but NaN', { from: Number.NaN, to: now }, 'from must be before to'],
    ['the future', { from: now + day, to: now + 2 * day }, 'has not begun'],
  ])('for %s', async (_, span, reason) => {
    const { deps } = bench();
    await expect(recompute(span, deps)).rejects.toThrow(reason);
  });

  it('where raw values are forgotten, and says from when on they are there', async () => {
    const { deps, write, asked } = bench({ rawDays: 10 });
    await write('pm10', ['2026-11-13T12:00:00Z', 1]);
    const before = { from: at('2026-11-11T23:59:00Z'), to: now };
    await expect(recompute(before, deps)).rejects.toMatchObject({ code: 'recompute-refused' });
    await expect(recompute(before, deps)).rejects.toThrow('2026-11-12');
    expect(asked).toEqual([]);
    await recompute({ ...before, from: at('2026-11-12T00:00:00Z') }, deps);
    expect(asked.length).toBeGreaterThan(0);
  });

  it('of states a day later, since what was held before is forgotten', async () => {
    const { deps, write } = bench({ rawDays: 10 });
    await write('lamp_on', ['2026-11-13T12:00:00Z', 1]);
    const span = { from: at('2026-11-12T12:00:00Z'), to: now };
    await expect(recompute(span, deps)).rejects.toThrow('2026-11-13');
    await recompute({ ...span, from: at('2026-11-13T12:00:00Z') }, deps);
  });
});

describe('a recomputation', () => {
  it('makes every tier from raw, by whole days', async () => {
    const { deps, write, rows } = bench();
    await write('pm10', ['2026-11-03T00:10:00Z', 10], ['2026-11-04T23:50:00Z', 30]);
    await write('pm10', ['2026-11-02T23:59:00Z', 99], ['2026-11-05T00:00:00Z', 99]);
    const figures = await recompute(november, deps);
    expect(figures).toEqual({ series: 1, done: 2 * 1465, total: 2 * 1465 });
    expect((await rows('1d')).mean).toEqual([10, 30]);
    expect((await rows('1h')).at).toEqual([at('2026-11-03T00:00Z'), at('2026-11-04T23:00Z')]);
    expect((await rows('1m')).count).toEqual([1, 1]);
  });

  it('may be repeated: nothing changes, revisions neither', async () => {
    const { deps, write, rows } = bench();
    await write('pm10', ['2026-11-03T00:10:00Z', 10], ['2026-11-03T00:11:00Z', 20]);
    await recompute(november, deps);
    const before = await Promise.all(tiers.map((tier) => rows(tier)));
    await recompute(november, { ...deps, clock: () => now + hour });
    expect(await Promise.all(tiers.map((tier) => rows(tier)))).toEqual(before);
    await write('pm10', ['2026-11-03T00:12:00Z', 90]);
    await recompute(november, deps);
    expect(await rows('1d')).toMatchObject({
      mean: [40],
      revision: [(before[2]?.revision[0] ?? 0) + 1],
    });
  });

  it('takes the devices and metrics that are asked for', async () => {
    const { deps, write, rows } = bench();
    await write('pm10', ['2026-11-03T00:10:00Z', 1]);
    await write('no2', ['2026-11-03T00:10:00Z', 2]);
    expect(await recompute({ ...november, devices: ['ulm/other'] }, deps)).toMatchObject({
      series: 0,
    });
    await recompute({ ...november, devices: [device], metrics: ['no2'] }, deps);
    expect((await rows('1d')).at).toEqual([]);
    expect((await rows('1d', 'no2')).mean).toEqual([2]);
  });

  it('of states goes on into the days that they are held into', async () => {
    const { deps, write, rows } = bench({ intervalMs: 4 * hour });
    await write('lamp_on', ['2026-11-02T22:00:00Z', 1], ['2026-11-03T02:00:00Z', 0]);
    await recompute({ from: at('2026-11-03T00:00Z'), to: at('2026-11-03T01:00Z') }, deps);
    const { at: starts, mean } = await rows('1d', 'lamp_on');
    // On from 22:00 to 24:00, and from 0:00 to 2:00.
    expect(starts).toEqual([at('2026-11-02T00:00Z'), at('2026-11-03T00:00Z')]);
    expect(mean).toEqual([1, 1]);
    expect((await rows('1d', 'lamp_on')).coverage).toEqual([2 / 24, 2 / 24]);
  });

  it('goes in slices that keep the bound, each window once and every tier after the one below', async () => {
    const { deps, asked } = bench({ seriesCount: 2_500 });
    const span = { from: at('2026-11-03T00:00Z'), to: at('2026-11-06T00:00Z') };
    const reports: number[] = [];
    const figures = await recompute(span, deps, { report: ({ done }) => reports.push(done) });
    expect(figures).toEqual({ series: 2_500, done: 2_500 * 3 * 1465, total: 2_500 * 3 * 1465 });
    expect(reports[0]).toBe(0);
    expect([...reports].sort((a, b) => a - b)).toEqual(reports);
    const seen = new Set<string>();
    for (const { tier, span: slice } of asked) {
      const windows = (slice.to - slice.from) / tierWidthMs[tier];
      expect(windows * slice.series.length).toBeLessThanOrEqual(ingestLimits.rebuildWindowsMax);
      for (let start = slice.from; start < slice.to; start += day) {
        for (const one of slice.series) {
          const name = `${tier} ${one.device} ${start}`;
          const below = tiers[tiers.indexOf(tier) - 1];
          expect(seen.has(name)).toBe(false);
          if (below) expect(seen.has(`${below} ${one.device} ${start}`)).toBe(true);
          seen.add(name);
        }
      }
    }
    expect(seen.size).toBe(2_500 * 3 * 3);
  });

  it('of few series takes many days at once', async () => {
    const { deps, asked } = bench({ seriesCount: 10 });
    await recompute({ from: now - 60 * day, to: now }, deps);
    expect(asked).toHaveLength(3);
  });

  it('goes on when the store was away for a moment, and gives up when it stays away', async () => {
    const { deps, write, rows } = bench();
    await write('pm10', ['2026-11-03T00:10:00Z', 10]);
    let failures = 3;
    const failing: RecomputeDeps = {
      ...deps,
      retryMs: 1,
      inTurn: (work) =>
        failures-- > 0 ? Promise.reject(new StoreUnavailable('the store is away')) : work(),
    };
    expect(await recompute(november, failing)).toMatchObject({ done: 2 * 1465 });
    expect((await rows('1d')).mean).toEqual([10]);
    failures = Number.POSITIVE_INFINITY;
    await expect(recompute(november, failing)).rejects.toBeInstanceOf(StoreUnavailable);
  });

  it('ends between slices when it is told to', async () => {
    const { deps, asked } = bench({ seriesCount: 2_500 });
    const abort = new AbortController();
    const run = recompute({ from: now - 9 * day, to: now }, deps, {
      report: ({ done }) => done > 0 && abort.abort(),
      signal: abort.signal,
    });
    await expect(run).rejects.toMatchObject({ name: 'AbortError' });
    expect(asked).toHaveLength(3);
  });
});
