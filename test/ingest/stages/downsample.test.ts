import { describe, expect, it } from 'vitest';
import type { Tier } from '../../../broker/contract/windows.ts';
import { ingestLimits } from '../../../ingest/limits.ts';
import { Downsampler } from '../../../ingest/stages/downsample.ts';
import { createMemoryStore } from '../../../ingest/store/memory.ts';
import {
  type SeriesWindow,
  type Store,
  type StoredReading,
  StoreUnavailable,
} from '../../../ingest/store/store.ts';
import { silentLog } from '../../support/log.ts';
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
    async rollUp(tier: Tier, windows: readonly SeriesWindow[]) {
      front.asked.push({ tier, count: windows.length });
      await front.gate;
      if (front.away) throw new StoreUnavailable('the store is away');
      await store.rollUp(tier, windows);
    },
  };
  return front;
}

const minutes = (count: number): StoredReading[] =>
  Array.from({ length: count }, (_, index) => ({
    device,
    metric: 'pm10',
    at: at0 + index * minute,
    value: index,
  }));

const hoursOf = async (store: Store) =>
  store.rollups('1h', { device, metric: 'pm10', from: 0, to: at0 * 2, rowsMax: 100_000 });

describe('marks', () => {
  it('beyond the bound are kept while the store is away, and rolled up when it is back', async () => {
    const store = frontStore();
    const downsampler = new Downsampler({ store, log: silentLog }, 0);
    const readings = minutes(ingestLimits.dirtyWindowsMax + 1);
    await store.write(readings.slice(0, 120));
    store.away = true;
    await expect(downsampler.mark(readings)).rejects.toBeInstanceOf(StoreUnavailable);
    await expect(downsampler.mark(readings)).rejects.toBeInstanceOf(StoreUnavailable);
    store.away = false;
    await downsampler.mark(readings);
    expect((await hoursOf(store)).count).toEqual([60, 60]);
    // All of it went at once: nothing is left to be done.
    const before = store.asked.length;
    await downsampler.settle();
    expect(store.asked).toHaveLength(before);
  });

  it('of one series with a long history go to the store in bounded pieces', async () => {
    const store = frontStore();
    const downsampler = new Downsampler({ store, log: silentLog }, 0);
    await downsampler.mark(minutes(ingestLimits.rollUpBatchMax * 2 + 1));
    await downsampler.settleSeries(device, 'pm10', '1m');
    expect(store.asked).toEqual([
      { tier: '1m', count: ingestLimits.rollUpBatchMax },
      { tier: '1m', count: ingestLimits.rollUpBatchMax },
      { tier: '1m', count: 1 },
    ]);
  });

  it('go in smaller pieces to a store that fails, and in larger ones when it does not', async () => {
    const store = frontStore();
    const downsampler = new Downsampler({ store, log: silentLog }, 0);
    await downsampler.mark(minutes(ingestLimits.rollUpBatchMax));
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

describe('while a roll-up waits for the store', () => {
  function held() {
    const store = frontStore();
    let release = (): void => {};
    store.gate = new Promise((resolve) => {
      release = resolve;
    });
    return { store, release, downsampler: new Downsampler({ store, log: silentLog }, 0) };
  }

  it('a reader of the series waits for it instead of reading what was there before', async () => {
    const { store, release, downsampler } = held();
    await store.write(minutes(1));
    await downsampler.mark(minutes(1));
    const settling = downsampler.settle();
    await until('the call', () => store.asked.length === 1);
    const reading = downsampler.settleSeries(device, 'pm10', '1h').then(() => hoursOf(store));
    release();
    expect((await reading).count).toEqual([1]);
    await settling;
  });

  it('waiting readers are bounded', async () => {
    const { store, release, downsampler } = held();
    await downsampler.mark(minutes(1));
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
    downsampler.start(() => 77);
    await downsampler.mark(minutes(1));
    store.away = true;
    const settling = downsampler.settle();
    release();
    await expect(settling).rejects.toBeInstanceOf(StoreUnavailable);
    expect(downsampler.settledTo).toBe(0);
    store.away = false;
    await downsampler.settle();
    expect(downsampler.settledTo).toBe(77);
    downsampler.stop();
  });
});
