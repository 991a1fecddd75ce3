import type { DeviceKey } from '../../../broker/contract/ids.ts';
import { metricOf } from '../../../broker/contract/metrics.ts';
import {
  type Resolution,
  type Tier,
  tierWidthMs,
  windowStart,
} from '../../../broker/contract/windows.ts';
import {
  type RollUpRow,
  reachMs,
  rollUpRows,
  rollUpSamples,
  type SeriesShape,
  sourceOf,
} from '../../domain/roll-up.ts';
import { storeLimits } from '../limits.ts';
import { QueryTooLarge } from '../store.ts';
import type { TierRow } from '../tier-rows.ts';
import { identifier, isOneOf, isWithin } from './escape.ts';
import { flagOf, isGone, rollUpFields, tierRowOf } from './fields.ts';
import { deviceOf, type Query, rowsOf } from './rows.ts';
import type { Stretch } from './stretches.ts';

/** Computed rows of each device in order of time; only windows of which there is something to say. */
export type Computed = Map<DeviceKey, RollUpRow[]>;

/**
 * Computes a slice from what its tier is made from. `dense`: the slice cannot be made smaller, so that its samples are
 * read in parts, and all of them are kept.
 *
 * @throws QueryTooLarge when it has more rows than a slice may have
 */
export async function computeSlice(
  tier: Tier,
  slice: Stretch,
  queryOf: (resolution: Resolution) => Query,
  { dense = false } = {},
): Promise<Computed> {
  const { kind } = metricOf(slice.metric);
  const source = sourceOf(tier, kind);
  const query = queryOf(source);
  const computed: Computed = new Map();
  if (source !== 'raw') {
    const rows = await readTierRows(source, slice, { query, fields: rollUpFields });
    for (const { device, intervalMs } of slice.series) {
      const below = rows.get(device);
      if (below) computed.set(device, fromRows(tier, { kind, intervalMs }, below));
    }
    return computed;
  }
  const reach = Math.max(...slice.series.map((shape) => reachMs(tier, { kind, ...shape })));
  const range = { ...slice, from: Math.max(0, slice.from - reach), to: slice.to + reach };
  const samples = await readSamples(range, query, dense);
  for (const { device, intervalMs } of slice.series) {
    const columns = samples.get(device);
    if (columns) computed.set(device, fromSamples(tier, { kind, intervalMs }, slice, columns));
  }
  return computed;
}

/**
 * Rows of a tier in a stretch, by device in order of time. Those without content are left out here, which takes
 * InfluxDB a third more time when it is asked to.
 */
export async function readTierRows(
  tier: Tier,
  range: Stretch,
  { query, fields }: { query: Query; fields: readonly string[] },
): Promise<Map<DeviceKey, TierRow[]>> {
  const found = new Map<DeviceKey, TierRow[]>();
  const statement = `${selectOf(fields, range)} GROUP BY "provider", "device"`;
  for await (const series of query(statement)) {
    const device = deviceOf(series);
    const rows = found.get(device) ?? [];
    found.set(device, rows);
    for (const [at, cells] of rowsOf(series, fields)) {
      const row = tierRowOf(tier, at, cells);
      if (!isGone(row)) rows.push(row);
    }
  }
  return found;
}

interface SampleColumns {
  at: number[];
  value: number[];
  flag: number[];
}

/** Samples of a stretch by device in order of time. */
async function readSamples(
  range: Stretch,
  query: Query,
  dense: boolean,
): Promise<Map<DeviceKey, SampleColumns>> {
  try {
    return await readSamplesAtOnce(range, query, dense ? Number.POSITIVE_INFINITY : sampleMax);
  } catch (error) {
    const middle = Math.floor((range.from + range.to) / 2);
    if (!dense || !(error instanceof QueryTooLarge) || middle === range.from) throw error;
    const earlier = await readSamples({ ...range, to: middle }, query, dense);
    const later = await readSamples({ ...range, from: middle }, query, dense);
    for (const [device, columns] of later) append(columnsOf(earlier, device), columns);
    return earlier;
  }
}

/** Devices may send more often than their interval says; a slice with more than this is halved. */
const sampleMax = 4 * storeLimits.influxSliceRowsMax;

async function readSamplesAtOnce(
  range: Stretch,
  query: Query,
  rowsMax: number,
): Promise<Map<DeviceKey, SampleColumns>> {
  const found = new Map<DeviceKey, SampleColumns>();
  const fields = ['value', 'flag'];
  let count = 0;
  const statement = `${selectOf(fields, range)} GROUP BY "provider", "device"`;
  for await (const series of query(statement)) {
    count += series.values.length;
    if (count > rowsMax) throw new QueryTooLarge(`more than ${rowsMax} samples in a slice`);
    const columns = columnsOf(found, deviceOf(series));
    for (const [at, [value, flag]] of rowsOf(series, fields)) {
      if (typeof value !== 'number') continue;
      columns.at.push(at);
      columns.value.push(value);
      columns.flag.push(flagOf(flag));
    }
  }
  return found;
}

function selectOf(fields: readonly string[], { metric, from, to, series }: Stretch): string {
  const devices = series.map(({ device }) => device);
  return `SELECT ${fields.map(identifier).join(', ')} FROM ${identifier(metric)}
    WHERE ${isWithin(from, to)} AND ${isOneOf(devices)}`;
}

function columnsOf(found: Map<DeviceKey, SampleColumns>, device: DeviceKey): SampleColumns {
  const columns = found.get(device) ?? { at: [], value: [], flag: [] };
  found.set(device, columns);
  return columns;
}

function append(columns: SampleColumns, more: SampleColumns): void {
  for (let index = 0; index < more.at.length; index++) {
    columns.at.push(more.at[index] as number);
    columns.value.push(more.value[index] as number);
    columns.flag.push(more.flag[index] as number);
  }
}

function fromRows(tier: Tier, shape: SeriesShape, below: readonly RollUpRow[]): RollUpRow[] {
  const computed: RollUpRow[] = [];
  let begin = 0;
  while (begin < below.length) {
    const start = windowStart(tier, (below[begin] as RollUpRow).at);
    let end = begin;
    while (end < below.length && (below[end] as RollUpRow).at < start + tierWidthMs[tier]) end++;
    const row = rollUpRows(tier, shape, start, below.slice(begin, end));
    if (row) computed.push(row);
    begin = end;
  }
  return computed;
}

function fromSamples(
  tier: Tier,
  shape: SeriesShape,
  { from, to }: Stretch,
  samples: SampleColumns,
): RollUpRow[] {
  const computed: RollUpRow[] = [];
  const { at } = samples;
  const widthMs = tierWidthMs[tier];
  const reach = reachMs(tier, shape);
  let begin = 0;
  let end = 0;
  for (let start = from; start < to; start += widthMs) {
    while (begin < at.length && (at[begin] as number) < start - reach) begin++;
    while (end < at.length && (at[end] as number) < start + widthMs + reach) end++;
    if (begin === end) continue;
    const row = rollUpSamples(tier, shape, start, { samples, begin, end });
    if (row) computed.push(row);
  }
  return computed;
}
