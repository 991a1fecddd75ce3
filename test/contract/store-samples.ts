import type { DeviceKey } from '../../broker/contract/ids.ts';
import type { MetricName } from '../../broker/contract/metrics.ts';
import { emptyTierColumns, type TierColumns } from '../../broker/contract/series.ts';
import type { SeriesQuery, SeriesWindow, StoredReading } from '../../ingest/store/store.ts';

/** 2025-11-13 00:00 UTC: the start of a minute, an hour and a day. */
export const day = Date.UTC(2025, 10, 13);
/** Widths of the tiers. */
export const minuteMs = 60_000;
export const hourMs = 3_600_000;
export const dayMs = 86_400_000;
/** The device that tests speak of when it does not matter which. */
export const hall: DeviceKey = 'museum/hall';

/** When roll-ups are made unless a test says: long after every window has closed. */
export const later = day + 100 * dayMs;

/** A reading, of PM10 in the hall unless said; not evaluated, and a little while on its way. */
export const reading = (
  at: number,
  value: number,
  metric: MetricName = 'pm10',
  device: DeviceKey = hall,
): StoredReading => ({ device, metric, at, value, flag: 2, reasons: 0, receivedAt: at + 250 });

/** A query for all of one series, of PM10 in the hall unless said. */
export const whole = (overrides: Partial<SeriesQuery> = {}): SeriesQuery => ({
  device: hall,
  metric: 'pm10',
  from: 0,
  to: day + 365 * dayMs,
  rowsMax: 10_000,
  ...overrides,
});

/** Orders readings by series, for answers whose order is open. */
export const byKey = (a: StoredReading, b: StoredReading) =>
  `${a.device} ${a.metric}` < `${b.device} ${b.metric}` ? -1 : 1;

/** The window of PM10 in the hall that starts then; a sample a minute. */
export const windowAt = (start: number, overrides: Partial<SeriesWindow> = {}): SeriesWindow => ({
  device: hall,
  metric: 'pm10',
  start,
  intervalMs: minuteMs,
  ...overrides,
});

/** A tier without rows. */
export const noRows: TierColumns = emptyTierColumns();

/** A small reproducible generator (mulberry32) of numbers in [0, 1). */
export function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}
