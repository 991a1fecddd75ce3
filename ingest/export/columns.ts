import { metricOf } from '../../broker/contract/metrics.ts';
import { qualityTests, reasonBits } from '../../broker/contract/quality.ts';
import { type Tier, tierWidthMs } from '../../broker/contract/windows.ts';
import { eeaValidity, eeaVerification } from '../domain/air/eea-codes.ts';
import { hourCaptureMin } from '../domain/air/year-hours.ts';
import { pollutantCodes } from './pollutants.ts';
import type { ExportRequest, ExportSeries } from './port.ts';
import { literal } from './sql.ts';

/** `localTime`: an instant shown in fixed UTC+1. */
export type CellKind = 'text' | 'integer' | 'number' | 'decimal' | 'instant' | 'localTime';

/** A column that says the same in each row of a series. */
export interface SeriesColumn {
  name: string;
  kind: CellKind;
  of(series: ExportSeries): string;
  /** It has a few dozen values at the most. */
  isFew?: true;
}

/** A column of the row: an expression over the source's columns; see `rows.ts`. */
export interface RowColumn {
  name: string;
  kind: CellKind;
  sql: string;
}

export type Column = SeriesColumn | RowColumn;

const notVerified = String(eeaVerification.notVerified);

const device: SeriesColumn = { name: 'device', kind: 'text', of: (series) => series.device };
const metric: SeriesColumn = {
  name: 'metric',
  kind: 'text',
  isFew: true,
  of: (series) => series.metric,
};
const unit: SeriesColumn = {
  name: 'unit',
  kind: 'text',
  isFew: true,
  of: (series) => metricOf(series.metric).unit,
};

/** The columns of a request, in order. */
export function columnsOf({ resolution, columns, country }: ExportRequest): readonly Column[] {
  if (resolution === 'raw') return rawColumns;
  return columns === 'eea' ? eeaColumns(resolution, country) : tierColumns(resolution);
}

const rawColumns: readonly Column[] = [
  device,
  metric,
  unit,
  { name: 'at', kind: 'instant', sql: 'at_ms' },
  { name: 'value', kind: 'number', sql: 'value' },
  { name: 'flag', kind: 'integer', sql: 'flag' },
  { name: 'reasons', kind: 'text', sql: reasonNamesSql('reasons') },
  { name: 'received_at', kind: 'instant', sql: 'received_at' },
];

function tierColumns(tier: Tier): readonly Column[] {
  return [
    device,
    metric,
    unit,
    { name: 'start', kind: 'instant', sql: 'at_ms' },
    { name: 'end', kind: 'instant', sql: `at_ms + ${tierWidthMs[tier]}` },
    { name: 'resolution', kind: 'text', sql: literal(tier) },
    { name: 'mean', kind: 'number', sql: 'mean' },
    { name: 'min', kind: 'number', sql: 'min' },
    { name: 'max', kind: 'number', sql: 'max' },
    { name: 'count', kind: 'integer', sql: 'count' },
    { name: 'expected', kind: 'number', sql: 'expected' },
    { name: 'coverage', kind: 'number', sql: coverageSql(tier) },
    { name: 'good', kind: 'integer', sql: 'good' },
    { name: 'not_evaluated', kind: 'integer', sql: 'not_evaluated' },
    { name: 'suspect', kind: 'integer', sql: 'suspect' },
    { name: 'bad', kind: 'integer', sql: 'bad' },
    { name: 'validity', kind: 'integer', sql: validitySql(tier) },
    { name: 'verification', kind: 'integer', sql: notVerified },
    { name: 'result_time', kind: 'instant', sql: 'result_at' },
    { name: 'revision', kind: 'integer', sql: 'revision' },
  ];
}

/** Names, order and types of the EEA's download service; times in fixed UTC+1. */
function eeaColumns(tier: Tier, country: string | undefined): readonly Column[] {
  const prefix = country === undefined ? '' : `${country}/`;
  return [
    {
      name: 'Samplingpoint',
      kind: 'text',
      of: ({ station, device }) => prefix + (station?.samplingPoint ?? device),
    },
    {
      name: 'Pollutant',
      kind: 'integer',
      of: ({ metric }) => String(pollutantCodes.get(metric) ?? ''),
    },
    { name: 'Start', kind: 'localTime', sql: 'at_ms' },
    { name: 'End', kind: 'localTime', sql: `at_ms + ${tierWidthMs[tier]}` },
    { name: 'Value', kind: 'decimal', sql: 'mean' },
    {
      name: 'Unit',
      kind: 'text',
      isFew: true,
      of: ({ metric }) => (metricOf(metric).unit === 'mg/m³' ? 'mg.m-3' : 'ug.m-3'),
    },
    { name: 'AggType', kind: 'text', sql: literal(aggregation[tier]) },
    { name: 'Validity', kind: 'integer', sql: validitySql(tier) },
    { name: 'Verification', kind: 'integer', sql: notVerified },
    { name: 'ResultTime', kind: 'localTime', sql: 'result_at' },
    { name: 'DataCapture', kind: 'number', sql: `${coverageSql(tier)} * 100` },
    {
      name: 'FkObservationLog',
      kind: 'text',
      of: ({ device, metric }) => `${device}/${metric}/${tier}`,
    },
  ];
}

const aggregation: Readonly<Record<Tier, string>> = { '1m': 'var', '1h': 'hour', '1d': 'day' };

function coverageSql(tier: Tier): string {
  return `(covered_ms / ${tierWidthMs[tier]})`;
}

/** The rule of `validityOfAggregate` in SQL. Bad samples are not in the mean; suspect ones are. */
function validitySql(tier: Tier): string {
  const { valid, notValid } = eeaValidity;
  const isValid = `mean IS NOT NULL AND ${coverageSql(tier)} >= ${hourCaptureMin}`;
  return `(CASE WHEN ${isValid} THEN ${valid} ELSE ${notValid} END)`;
}

/** The names of the tests in a mask, separated by spaces. Most masks are empty. */
function reasonNamesSql(mask: string): string {
  const names = qualityTests.map(
    ({ name }) => `CASE WHEN ${mask} & ${reasonBits[name]} <> 0 THEN ${literal(name)} END`,
  );
  return `(CASE ${mask} WHEN 0 THEN '' ELSE concat_ws(' ', ${names.join(', ')}) END)`;
}
