import type { RawColumns, TierColumns } from '../../broker/contract/series.ts';
import type { Tier } from '../../broker/contract/windows.ts';
import { type ManySeriesQuery, QueryTooLarge, type SeriesQuery, type Store } from './store.ts';

/**
 * Raw rows of many series, in their order: at once where the engine can, else a few at a time. Undefined in the
 * place of a series that has more than `rowsMax` rows by itself.
 */
export function readRawOfMany(
  store: Pick<Store, 'raw' | 'rawOfMany'>,
  query: ManySeriesQuery,
): Promise<(RawColumns | undefined)[]> {
  const one = (asked: SeriesQuery) => store.raw(asked);
  if (!store.rawOfMany) return readOfMany({ one }, query);
  return readOfMany({ one, many: store.rawOfMany.bind(store) }, query);
}

/** Rows of a tier of many series; the same otherwise. */
export function readRollupsOfMany(
  store: Pick<Store, 'rollups' | 'rollupsOfMany'>,
  tier: Tier,
  query: ManySeriesQuery,
): Promise<(TierColumns | undefined)[]> {
  const one = (asked: SeriesQuery) => store.rollups(tier, asked);
  if (!store.rollupsOfMany) return readOfMany({ one }, query);
  return readOfMany({ one, many: store.rollupsOfMany.bind(store, tier) }, query);
}

interface Reads<Columns> {
  one(query: SeriesQuery): Promise<Columns>;
  many?(query: ManySeriesQuery): Promise<Columns[]>;
}

async function readOfMany<Columns>(
  reads: Reads<Columns>,
  query: ManySeriesQuery,
): Promise<(Columns | undefined)[]> {
  const { series, ...span } = query;
  if (reads.many && series.length > 1) {
    try {
      return await reads.many(query);
    } catch (error) {
      if (!(error instanceof QueryTooLarge)) throw error;
      const half = Math.ceil(series.length / 2);
      return [
        ...(await readOfMany(reads, { series: series.slice(0, half), ...span })),
        ...(await readOfMany(reads, { series: series.slice(half), ...span })),
      ];
    }
  }
  const columns: (Columns | undefined)[] = new Array(series.length);
  const left = series.entries();
  // All workers take from the one iterator.
  const work = async (): Promise<void> => {
    for (const [place, one] of left) columns[place] = await readOne(reads, { ...one, ...span });
  };
  await Promise.all(Array.from({ length: readsAtOnce }, work));
  return columns;
}

/** Reads of single series under way at once. */
const readsAtOnce = 4;

async function readOne<Columns>(
  reads: Reads<Columns>,
  query: SeriesQuery,
): Promise<Columns | undefined> {
  try {
    return await reads.one(query);
  } catch (error) {
    if (error instanceof QueryTooLarge) return undefined;
    throw error;
  }
}
