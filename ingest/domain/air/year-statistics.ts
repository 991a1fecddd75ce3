import type {
  LegalRuleSet,
  PollutantYear,
  Rounding,
  YearStatistics,
} from '../../../broker/contract/air.ts';
import type { MeasurementMethod } from '../../../broker/contract/device.ts';
import type { DeviceKey } from '../../../broker/contract/ids.ts';
import { metricOf } from '../../../broker/contract/metrics.ts';
import { isIndicative } from './air-index.ts';
import { checkLimit, checkThreshold, type YearValues } from './limit-check.ts';
import type { DataQuality } from './limit-value.ts';
import { aot40, isOzoneMeanValid, ozoneMonths, seasonCaptures } from './ozone-year.ts';
import {
  countOf,
  dailyMax8h,
  dailyMeans,
  eightHourMeans,
  meanOf,
  peakOf,
  percentileOf,
  type Values,
} from './periods.ts';
import { type MeasuredPollutant, measuredPollutants } from './pollutants.ts';
import { limitsFor, ruleSetOf, thresholdsFor } from './rule-sets.ts';
import {
  dayHours,
  type HourlyRows,
  hourMs,
  leadHours,
  legalStart,
  type YearHours,
  yearHours,
} from './year-hours.ts';

/** 2008/50 Annex XI; losses from calibration and maintenance do not count against it. */
const annualCaptureMin = 0.9;

export interface YearQuestion {
  device: DeviceKey;
  year: number;
  rules: LegalRuleSet;
  /** Of the device's station; a maker's unless registered otherwise. */
  method: MeasurementMethod;
  /** What is known by then, epoch ms; the year may still run. */
  asOf: number;
  rounding?: Rounding;
}

/** Hourly rows by pollutant; from {@link yearSpan}. */
export type PollutantRows = Partial<Record<MeasuredPollutant, HourlyRows>>;

/** The hours that statistics of a year are made of: with those that its first 8 h means reach back to. */
export function yearSpan(year: number): { from: number; to: number } {
  return { from: legalStart(year) - leadHours * hourMs, to: legalStart(year + 1) };
}

/** Statistics of one device and legal year, from its hourly values. */
export function yearStatistics(question: YearQuestion, rows: PollutantRows): YearStatistics {
  const { device, year, rules, method, asOf, rounding = 'half-up-last' } = question;
  const [from, to] = [legalStart(year), legalStart(year + 1)];
  return {
    device,
    year,
    rules,
    method,
    compliance: isIndicative(method) ? 'indicative-not-for-compliance' : 'for-compliance',
    rounding,
    timeBase: 'UTC+1',
    from,
    to,
    running: asOf < to,
    pollutants: measuredPollutants.flatMap((pollutant) => {
      const own = rows[pollutant];
      if (!own) return [];
      return [pollutantYear(pollutant, yearHours(year, own), { rules, rounding, asOf })];
    }),
  };
}

interface PollutantContext {
  rules: LegalRuleSet;
  rounding: Rounding;
  asOf: number;
}

function pollutantYear(
  pollutant: MeasuredPollutant,
  hours: YearHours,
  { rules, rounding, asOf }: PollutantContext,
): PollutantYear {
  const validHours = countOf(hours.values);
  const capture = validHours / hours.count;
  const ozone = pollutant === 'o3' ? ozoneOf(hours, rules, rounding) : undefined;
  const seasons = ozone && { summer: ozone.summerCapture, winter: ozone.winterCapture };
  const year: YearValues = {
    from: hours.from,
    hours: hours.values,
    days: dailyMeans(hours),
    max8h: dailyMax8h(hours),
    annualMean: {
      value: meanOf(hours.values, 1),
      valid: seasons ? isOzoneMeanValid(seasons) : isAnnualMeanValid(validHours, hours.count),
    },
    ozone,
  };
  const limits = limitsFor(rules, pollutant);
  return {
    pollutant,
    unit: metricOf(pollutant).unit,
    validHours,
    possibleHours: hours.count,
    elapsedHours: Math.floor(
      (Math.min(Math.max(asOf, hours.from), hours.to) - hours.from) / hourMs,
    ),
    capture,
    objective: objectiveOf(ruleSetOf(rules).dataQuality, capture, seasons),
    annualMean: year.annualMean,
    validDays: countOf(year.days),
    ...peaksOf(hours, year),
    percentiles: percentilesOf(
      year,
      limits.flatMap(({ percentile }) => percentile ?? []),
    ),
    limits: [
      ...limits.map((limit) => checkLimit(limit, year, { rules, rounding })),
      ...limitsFor('WHO-2021', pollutant).map((limit) =>
        checkLimit(limit, year, { rules: 'WHO-2021', rounding }),
      ),
    ],
    thresholds: thresholdsFor(rules, pollutant).map((threshold) =>
      checkThreshold(threshold, year, { rules, rounding }),
    ),
    ...(ozone ? { ozone } : {}),
  };
}

/** Whether enough of a year was measured; `excused`: hours lost to regular calibration and maintenance. */
export function isAnnualMeanValid(valid: number, possible: number, excused = 0): boolean {
  return valid > 0 && valid / (possible - excused) >= annualCaptureMin;
}

function ozoneOf(
  hours: YearHours,
  rules: LegalRuleSet,
  rounding: Rounding,
): NonNullable<PollutantYear['ozone']> {
  const target = limitsFor(rules, 'o3').find(({ period }) => period === 'max-daily-8h');
  const { summer, winter } = seasonCaptures(hours);
  const { limit = 120, digits = 0 } = target ?? {};
  return {
    aot40: aot40(hours),
    months: ozoneMonths(hours, { limit, digits, rounding }),
    summerCapture: summer,
    winterCapture: winter,
  };
}

function objectiveOf(
  quality: DataQuality | undefined,
  capture: number,
  seasons: { summer: number; winter: number } | undefined,
): PollutantYear['objective'] {
  const required = quality?.required ?? annualCaptureMin;
  const requiredWinter = quality?.ozoneWinter;
  if (!seasons || requiredWinter === undefined) return { required, met: capture >= required };
  const met = seasons.summer >= required && seasons.winter >= requiredWinter;
  return { required, requiredWinter, met };
}

function peaksOf(
  hours: YearHours,
  { days, max8h }: YearValues,
): Pick<PollutantYear, 'maxHour' | 'maxDay' | 'max8h'> {
  const at = (values: Values, widthHours: number): PollutantYear['maxHour'] => {
    const peak = peakOf(values);
    return peak ? { at: hours.from + peak.index * widthHours * hourMs, value: peak.value } : null;
  };
  // The highest 8 h mean is named by its window's start; only days with enough windows count.
  const windows = eightHourMeans(hours).map((value, hour) =>
    max8h[Math.floor(hour / dayHours)] === null ? null : value,
  );
  const window = at(windows, 1);
  return {
    maxHour: at(hours.values, 1),
    maxDay: at(days, dayHours),
    max8h: window && { at: window.at - leadHours * hourMs, value: window.value },
  };
}

/** Of hours and days what offices usually print, and of days those that a limit is judged by. */
function percentilesOf(
  { hours, days }: YearValues,
  ofDays: readonly number[],
): PollutantYear['percentiles'] {
  const asked = [
    ...[50, 98].map((percent) => ({ of: 'hour' as const, percent, values: hours })),
    ...[50, 98, ...ofDays].map((percent) => ({ of: 'day' as const, percent, values: days })),
  ];
  return asked.flatMap(({ of, percent, values }) => {
    const value = percentileOf(values, percent);
    return value === null ? [] : [{ of, percent, value }];
  });
}
