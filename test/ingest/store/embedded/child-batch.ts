import type { StoredReading } from '../../../../ingest/store/store.ts';

/** Readings of one batch, all at one instant of their own. */
export const childBatchSize = 200;

/** The batch of this number: its value is the number, so that a reader can tell what is missing. */
export function childBatch(number: number): StoredReading[] {
  return Array.from({ length: childBatchSize }, (_, index) => ({
    device: `child/device-${index}`,
    metric: 'pm10',
    at: number,
    value: number,
    flag: 2,
    reasons: 0,
    receivedAt: number,
  }));
}
