import { describe, expect, it } from 'vitest';
import { type Tier, tiers } from '../../../broker/contract/windows.ts';
import { keptForEver, keptFrom } from '../../../ingest/domain/retention.ts';
import { ingestLimits } from '../../../ingest/limits.ts';
import { Downsampler, type DownsamplerDeps } from '../../../ingest/stages/downsample.ts';
import { createMemoryStore } from '../../../ingest/store/memory.ts';
import { batchOf } from '../../../ingest/store/reading-batch.ts';
import {
  type SeriesWindow,
  type Store,
  type StoredReading,
  StoreUnavailable,
} from '../../../ingest/store/store.ts';
import { silentLog } from '../../support/log.ts';
import { stored } from '../../support/stored.ts';
import { until } from '../../support/until.ts';

const device = 'ulm/node-1';
const minute = 60_000;
const at0 = Date.parse('2026-11-22T00:00:00Z');

interface FrontStore extends Store {
  away: boolean;
  /** Roll-ups that were asked for: tier and number of windows. */
  asked: { tier: Tier; count: number }[];
  /** Roll-ups wait for this before they are done. */
  gate: Promise<void>;
}

function frontStore(): FrontStore {
  const store = createMemoryStore();
  const front: FrontStore = {
    ...store,
    away: false,
    asked: [],
    gate: Promise.resolve(),
    async rollUp(tier: Tier, windows: readonly SeriesWindow[], now: number) {
      front.asked.push({ tier, count: windows.length });
      await front.gate;
      if (front.away) throw new StoreUnavailable('the store is away');
      await store.rollUp(tier, windows, now);
    },
  };
  return front;
}

const minutes = (count: number): StoredReading[] =>
  Array.from({ length: count }, (_, index) =>
    stored({ device, metric: 'pm10', at: at0 + index * minute, value: index }),
  );

const downsamplerOf = (store: Store, more: Partial<DownsamplerDeps> = {}): Downsampler =>
  new Downsampler(
    {
      store,
      intervalMsOf: () => minute,
      kept: () => keptFrom(keptForEver, at0),
      clock: () => at0,
      log: silentLog,
      ...more,
    },
    0,
  );

const hoursOf = async (store: Store) =>
  store.rollups('1h', { device, metric: 'pm10', from: 0, to: at0 * 2, rowsMax: 100_000 });

describe('marks', () => {
  it('are made and taken over and over without room for more series than there are', async () => {
    const store = frontStore();
    const downsampler = downsamplerOf(store);
    const batch = batchOf(minutes(1));
    await store.write(batch);
    for (let times = 0; times < 60; times++) {
      await downsampler.mark(batch);
      await downsampler.rollUpTo('1m');
    }
    expect(store.asked).toHaveLength(60);
  });

  it('beyond the bound are kept while the store is away, and rolled up when it is back', async () => {
    const store = frontStore();
    const dirtyWindowsMax = 20_000;
    const downsampler = downsamplerOf(store, { dirtyWindowsMax });
    const readings = minutes(dirtyWindowsMax + 1);
    await store.write(batchOf(readings.slice(0, 120)));
    store.away = true;
    await expect(downsampler.mark(batchOf(readings))).rejects.toBeInstanceOf(StoreUnavailable);
    await expect(downsampler.mark(batchOf(readings))).rejects.toBeInstanceOf(StoreUnavailable);
    store.away = false;
    await downsampler.mark(batchOf(readings));
    expect((await hoursOf(store)).count).toEqual([60, 60]);
    // All of it went at once: nothing is left to be done.
    const before = store.asked.length;
    await downsampler.settle();
    expect(store.asked).toHaveLength(before);
  });

  it('of windows that are not over wait for their end, or for whoever reads them', async () => {
    const store = frontStore();
    const clock = { now: at0 + minute - 1 };
    const downsampler = downsamplerOf(store, { clock: () => clock.now });
    await downsampler.mark(batchOf(minutes(2)));
    await downsampler.rollUpClosed('1h');
    expect(store.asked).toEqual([]);
    clock.now = at0 + minute;
    await downsampler.rollUpClosed('1h');
    expect(store.asked).toEqual([{ tier: '1m', count: 1 }]);
    await downsampler.settleSeries([{ device, metric: 'pm10' }], '1m');
    expect(store.asked).toHaveLength(2);
    clock.now = at0 + 2 * 60 * minute;
    await downsampler.rollUpClosed('1h');
    expect(store.asked.slice(2)).toEqual([{ tier: '1h', count: 1 }]);
  });

  it('of one series with a long history go to the store in bounded pieces', async () => {
    const store = frontStore();
    const downsampler = downsamplerOf(store);
    await downsampler.mark(batchOf(minutes(ingestLimits.rollUpBatchMax * 2 + 1)));
    await downsampler.settleSeries([{ device, metric: 'pm10' }], '1m');
    expect(store.asked).toEqual([
      { tier: '1m', count: ingestLimits.rollUpBatchMax },
      { tier: '1m', count: ingestLimits.rollUpBatchMax },
      { tier: '1m', count: 1 },
    ]);
  });

  it('go in smaller pieces to a store that fails, and in larger ones when it does not', async () => {
    const store = frontStore();
    const downsampler = downsamplerOf(store);
    await downsampler.mark(batchOf(minutes(ingestLimits.rollUpBatchMax)));
    store.away = true;
    for (let times = 0; times < 9; times++) {
      await expect(downsampler.settle()).rejects.toBeInstanceOf(StoreUnavailable);
    }
    expect(store.asked.at(-1)?.count).toBe(ingestLimits.rollUpBatchMin);
    store.away = false;
    store.asked = [];
    await downsampler.settle();
    expect(store.asked.slice(0, 3).map(({ count }) => count)).toEqual([50, 100, 200]);
  });
});

describe('a late reading', () => {
  const hour = 60 * minute;
  const late = (lateMs: number) =>
    stored({ device, metric: 'pm10', at: at0, value: 1, receivedAt: at0 + lateMs });

  it('corrects every tier up to 48 h after its time, and none by itself beyond', async () => {
    const store = createMemoryStore();
    const downsampler = downsamplerOf(store, { clock: () => at0 + 49 * hour });
    const daysOf = async () =>
      (await store.rollups('1d', { device, metric: 'pm10', from: 0, to: at0 * 2, rowsMax: 9 }))
        .count;
    await store.write(batchOf([late(ingestLimits.lateMsMax + 1)]));
    await downsampler.mark(batchOf([late(ingestLimits.lateMsMax + 1)]));
    await downsampler.settle();
    expect(await daysOf()).toEqual([]);
    await downsampler.mark(batchOf([late(ingestLimits.lateMsMax)]));
    await downsampler.settle();
    expect(await daysOf()).toEqual([1]);
  });

  it('raises the revision of each closed window that it changes', async () => {
    const store = createMemoryStore();
    let now = at0 + 30 * minute;
    const downsampler = downsamplerOf(store, { clock: () => now });
    const take = async (seconds: number) => {
      const reading = stored({ device, metric: 'pm10', at: at0 + seconds * 1000, value: seconds });
      await store.write(batchOf([reading]));
      await downsampler.mark(batchOf([reading]));
      await downsampler.settle();
    };
    const revisionsOf = async () => {
      const query = { device, metric: 'pm10', from: 0, to: at0 * 2, rowsMax: 9 } as const;
      const columns = await Promise.all(tiers.map((tier) => store.rollups(tier, query)));
      return columns.map(({ revision }) => revision);
    };
    await take(10);
    expect(await revisionsOf()).toEqual([[0], [0], [0]]);
    now = at0 + 26 * hour;
    await take(20);
    expect(await revisionsOf()).toEqual([[1], [1], [1]]);
  });
});

describe('a state', () => {
  const hour = 60 * minute;
  const lamp = (minutesIn: number, value: number) =>
    stored({ device, metric: 'lamp_on', at: at0 + minutesIn * minute, value });
  const hoursOfLamp = async (store: Store) => {
    const query = { device, metric: 'lamp_on', from: 0, to: at0 * 2, rowsMax: 99 } as const;
    const { at, mean, coverage } = await store.rollups('1h', query);
    return at.map((start, index) => [(start - at0) / hour, mean[index], coverage[index]]);
  };

  it('that comes late corrects the hours that it and the one before it are held in', async () => {
    const store = createMemoryStore();
    const clock = () => at0 + 6 * hour;
    const downsampler = downsamplerOf(store, { intervalMsOf: () => hour, clock });
    const onTime = [lamp(30, 1), lamp(210, 1)];
    await store.write(batchOf(onTime));
    await downsampler.mark(batchOf(onTime));
    await downsampler.settle();
    // On from 0:30 to 3:30: three hours are just not a gap.
    expect(await hoursOfLamp(store)).toEqual([
      [0, 1, 0.5],
      [1, 1, 1],
      [2, 1, 1],
      [3, 1, 0.5],
    ]);
    await store.write(batchOf([lamp(90, 0)]));
    await downsampler.mark(batchOf([lamp(90, 0)]));
    await downsampler.settle();
    expect(await hoursOfLamp(store)).toEqual([
      [0, 1, 0.5],
      [1, 0.5, 1],
      [2, 0, 1],
      [3, 0, 0.5],
    ]);
  });

  it('marks no hour that has not begun', async () => {
    const store = frontStore();
    const clock = () => at0 + 30 * minute;
    const downsampler = downsamplerOf(store, { intervalMsOf: () => hour, clock });
    await downsampler.mark(batchOf([lamp(30, 1)]));
    await downsampler.rollUpTo('1h');
    // 21:00 to 0:00.
    expect(store.asked).toEqual([
      { tier: '1m', count: 1 },
      { tier: '1h', count: 4 },
    ]);
  });
});

describe('what retention has cut', () => {
  it('is not made anew from the rest', async () => {
    const store = createMemoryStore();
    const retention = { ...keptForEver, raw: 24 * 60 * minute };
    let now = at0 + 60 * minute;
    const downsampler = downsamplerOf(store, {
      clock: () => now,
      kept: () => keptFrom(retention, now),
    });
    const query = { device, metric: 'pm10', from: 0, to: at0 * 2, rowsMax: 99 } as const;
    await store.write(batchOf(minutes(3)));
    await downsampler.mark(batchOf(minutes(3)));
    await downsampler.settle();
    const before = await store.rollups('1h', query);
    now = at0 + 2 * 24 * 60 * minute;
    await store.forgetBefore('raw', now - retention.raw);
    // Journalled long ago, stored only now.
    await store.write(batchOf(minutes(1)));
    await downsampler.mark(batchOf(minutes(1)));
    await downsampler.settle();
    expect(await store.rollups('1h', query)).toEqual(before);
    expect(before.count).toEqual([3]);
  });
});

describe('while a roll-up waits for the store', () => {
  function held() {
    const store = frontStore();
    let release = (): void => {};
    store.gate = new Promise((resolve) => {
      release = resolve;
    });
    return { store, release, downsampler: downsamplerOf(store) };
  }

  it('a reader of the series waits for it instead of reading what was there before', async () => {
    const { store, release, downsampler } = held();
    await store.write(batchOf(minutes(1)));
    await downsampler.mark(batchOf(minutes(1)));
    const settling = downsampler.settle();
    await until('the call', () => store.asked.length === 1);
    const reading = downsampler
      .settleSeries([{ device, metric: 'pm10' }], '1h')
      .then(() => hoursOf(store));
    release();
    expect((await reading).count).toEqual([1]);
    await settling;
  });

  it('a reader of several series waits for those that are marked, in one call', async () => {
    const store = frontStore();
    const downsampler = downsamplerOf(store);
    await downsampler.mark(batchOf(minutes(2)));
    const series = [
      { device, metric: 'pm10' },
      { device, metric: 'no2' },
    ] as const;
    await downsampler.settleSeries(series, '1m');
    expect(store.asked).toEqual([{ tier: '1m', count: 2 }]);
  });

  it('a reader of earlier windows does not wait', async () => {
    const store = frontStore();
    const downsampler = downsamplerOf(store);
    await downsampler.mark(batchOf(minutes(1)));
    const series = [{ device, metric: 'pm10' }] as const;
    await downsampler.settleSeries(series, '1h', at0);
    expect(store.asked).toEqual([]);
    await downsampler.settleSeries(series, '1h', at0 + 1);
    expect(store.asked).toEqual([
      { tier: '1m', count: 1 },
      { tier: '1h', count: 1 },
    ]);
  });

  it('waiting readers are bounded', async () => {
    const { store, release, downsampler } = held();
    await downsampler.mark(batchOf(minutes(1)));
    const turns = Array.from({ length: ingestLimits.rollUpTurnsMax + 5 }, () =>
      downsampler.settle().then(
        () => 'done',
        (error: unknown) => (error as StoreUnavailable).code,
      ),
    );
    await until('the call', () => store.asked.length === 1);
    release();
    const ends = await Promise.all(turns);
    expect(ends.filter((end) => end === 'store-unavailable')).toHaveLength(5);
  });

  it('the position up to which all tiers are true does not move when it fails', async () => {
    const { store, release, downsampler } = held();
    downsampler.follow(() => 77);
    await downsampler.mark(batchOf(minutes(1)));
    store.away = true;
    const settling = downsampler.settle();
    release();
    await expect(settling).rejects.toBeInstanceOf(StoreUnavailable);
    expect(downsampler.settledTo).toBe(0);
    store.away = false;
    await downsampler.settle();
    expect(downsampler.settledTo).toBe(77);
  });
});
