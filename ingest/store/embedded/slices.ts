import { type Tier, tierWidthMs } from '../../../broker/contract/windows.ts';
import { storeLimits } from '../limits.ts';
import type { RebuildSpan } from '../store.ts';

/** Rows that a window of a tier is usually made from. */
const sourceRowsOf: Readonly<Record<Tier, number>> = { '1m': 1, '1h': 60, '1d': 24 };

/**
 * Cuts a rebuild into pieces of which each takes the thread a fraction of a second: first by time, because rows
 * lie in order of time, then by series.
 */
export function* slicesOf(tier: Tier, { series, from, to }: RebuildSpan): Iterable<RebuildSpan> {
  const windowsMax = Math.ceil(storeLimits.rebuildSliceRowsMax / sourceRowsOf[tier]);
  const seriesMax = Math.min(series.length, windowsMax);
  if (seriesMax === 0) return;
  const sliceMs = Math.max(1, Math.floor(windowsMax / seriesMax)) * tierWidthMs[tier];
  for (let start = from; start < to; start += sliceMs) {
    for (let index = 0; index < series.length; index += seriesMax) {
      const members = series.slice(index, index + seriesMax);
      yield { series: members, from: start, to: Math.min(to, start + sliceMs) };
    }
  }
}
