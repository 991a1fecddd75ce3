import { qualityFlags } from '../../broker/contract/quality.ts';
import type { StoredReading } from '../../ingest/store/store.ts';

/** A reading as the store takes it: not evaluated, arrived when it was measured, unless said otherwise. */
export function stored(
  reading: Pick<StoredReading, 'device' | 'metric' | 'at' | 'value'> & Partial<StoredReading>,
): StoredReading {
  return { flag: qualityFlags.notEvaluated, reasons: 0, receivedAt: reading.at, ...reading };
}
