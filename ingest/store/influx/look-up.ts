import type { DeviceKey } from '../../../broker/contract/ids.ts';
import type { MetricName } from '../../../broker/contract/metrics.ts';
import { storeLimits } from '../limits.ts';
import type { StoredReading } from '../store.ts';
import { identifier, isOneOf, isWithin } from './escape.ts';
import { deviceOf, forEachAtMost, type Query, rowsOf } from './rows.ts';

/** What names a reading. */
export type Key = Pick<StoredReading, 'device' | 'metric' | 'at'>;

/** Value of each stored reading, by its key. */
export type Known = Map<string, number>;

/** The key of a reading as text, unique because ids hold no spaces. */
export function keyOf({ device, metric, at }: Key): string {
  return `${device} ${metric} ${at}`;
}

/** Finds which of these readings are stored under their key, and with what value. */
export async function lookUp(readings: readonly Key[], query: Query): Promise<Known> {
  const known: Known = new Map();
  const asked = new Set(readings.map(keyOf));
  const groups = groupsOf(readings);
  await forEachAtMost(storeLimits.influxRequestsAtOnceMax, groups, (group) =>
    lookUpGroup(group, query, (key, value) => {
      if (asked.has(key)) known.set(key, value);
    }),
  );
  return known;
}

/** Readings of one metric that one statement asks for: few devices, close in time. */
type Group = [Key, ...Key[]];

function groupsOf(readings: readonly Key[]): Group[] {
  const sorted = [...readings].sort(byMetricDeviceAndTime);
  const groups: Group[] = [];
  let devices = new Set<DeviceKey>();
  let from = 0;
  let to = 0;
  for (const reading of sorted) {
    const group = groups.at(-1);
    from = Math.min(from, reading.at);
    to = Math.max(to, reading.at);
    devices.add(reading.device);
    const fits =
      group?.[0].metric === reading.metric &&
      devices.size <= storeLimits.influxDevicesPerStatementMax &&
      to - from < storeLimits.influxLookUpSpanMsMax;
    if (fits) {
      group.push(reading);
      continue;
    }
    groups.push([reading]);
    devices = new Set([reading.device]);
    from = reading.at;
    to = reading.at;
  }
  return groups;
}

function byMetricDeviceAndTime(a: Key, b: Key): number {
  return compare(a.metric, b.metric) || compare(a.device, b.device) || a.at - b.at;
}

function compare(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}

async function lookUpGroup(
  group: Group,
  query: Query,
  found: (key: string, value: number) => void,
): Promise<void> {
  const { metric } = group[0];
  const rowsByDevice = new Map<DeviceKey, number>();
  for await (const series of query(statementOf(group, metric))) {
    const device = deviceOf(series);
    rowsByDevice.set(device, (rowsByDevice.get(device) ?? 0) + series.values.length);
    for (const [at, [value]] of rowsOf(series, ['value'])) {
      if (typeof value === 'number') found(keyOf({ device, metric, at }), value);
    }
  }
  const cut = [...rowsByDevice.values()].some((rows) => rows >= storeLimits.influxLookUpRowsMax);
  if (!cut) return;
  // One reading spans 1 ms and has one row: halving ends there at the latest.
  const [first, ...rest] = group.slice(0, Math.ceil(group.length / 2));
  const [second, ...others] = group.slice(Math.ceil(group.length / 2));
  if (first && second) {
    await lookUpGroup([first, ...rest], query, found);
    await lookUpGroup([second, ...others], query, found);
  }
}

function statementOf(group: Group, metric: MetricName): string {
  const devices = [...new Set(group.map(({ device }) => device))];
  const instants = group.map(({ at }) => at);
  const range = isWithin(Math.min(...instants), Math.max(...instants) + 1);
  return `SELECT "value" FROM ${identifier(metric)} WHERE ${range} AND ${isOneOf(devices)}
    GROUP BY "provider", "device" LIMIT ${storeLimits.influxLookUpRowsMax}`;
}
