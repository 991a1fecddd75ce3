import type { LimitCheck, PollutantYear, ThresholdCheck } from '../../../broker/contract/air.ts';
import type { Wording } from '../state/describe.ts';
import { nbsp } from '../state/format.ts';

/** One line of the statistics: what was asked, what came out, and what it means. */
export interface CheckRow {
  what: string;
  /** Short: a value or a count. */
  result: string;
  /** By how many valid periods the result is backed. */
  basis: string;
  verdict: LimitCheck['verdict'] | 'none';
}

/** Numbers of law in the digits that law has: a limit of 5 is not one of 5.0. */
function amount({ formats }: Wording, value: number, unit: string): string {
  const text = formats.number(value, Number.isInteger(value) ? 0 : 1);
  return unit === '' ? text : `${text}${nbsp}${unit}`;
}

function measured({ formats }: Wording, value: number, unit: string): string {
  return `${formats.number(value, unit.startsWith('mg') ? 2 : 1)}${nbsp}${unit}`;
}

/** `0 of 35 allowed`, or the year's value beside its limit; never a verdict without its basis. */
export function limitRow(wording: Wording, check: LimitCheck): CheckRow {
  const t = wording.messages.series;
  const { count } = wording.formats;
  const { period, limit, unit, exceedances, allowed, validPeriods, possiblePeriods } = check;
  const result = (): string => {
    if (exceedances === null) {
      return check.value === null ? t.noValue : measured(wording, check.value, unit);
    }
    return allowed === null
      ? t.exceedances(count(exceedances))
      : t.ofAllowed(count(exceedances), count(allowed));
  };
  // A health guideline is not law, and must not look like it.
  const source = check.kind === 'guideline' ? ` ${check.rules}` : '';
  return {
    what: `${t.period[period]}, ${t.limitKind[check.kind]}${source} ${amount(wording, limit, unit)}`,
    result: result(),
    basis: t.validPeriods[unitOf(period)](count(validPeriods), count(possiblePeriods)),
    verdict: check.verdict,
  };
}

/** What the periods of a limit are counted in. */
function unitOf(period: LimitCheck['period']): 'hours' | 'days' {
  return period === 'day' || period === 'max-daily-8h' ? 'days' : 'hours';
}

/** Information and alert thresholds: how often, when last, and by how many valid periods that is backed. */
export function thresholdRow(
  wording: Wording,
  check: ThresholdCheck,
  year: Pick<PollutantYear, 'validDays' | 'validHours' | 'possibleHours'>,
): CheckRow {
  const t = wording.messages.series;
  const { formats } = wording;
  const newest = check.runs.at(-1);
  const limit = amount(wording, check.threshold, check.unit);
  const units = check.period === 'day' ? 'days' : 'hours';
  const [valid, possible] =
    units === 'days'
      ? [year.validDays, Math.round(year.possibleHours / 24)]
      : [year.validHours, year.possibleHours];
  const row = check.consecutive > 1 ? `, ${t.inARow[units](formats.count(check.consecutive))}` : '';
  const last = newest
    ? `${t.lastEvent(formats.date(newest.from), measured(wording, newest.max, check.unit))}; `
    : '';
  return {
    what: `${t.threshold[check.kind]} ${limit}${row}`,
    result: t.events(formats.count(check.total)),
    basis: last + t.validPeriods[units](formats.count(valid), formats.count(possible)),
    verdict: 'none',
  };
}

/** The annual mean with its capture, whether or not there is a limit for it. */
export function meanRow(wording: Wording, year: PollutantYear): CheckRow {
  const t = wording.messages.series;
  const { value, valid } = year.annualMean;
  return {
    what: t.annualMean,
    result: value === null ? t.noValue : measured(wording, value, year.unit),
    basis: valid ? t.meanValid : t.meanInvalid,
    verdict: 'none',
  };
}

/** AOT40 with the estimate for the hours that are missing. */
export function aot40Row(wording: Wording, year: PollutantYear): CheckRow | undefined {
  const t = wording.messages.series;
  const aot40 = year.ozone?.aot40;
  if (!aot40) return undefined;
  const { formats } = wording;
  const say = (value: number): string => `${formats.number(value, 0)}${nbsp}µg/m³·h`;
  return {
    what: 'AOT40',
    result: aot40.estimate === null ? say(aot40.measured) : t.estimated(say(aot40.estimate)),
    basis: t.validPeriods.hours(
      formats.count(aot40.validHours),
      formats.count(aot40.possibleHours),
    ),
    verdict: 'none',
  };
}

/** All lines of a pollutant, in the order of reading. */
export function checkRows(wording: Wording, year: PollutantYear): CheckRow[] {
  const aot40 = aot40Row(wording, year);
  const limits = (chosen: (check: LimitCheck) => boolean): CheckRow[] =>
    year.limits.filter(chosen).map((check) => limitRow(wording, check));
  return [
    meanRow(wording, year),
    ...limits(({ kind }) => kind !== 'guideline'),
    ...(aot40 ? [aot40] : []),
    ...year.thresholds.map((check) => thresholdRow(wording, check, year)),
    ...limits(({ kind }) => kind === 'guideline'),
  ];
}
