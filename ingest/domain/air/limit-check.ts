import type {
  LimitCheck,
  PollutantYear,
  Rounding,
  RuleSetName,
  ThresholdCheck,
} from '../../../broker/contract/air.ts';
import type { LimitValue, Threshold } from './limit-value.ts';
import { isOzoneYearValid } from './ozone-year.ts';
import { countOf, type Values } from './periods.ts';
import { roundedFor } from './rounding.ts';
import { runsOf } from './runs.ts';
import { dayHours, hourMs } from './year-hours.ts';

/** Of the periods of a year, as for an annual mean. */
const captureMin = 0.9;
/** Runs that are listed; the number of all is said. */
const runsListedMax = 100;

/** What of a year limits are held against. */
export interface YearValues {
  from: number;
  hours: Values;
  days: Values;
  max8h: Values;
  annualMean: PollutantYear['annualMean'];
  ozone?: PollutantYear['ozone'];
}

export interface CheckContext {
  rules: RuleSetName;
  rounding: Rounding;
}

type Found = Pick<
  LimitCheck,
  'value' | 'exceedances' | 'validPeriods' | 'possiblePeriods' | 'valid' | 'verdict'
>;

/** How a year stands to a limit. Only valid periods count, and their number is said beside the count. */
export function checkLimit(limit: LimitValue, year: YearValues, context: CheckContext): LimitCheck {
  const exceeds = (value: number): boolean =>
    roundedFor(value, limit.digits, context.rounding) > limit.limit;
  const { averageYears } = limit;
  return {
    rules: context.rules,
    period: limit.period,
    kind: limit.kind,
    limit: limit.limit,
    unit: limit.unit,
    validFrom: limit.validFrom,
    ...(averageYears === undefined ? {} : { averageYears }),
    allowed: limit.allowed,
    ...found(limit, year, exceeds),
  };
}

function found(limit: LimitValue, year: YearValues, exceeds: (value: number) => boolean): Found {
  switch (limit.period) {
    case 'hour':
      return counted(limit, year.hours, exceeds);
    case 'day':
      return counted(limit, year.days, exceeds);
    case 'max-daily-8h': {
      const { months } = year.ozone ?? {};
      const isYearValid = months ? isOzoneYearValid(months) : undefined;
      return counted(limit, year.max8h, exceeds, isYearValid);
    }
    case 'year':
      return meanFound(year, exceeds);
    case 'aot40':
      return aot40Found(limit, year, exceeds);
    case 'peak-season':
      return { ...nothing, possiblePeriods: year.days.length, validPeriods: countOf(year.max8h) };
  }
}

const nothing: Found = {
  value: null,
  exceedances: null,
  validPeriods: 0,
  possiblePeriods: 0,
  valid: false,
  verdict: 'not-judged',
};

function counted(
  { allowed, averageYears }: LimitValue,
  values: Values,
  exceeds: (value: number) => boolean,
  isYearValid?: boolean,
): Found {
  const validPeriods = countOf(values);
  const exceedances = values.filter((value) => value !== null && exceeds(value)).length;
  const valid = isYearValid ?? validPeriods / values.length >= captureMin;
  const isJudged = allowed !== null && averageYears === undefined;
  return {
    value: null,
    exceedances,
    validPeriods,
    possiblePeriods: values.length,
    valid,
    // Periods that are missing could only add to the count.
    verdict: isJudged ? verdictOf(exceedances > allowed, valid) : 'not-judged',
  };
}

function verdictOf(isExceeded: boolean, isValid: boolean): Found['verdict'] {
  if (isExceeded) return 'exceeded';
  return isValid ? 'kept' : 'undecided';
}

function meanFound({ annualMean, hours }: YearValues, exceeds: (value: number) => boolean): Found {
  const { value, valid } = annualMean;
  const isExceeded = value !== null && valid && exceeds(value);
  return {
    value,
    exceedances: null,
    validPeriods: countOf(hours),
    possiblePeriods: hours.length,
    valid,
    verdict: verdictOf(isExceeded, valid),
  };
}

function aot40Found(
  { averageYears }: LimitValue,
  { ozone }: YearValues,
  exceeds: (value: number) => boolean,
): Found {
  if (!ozone) return nothing;
  const { estimate, validHours, possibleHours, valid } = ozone.aot40;
  const isExceeded = estimate !== null && valid && exceeds(estimate);
  return {
    value: estimate,
    exceedances: null,
    validPeriods: validHours,
    possiblePeriods: possibleHours,
    valid,
    verdict: averageYears === undefined ? verdictOf(isExceeded, valid) : 'not-judged',
  };
}

/** Where a year was beyond an information or alert threshold for long enough. */
export function checkThreshold(
  threshold: Threshold,
  { from, hours, days }: YearValues,
  { rules, rounding }: CheckContext,
): ThresholdCheck {
  const isHourly = threshold.period === 'hour';
  const widthMs = isHourly ? hourMs : dayHours * hourMs;
  const runs = runsOf(
    isHourly ? hours : days,
    (value) => roundedFor(value, threshold.digits, rounding) > threshold.threshold,
    threshold.consecutive,
  );
  return {
    rules,
    kind: threshold.kind,
    period: threshold.period,
    threshold: threshold.threshold,
    unit: threshold.unit,
    consecutive: threshold.consecutive,
    runs: runs.slice(0, runsListedMax).map(({ start, length, max }) => ({
      from: from + start * widthMs,
      to: from + (start + length) * widthMs,
      periods: length,
      max,
    })),
    total: runs.length,
  };
}
