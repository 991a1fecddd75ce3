import { describe, expect, it } from 'vitest';
import { keptForEver, keptFrom } from '../../../ingest/domain/retention.ts';
import { Downsampler } from '../../../ingest/stages/downsample.ts';
import { withFreshTiers } from '../../../ingest/stages/fresh-reads.ts';
import { createMemoryStore } from '../../../ingest/store/memory.ts';
import { batchOf } from '../../../ingest/store/reading-batch.ts';
import type { Store } from '../../../ingest/store/store.ts';
import { silentLog } from '../../support/log.ts';
import { stored } from '../../support/stored.ts';

const at0 = Date.parse('2026-11-22T00:00:00Z');
const series = [
  { device: 'ulm/a', metric: 'pm10' },
  { device: 'ulm/b', metric: 'pm10' },
] as const;
const span = { from: at0, to: at0 + 3_600_000, rowsMax: 10 };

/** Reads of a store into which one reading of each series was written, of which no window is made yet. */
async function reads(more: (memory: Store) => Partial<Store> = () => ({})) {
  const memory = createMemoryStore();
  const store: Store = { ...memory, ...more(memory) };
  const downsampler = new Downsampler(
    {
      store,
      intervalMsOf: () => 60_000,
      kept: () => keptFrom(keptForEver, at0),
      clock: () => at0,
      log: silentLog,
    },
    0,
  );
  const readings = series.map((one, index) => stored({ ...one, at: at0, value: index }));
  await store.write(batchOf(readings));
  await downsampler.mark(batchOf(readings));
  return withFreshTiers(store, downsampler);
}

/** An engine that reads many series in a way of its own. */
const many = (memory: Store): Partial<Store> => ({
  rollupsOfMany: (tier, { series, ...span }) =>
    Promise.all(series.map((one) => memory.rollups(tier, { ...one, ...span }))),
});

describe('reads of tiers', () => {
  it('have no way of their own for many series when the engine has none', async () => {
    expect((await reads()).rollupsOfMany).toBeUndefined();
  });

  it('of many series wait for what is marked of each', async () => {
    const fresh = await reads(many);
    const columns = await fresh.rollupsOfMany?.('1h', { series, ...span });
    expect(columns?.map(({ mean }) => mean)).toEqual([[0], [1]]);
  });

  it('of one series wait for what is marked of it', async () => {
    const fresh = await reads();
    expect((await fresh.rollups('1h', { ...series[0], ...span })).mean).toEqual([0]);
  });
});
