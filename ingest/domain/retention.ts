import { type Resolution, type Tier, windowStart } from '../../broker/contract/windows.ts';
import { reachMs, type SeriesShape, sourceOf } from './roll-up.ts';

/** How long each resolution is kept, ms; `Infinity` = for ever. */
export type Retention = Readonly<Record<Resolution, number>>;

export const keptForEver: Retention = {
  raw: Number.POSITIVE_INFINITY,
  '1m': Number.POSITIVE_INFINITY,
  '1h': Number.POSITIVE_INFINITY,
  '1d': Number.POSITIVE_INFINITY,
};

/** From when on rows of each resolution are there as a whole: the start of a UTC day, or `-Infinity`. */
export type KeptFrom = (resolution: Resolution) => number;

/** Rows are forgotten by whole UTC days, so that no window of any tier is ever left with a part of its source. */
export function keptFrom(retention: Retention, now: number): KeptFrom {
  return (resolution) => {
    const keptMs = retention[resolution];
    return Number.isFinite(keptMs) ? windowStart('1d', now - keptMs) : Number.NEGATIVE_INFINITY;
  };
}

/** Whether all that a window is made from is still there; otherwise it stays as it was made when it was. */
export function hasWholeSource(
  tier: Tier,
  shape: SeriesShape,
  start: number,
  kept: KeptFrom,
): boolean {
  return start - reachMs(tier, shape) >= kept(sourceOf(tier, shape.kind));
}
