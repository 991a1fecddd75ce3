import type { RangeName } from '../state/view.ts';

/** Length of the presets, ms. */
export const rangeMs: Readonly<Record<RangeName, number>> = {
  '1h': 3_600_000,
  '6h': 6 * 3_600_000,
  '24h': 24 * 3_600_000,
  '7d': 7 * 86_400_000,
  '30d': 30 * 86_400_000,
  '1y': 366 * 86_400_000,
};
