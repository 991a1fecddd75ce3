import { type Device, expectedIntervalMs } from '../../../broker/contract/device.ts';
import { deviceKey } from '../../../broker/contract/ids.ts';
import type { RawColumns, TierColumns } from '../../../broker/contract/series.ts';
import type { ContainerEvent, ContainerHistory } from '../../../broker/contract/waste.ts';
import { windowStart } from '../../../broker/contract/windows.ts';
import {
  type ContainerMetric,
  measuredBy,
  type Sample,
} from '../../../ingest/domain/waste/container-facts.ts';
import type { FillRate } from '../../../ingest/domain/waste/forecast.ts';
import { type ContainerSeries, replayContainer } from '../../../ingest/domain/waste/replay.ts';
import { readRawOfMany, readRollupsOfMany } from '../../../ingest/store/read-of-many.ts';
import type { Context } from '../context.ts';
import { apiLimits } from '../limits.ts';
import { historyMs } from './fill-histories.ts';

const hourMs = 3_600_000;

interface EventsRead {
  from: number;
  to: number;
  basis: ContainerHistory['basis'];
  events: ContainerEvent[];
}

/** What happened to one container in the last 30 days, by each of its values or (of too many) by hours. @throws StoreUnavailable */
export async function readEvents({ deps }: Context, device: Device): Promise<EventsRead> {
  const now = deps.clock();
  const span = { from: windowStart('1h', now - historyMs), to: now + 1 };
  const key = deviceKey(device.provider, device.id);
  const metrics: ContainerMetric[] = [measuredBy(device.container), 'temperature', 'tilt'];
  const series = metrics.map((metric) => ({ device: key, metric }));
  const rowsMax = apiLimits.containerRowsMax;
  const raw = await readRawOfMany(deps.store, { series, ...span, rowsMax });
  const isWhole = raw.every((rows) => rows !== undefined);
  const rows = isWhole
    ? raw.map((columns) => ofRaw(columns))
    : (await readRollupsOfMany(deps.store, '1h', { series, ...span, rowsMax })).map(ofHours);
  const found: ContainerSeries = Object.fromEntries(
    metrics.map((metric, index) => [metric, rows[index] ?? []]),
  );
  const { container } = device;
  const intervalMs = expectedIntervalMs(device);
  // Of hours there are two or three values each.
  const usual = isWhole ? intervalMs : Math.max(intervalMs, hourMs);
  const events = replayContainer(found, { intervalMs: usual, container });
  return {
    from: span.from,
    to: now,
    basis: isWhole ? 'raw' : '1h',
    events: events.slice(-apiLimits.containerEventsMax),
  };
}

function ofRaw(columns: RawColumns | undefined): Sample[] {
  return (columns?.at ?? []).map((at, row) => ({
    at,
    value: columns?.value[row] ?? 0,
    flag: columns?.flag[row] ?? 2,
  }));
}

/** First, extremes and last of each hour, in order of time. */
function ofHours(columns: TierColumns | undefined): Sample[] {
  if (!columns) return [];
  return columns.at.flatMap((_, row) => {
    const samples = new Map<number, number>();
    for (const name of ['first', 'min', 'max', 'last'] as const) {
      const [at, value] = [columns[`${name}At`][row], columns[name][row]];
      if (at != null && value != null) samples.set(at, value);
    }
    return [...samples].sort(([a], [b]) => a - b).map(([at, value]) => ({ at, value }));
  });
}

/** The fitted line, and on to full or for 30 days. */
export function fittedLine(rate: FillRate | null, now: number): ContainerHistory['line'] {
  if (!rate) return null;
  const percentAt = (at: number): number => rate.percent + (rate.perHour * (at - rate.at)) / hourMs;
  const hoursLeft = rate.perHour > 0 ? (100 - percentAt(now)) / rate.perHour : 0;
  const to = Math.round(now + Math.min(historyMs, Math.max(0, hoursLeft * hourMs)));
  return { from: rate.from, fromPercent: percentAt(rate.from), to, toPercent: percentAt(to) };
}
