import {
  type LegalRuleSet,
  legalRuleSets,
  type Report,
  type YearStatistics,
} from '../../broker/contract/air.ts';
import type { Device } from '../../broker/contract/device.ts';
import { type DeviceKey, deviceKey } from '../../broker/contract/ids.ts';
import { compare } from '../domain/air/comparison.ts';
import type { MeasuredPollutant } from '../domain/air/pollutants.ts';
import { dayHours, hourMs, legalStart } from '../domain/air/year-hours.ts';
import { type PollutantRows, yearStatistics } from '../domain/air/year-statistics.ts';
import { dataStateOf, type HourStore, readHours, readYear } from './read-hours.ts';
import { reportId } from './report-files.ts';

/** A year as far as it is reported: to the end of the last whole legal day. */
export interface ReportedYear {
  year: number;
  /** Epoch ms; the year's end when it is over. */
  asOf: number;
}

const rounding = 'half-up-last';

/** The last whole legal day of a year by now, so that a report changes once a day, not with every run. */
export function reportedYear(year: number, now: number): ReportedYear {
  const from = legalStart(year);
  const days = Math.floor((now - from) / (dayHours * hourMs));
  return {
    year,
    asOf: Math.min(legalStart(year + 1), from + Math.max(0, days) * dayHours * hourMs),
  };
}

/** Statistics of a device and year by each rule set. Undefined: it has no hour of that year. */
export async function makeYearReport(
  { store, now }: { store: HourStore; now: number },
  device: Device,
  { year, asOf }: ReportedYear,
  pollutants: readonly MeasuredPollutant[],
): Promise<Report | undefined> {
  const key = deviceKey(device.provider, device.id);
  const { rows, columns } = await readYear(store, { device: key, year, pollutants, until: asOf });
  if (columns.length === 0) return undefined;
  const statistics = legalRuleSets.map((rules) =>
    statisticsOf(device, rows, { year, rules, asOf }),
  );
  return {
    id: reportId('year', year, [key]),
    kind: 'year',
    year,
    devices: [key],
    madeAt: now,
    basis: {
      query: `/api/v1/statistics?${new URLSearchParams({ device: key, year: String(year) })}`,
      ruleSets: [...legalRuleSets, 'WHO-2021'],
      rounding,
      timeBase: 'UTC+1',
      data: dataStateOf(columns),
    },
    statistics,
  };
}

/** Statistics of a device by one rule set, with what its station says of its method. */
export function statisticsOf(
  device: Device,
  rows: PollutantRows,
  { year, rules, asOf }: { year: number; rules: LegalRuleSet; asOf: number },
): YearStatistics {
  const method = device.station?.method ?? 'maker';
  const key = deviceKey(device.provider, device.id);
  return yearStatistics({ device: key, year, rules, method, asOf, rounding }, rows);
}

/** A maker's device and the reference that it stands by. */
export interface Beside {
  device: DeviceKey;
  reference: DeviceKey;
  distanceM: number;
  metric: MeasuredPollutant;
}

/** A device beside a reference over a year. Undefined: the two have not a single hour in common. */
export async function makeComparisonReport(
  { store, now }: { store: HourStore; now: number },
  { device, reference, distanceM, metric }: Beside,
  { year, asOf }: ReportedYear,
): Promise<Report | undefined> {
  const span = { from: legalStart(year), to: asOf };
  if (span.from >= span.to) return undefined;
  const own = await readHours(store, { device, metric, ...span });
  if (own.at.length === 0) return undefined;
  const others = await readHours(store, { device: reference, metric, ...span });
  const comparison = compare({ device, reference, metric, ...span, distanceM }, own, others);
  if (comparison.pairs === 0) return undefined;
  const asked = { device, reference, metric, from: String(span.from), to: String(span.to) };
  return {
    id: reportId('comparison', year, [device, reference, metric]),
    kind: 'comparison',
    year,
    devices: [device, reference],
    metric,
    madeAt: now,
    basis: {
      query: `/api/v1/comparison?${new URLSearchParams(asked)}`,
      ruleSets: [],
      rounding: 'none',
      timeBase: 'UTC+1',
      data: dataStateOf([own, others]),
    },
    comparison,
  };
}
