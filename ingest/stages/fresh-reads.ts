import type { Store } from '../store/store.ts';
import type { Downsampler } from './downsample.ts';

/** The store as readers in the same process see it: a tier answers only after what is marked of the series is in it. */
export function withFreshTiers(
  store: Store,
  downsampler: Downsampler,
): Pick<Store, 'raw' | 'rollups' | 'rollupsOfMany' | 'latest'> {
  const { rollupsOfMany } = store;
  return {
    raw: (query) => store.raw(query),
    latest: () => store.latest(),
    async rollups(tier, query) {
      await downsampler.settleSeries([query], tier, query.to);
      return store.rollups(tier, query);
    },
    ...(rollupsOfMany && {
      async rollupsOfMany(tier, query) {
        await downsampler.settleSeries(query.series, tier, query.to);
        return rollupsOfMany.call(store, tier, query);
      },
    }),
  };
}
