import type { LegalRuleSet, PollutantYear } from '../../../../broker/contract/air.ts';
import type { MeasuredPollutant } from '../../../../ingest/domain/air/pollutants.ts';
import { hourMs, legalStart } from '../../../../ingest/domain/air/year-hours.ts';
import { yearStatistics } from '../../../../ingest/domain/air/year-statistics.ts';

/** An hour by its place in the legal year; the hours before it are negative. */
export type Measure = (hour: number) => number | null;

/** Rows of a legal year and the 7 hours before it, all complete. */
export function rowsOf(year: number, measure: Measure, coverage: Measure = () => 1) {
  const from = legalStart(year);
  const count = (legalStart(year + 1) - from) / hourMs;
  const hours = Array.from({ length: count + 7 }, (_, index) => index - 7);
  return {
    at: hours.map((hour) => from + hour * hourMs),
    mean: hours.map(measure),
    coverage: hours.map((hour) => coverage(hour) ?? 0),
  };
}

export interface Asked {
  rules?: LegalRuleSet;
  year?: number;
  measure: Measure;
  coverage?: Measure;
}

/** Statistics of one pollutant in a year that is over. */
export function statisticsOf(
  pollutant: MeasuredPollutant,
  { rules = 'EU-2008-50', year = 2025, measure, coverage = () => 1 }: Asked,
): PollutantYear {
  const { pollutants } = yearStatistics(
    { device: 'a/1', year, rules, method: 'reference', asOf: legalStart(year + 1) },
    { [pollutant]: rowsOf(year, measure, coverage) },
  );
  const [only] = pollutants;
  if (!only) throw new Error('no statistics');
  return only;
}

/** The check of one limit. */
export function limitIn(
  { limits }: PollutantYear,
  period: PollutantYear['limits'][number]['period'],
  rules: string = 'EU-2008-50',
) {
  const found = limits.find((limit) => limit.period === period && limit.rules === rules);
  if (!found) throw new Error(`no limit for ${period}`);
  return found;
}

export const dayOf = (hour: number): number => Math.floor(hour / 24);
