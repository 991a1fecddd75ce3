import type { LimitCheck, RuleSetName, ThresholdCheck } from '../../../broker/contract/air.ts';
import type { Pollutant } from './pollutants.ts';

/** One limit, target or guideline as data. Exceeding is being strictly greater. */
export interface LimitValue {
  pollutant: Pollutant;
  period: LimitCheck['period'];
  kind: LimitCheck['kind'];
  limit: number;
  unit: string;
  /** Digits after the point that the limit has, and a value is rounded to before it is compared. */
  digits: number;
  /** Periods of a year that may exceed; null: none are named. */
  allowed: number | null;
  /** ISO date. */
  validFrom: string;
  /** The law judges the mean of so many years. */
  averageYears?: number;
  /** Of the periods' values; to be compared with the limit where measurements are taken at random. */
  percentile?: number;
}

/** A value from which the public is informed or warned. */
export interface Threshold {
  pollutant: Pollutant;
  kind: ThresholdCheck['kind'];
  period: ThresholdCheck['period'];
  threshold: number;
  unit: string;
  digits: number;
  /** Periods in a row that must exceed. */
  consecutive: number;
}

/** Shares, 0..1, of a year that must be measured. */
export interface DataQuality {
  required: number;
  /** Ozone in winter, where less is asked for. */
  ozoneWinter?: number;
  /** What is accepted in practice, with planned maintenance taken off. */
  accepted?: number;
}

export interface RuleSet {
  name: RuleSetName;
  title: string;
  source: string;
  limits: readonly LimitValue[];
  thresholds: readonly Threshold[];
  dataQuality?: DataQuality;
}

type Row = readonly [
  pollutant: Pollutant,
  period: LimitValue['period'],
  limit: number,
  allowed: number | null,
  more?: Partial<LimitValue>,
];

/** Rows of a table of limits in µg/m³ without digits, unless `more` says otherwise. */
export function limitsOf(
  defaults: Pick<LimitValue, 'kind' | 'validFrom'>,
  rows: readonly Row[],
): LimitValue[] {
  return rows.map(([pollutant, period, limit, allowed, more]) => ({
    pollutant,
    period,
    limit,
    allowed,
    unit: 'µg/m³',
    digits: 0,
    ...defaults,
    ...more,
  }));
}

type ThresholdRow = readonly [
  pollutant: Pollutant,
  kind: Threshold['kind'],
  period: Threshold['period'],
  threshold: number,
  consecutive: number,
];

export function thresholdsOf(rows: readonly ThresholdRow[]): Threshold[] {
  return rows.map(([pollutant, kind, period, threshold, consecutive]) => ({
    pollutant,
    kind,
    period,
    threshold,
    consecutive,
    unit: 'µg/m³',
    digits: 0,
  }));
}
