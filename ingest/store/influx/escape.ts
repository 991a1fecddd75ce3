import { escape as lineProtocol } from '@influxdata/influxdb-client';
import { type DeviceKey, deviceIdOf, providerOf } from '../../../broker/contract/ids.ts';
import type { MetricName } from '../../../broker/contract/metrics.ts';
import type { ReadingBatch } from '../reading-batch.ts';
import type { Series } from '../series-table.ts';
import { type Fields, wholeFields } from './fields.ts';

const { measurement, tag } = lineProtocol;

/**
 * All text that goes to InfluxDB is put together here, from parts that are escaped here. Ids and metric
 * names cannot hold a special character today; nothing but this file relies on that.
 */

/** A name in InfluxQL: measurement, tag or field. */
export function identifier(name: string): string {
  return `"${escapeQuoted(name, '"')}"`;
}

/** A text value in InfluxQL. */
export function literal(text: string): string {
  return `'${escapeQuoted(text, "'")}'`;
}

/** An instant in InfluxQL, from epoch ms. */
export function instant(at: number): string {
  return `${Math.trunc(at)}ms`;
}

/** The condition that selects one device. */
export function isDevice(device: DeviceKey): string {
  return `"provider" = ${literal(providerOf(device))} AND "device" = ${literal(deviceIdOf(device))}`;
}

/** The condition that selects some devices; at least one. */
export function isOneOf(devices: readonly DeviceKey[]): string {
  return `(${devices.map((device) => `(${isDevice(device)})`).join(' OR ')})`;
}

/** The condition of a half-open range of time. */
export function isWithin(from: number, to: number): string {
  return `time >= ${instant(from)} AND time < ${instant(to)}`;
}

export interface Point {
  device: DeviceKey;
  metric: MetricName;
  at: number;
  fields: Fields;
}

/**
 * Why line protocol cannot carry this device; undefined when it can. A backslash before a separator
 * would escape it, a line end would begin another point, and neither can be written in another way.
 */
export function uncarriable(device: DeviceKey): string | undefined {
  const parts = [providerOf(device), deviceIdOf(device)];
  const carriable = parts.every((part) => part !== '' && !/[\\\p{Cc}]/u.test(part));
  return carriable ? undefined : `line protocol cannot carry the id ${JSON.stringify(device)}`;
}

/** What all lines of a series begin with: the measurement and the tags. */
export function lineStart({ device, metric }: Series): string {
  return `${measurement(metric)},device=${tag(deviceIdOf(device))},provider=${tag(providerOf(device))}`;
}

/** A point in line protocol, with its time in ms. */
export function line({ device, metric, at, fields }: Point): string {
  const values = Object.entries(fields).map(
    ([name, value]) => `${tag(name)}=${wholeFields.has(name) ? `${value}i` : float(value)}`,
  );
  return `${lineStart({ device, metric })} ${values.join(',')} ${at}`;
}

/**
 * The point of a reading: the same as {@link line} makes of its fields, which are `rawFields`. A point that certainly
 * is new goes without reasons when there are none: each field costs the server as much as the value.
 */
export function readingLine(
  start: string,
  batch: ReadingBatch,
  row: number,
  isNew: boolean,
): string {
  const value = float(batch.value[row] as number);
  const reasons = batch.reasons[row] as number;
  const quality = `flag=${batch.flag[row]}i${isNew && reasons === 0 ? '' : `,reasons=${reasons}i`}`;
  return `${start} value=${value},${quality},received_at=${batch.receivedAt[row]}i ${batch.at[row]}`;
}

/** The shortest text that reads back as the same number; the template alone would lose the sign of zero. */
function float(value: number): string {
  return Object.is(value, -0) ? '-0' : `${value}`;
}

function escapeQuoted(text: string, quote: string): string {
  return text.replaceAll('\\', '\\\\').replaceAll(quote, `\\${quote}`).replaceAll('\n', '\\n');
}
