import { ingestLimits } from '../limits.ts';
import type { StoredReading } from '../store/store.ts';

/** Whether a reading came so late that only an explicit recomputation brings it into the tiers. */
export function isLate({ at, receivedAt }: Pick<StoredReading, 'at' | 'receivedAt'>): boolean {
  return receivedAt - at > ingestLimits.lateMsMax;
}
