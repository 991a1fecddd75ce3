import type { Report } from '../../broker/contract/air.ts';
import type { DeviceKey } from '../../broker/contract/ids.ts';
import type { MetricName } from '../../broker/contract/metrics.ts';
import type { TierColumns } from '../../broker/contract/series.ts';
import { type MeasuredPollutant, measuredPollutants } from '../domain/air/pollutants.ts';
import { hourMs } from '../domain/air/year-hours.ts';
import { type PollutantRows, yearSpan } from '../domain/air/year-statistics.ts';
import type { Store } from '../store/store.ts';

/** The part of the store that statistics are read from. */
export type HourStore = Pick<Store, 'rollups'>;

export interface Span {
  from: number;
  to: number;
}

/** Hourly rows of one series; `[from, to)` bounds their number. @throws StoreUnavailable */
export function readHours(
  store: HourStore,
  { device, metric, from, to }: Span & { device: DeviceKey; metric: MetricName },
): Promise<TierColumns> {
  const rowsMax = Math.ceil((to - from) / hourMs) + 1;
  return store.rollups('1h', { device, metric, from, to, rowsMax });
}

/** The pollutants among metrics that statistics know. */
export function pollutantsOf(metrics: Iterable<MetricName>): MeasuredPollutant[] {
  const known = new Set(metrics);
  return measuredPollutants.filter((pollutant) => known.has(pollutant));
}

/**
 * The hours of a legal year of one device; `until` cuts off what is later. Pollutants that have none are left
 * out. One after the other, so that a report does not fill the store's queue.
 */
export async function readYear(
  store: HourStore,
  asked: {
    device: DeviceKey;
    year: number;
    pollutants: readonly MeasuredPollutant[];
    until: number;
  },
): Promise<{ rows: PollutantRows; columns: TierColumns[] }> {
  const { from, to } = yearSpan(asked.year);
  const span = { from, to: Math.min(to, asked.until) };
  const rows: PollutantRows = {};
  const columns: TierColumns[] = [];
  if (span.from >= span.to) return { rows, columns };
  for (const metric of asked.pollutants) {
    const hours = await readHours(store, { device: asked.device, metric, ...span });
    if (hours.at.length === 0) continue;
    rows[metric] = hours;
    columns.push(hours);
  }
  return { rows, columns };
}

/** In which state the rows were: whether any was corrected after it had closed, and when last. */
export function dataStateOf(all: readonly TierColumns[]): Report['basis']['data'] {
  const state = { hours: 0, revisedHours: 0, revisionMax: 0, resultAt: 0 };
  for (const { at, revision, resultAt } of all) {
    state.hours += at.length;
    for (const [index, times] of revision.entries()) {
      if (times > 0) state.revisedHours += 1;
      state.revisionMax = Math.max(state.revisionMax, times);
      state.resultAt = Math.max(state.resultAt, resultAt[index] ?? 0);
    }
  }
  return { ...state, resultAt: state.hours === 0 ? null : state.resultAt };
}
