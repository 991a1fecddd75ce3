import { type Resolution, resolutions, type Tier } from '../../broker/contract/windows.ts';

/** What a tier is made from: raw for the finest, else the next finer tier. */
export function finerOf(tier: Tier): Resolution {
  return resolutions[resolutions.indexOf(tier) - 1] ?? 'raw';
}
