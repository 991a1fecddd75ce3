import { type Tier, tierWidthMs } from '../../../broker/contract/windows.ts';
import { storeLimits } from '../limits.ts';
import type { RebuildSpan } from '../store.ts';

/** Rows that a window of a tier is usually made from. */
const sourceRowsOf: Readonly<Record<Tier, number>> = { '1m': 1, '1h': 60, '1d': 24 };

/**
 * Cuts a rebuild into pieces of which each takes the thread a fraction of a second: first by time, because rows
 * lie in order of time, then by series. Slices of the same series share one array.
 */
export function* slicesOf(tier: Tier, { series, from, to }: RebuildSpan): Iterable<RebuildSpan> {
  const windowsMax = Math.ceil(storeLimits.rebuildSliceRowsMax / sourceRowsOf[tier]);
  const seriesMax = Math.min(series.length, windowsMax);
  if (seriesMax === 0) return;
  const sliceMs = Math.max(1, Math.floor(windowsMax / seriesMax)) * tierWidthMs[tier];
  const parts = Array.from({ length: Math.ceil(series.length / seriesMax) }, (_, part) =>
    series.slice(part * seriesMax, (part + 1) * seriesMax),
  );
  for (let start = from; start < to; start += sliceMs) {
    for (const part of parts)
      yield { series: part, from: start, to: Math.min(to, start + sliceMs) };
  }
}
