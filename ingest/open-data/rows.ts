import type { DeviceKey } from '../../broker/contract/ids.ts';
import { type MetricName, metricOf } from '../../broker/contract/metrics.ts';
import type { TierColumns } from '../../broker/contract/series.ts';
import { tierWidthMs } from '../../broker/contract/windows.ts';
import {
  eeaValidity,
  eeaVerification,
  isValid,
  validityOfAggregate,
} from '../domain/air/eea-codes.ts';
import { hourCaptureMin } from '../domain/air/year-hours.ts';
import { legalTime } from './months.ts';

const hourMs = tierWidthMs['1h'];

const { notVerified } = eeaVerification;

/** The columns of an open data file; named as in the export of rolled-up values. */
export const header =
  'device,metric,unit,start,end,mean,min,max,count,expected,coverage,good,not_evaluated,suspect,bad,validity,verification,revision\r\n';

export interface HoursOfSeries {
  device: DeviceKey;
  metric: MetricName;
  /** Hours without a row are written too, as missing, from here up to `to`. Aligned to hours. */
  from: number;
  to: number;
  hours: TierColumns;
}

/**
 * The hours of one series as lines. No hour is left out: one without data, or with samples for less than 75 % of it,
 * has validity -1 and no values.
 */
export function linesOf({ device, metric, from, to, hours }: HoursOfSeries): string {
  const lines: string[] = [];
  const lead = `${device},${metric},${metricOf(metric).unit}`;
  let row = 0;
  for (let start = from; start < to; start += hourMs) {
    const period = `${lead},${legalTime(start)},${legalTime(start + hourMs)}`;
    if (hours.at[row] === start) {
      lines.push(`${period},${cellsOf(hours, row)}\r\n`);
      row += 1;
    } else lines.push(`${period},,,,0,,0,0,0,0,0,${eeaValidity.notValid},${notVerified},\r\n`);
  }
  return lines.join('');
}

function cellsOf(hours: TierColumns, row: number): string {
  const coverage = hours.coverage[row] ?? 0;
  const mean = hours.mean[row] ?? null;
  const validity = validityOfAggregate({ value: mean, capture: coverage }, hourCaptureMin);
  const values = isValid(validity) ? [mean, hours.min[row], hours.max[row]] : ['', '', ''];
  return [
    ...values,
    hours.count[row],
    hours.expected[row],
    coverage,
    ...(hours.flags[row] ?? ['', '', '', '']),
    validity,
    notVerified,
    hours.revision[row],
  ].join(',');
}
