import type { DeviceKey } from '../../../broker/contract/ids.ts';
import type { MetricName } from '../../../broker/contract/metrics.ts';
import type { RawColumns } from '../../../broker/contract/series.ts';
import { storeLimits } from '../limits.ts';
import { clampInstant } from '../storable.ts';
import { type ManySeriesQuery, QueryTooLarge } from '../store.ts';
import { identifier, isOneOf, isWithin } from './escape.ts';
import { type Cell, rawFields, readingOf } from './fields.ts';
import { deviceOf, forEachAtMost, pieces, type Query, rowsOf } from './rows.ts';

/** Raw columns without a row. */
export function emptyRaw(): RawColumns {
  return { at: [], value: [], flag: [], reasons: [], receivedAt: [] };
}

/** Appends a row of raw; one without a value is none. */
export function addRawRow(columns: RawColumns, at: number, cells: readonly Cell[]): void {
  const reading = readingOf(at, cells);
  if (!reading) return;
  columns.at.push(at);
  columns.value.push(reading.value);
  columns.flag.push(reading.flag);
  columns.reasons.push(reading.reasons);
  columns.receivedAt.push(reading.receivedAt);
}

/** Raw rows of many series, in their order: one statement for the same metric of several devices. */
export async function readManySeries(of: ManySeriesQuery, query: Query): Promise<RawColumns[]> {
  const found = new Map<string, RawColumns>();
  for (const { device, metric } of of.series) found.set(`${device} ${metric}`, emptyRaw());
  const [from, to] = [clampInstant(of.from), clampInstant(of.to)];
  let rows = 0;
  const read = async ({ metric, devices }: Part) => {
    for await (const series of query(statementOf({ metric, devices }, from, to))) {
      rows += series.values.length;
      if (rows > of.rowsMax) throw new QueryTooLarge(`more than the ${of.rowsMax} rows allowed`);
      const columns = found.get(`${deviceOf(series)} ${metric}`);
      if (!columns) continue;
      for (const [at, cells] of rowsOf(series, rawFields)) addRawRow(columns, at, cells);
    }
  };
  if (from < to) await forEachAtMost(storeLimits.influxRequestsAtOnceMax, partsOf(of), read);
  return of.series.map(({ device, metric }) => found.get(`${device} ${metric}`) ?? emptyRaw());
}

interface Part {
  metric: MetricName;
  devices: DeviceKey[];
}

function partsOf({ series }: ManySeriesQuery): Part[] {
  const devicesOf = new Map<MetricName, Set<DeviceKey>>();
  for (const { device, metric } of series) {
    const devices = devicesOf.get(metric) ?? new Set();
    devicesOf.set(metric, devices.add(device));
  }
  return [...devicesOf].flatMap(([metric, devices]) =>
    pieces([...devices], storeLimits.influxDevicesPerStatementMax).map((some) => ({
      metric,
      devices: some,
    })),
  );
}

function statementOf({ metric, devices }: Part, from: number, to: number): string {
  return `SELECT ${rawFields.map(identifier).join(', ')} FROM ${identifier(metric)}
    WHERE ${isWithin(from, to)} AND ${isOneOf(devices)} GROUP BY "provider", "device"`;
}
