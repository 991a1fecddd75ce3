import type { LimitCheck, RuleSetName, ThresholdCheck } from '../../../broker/contract/air.ts';
import type { LimitValue, Threshold } from '../../../ingest/domain/air/limit-value.ts';
import { limitsFor, ruleSetOf, thresholdsFor } from '../../../ingest/domain/air/rule-sets.ts';
import type { Wording } from '../state/describe.ts';
import { nbsp } from '../state/format.ts';

/** A limit value, target, guideline or threshold, with where it stands written. */
export interface LimitRow {
  pollutant: string;
  kind: LimitCheck['kind'] | ThresholdCheck['kind'];
  period: LimitCheck['period'];
  value: number;
  unit: string;
  /** Periods of a year that may exceed it, or that must in a row; in words elsewhere. */
  allowed: number | null;
  consecutive: number | null;
  rules: RuleSetName;
  validFrom: string | null;
  source: string;
}

const shown: readonly RuleSetName[] = ['EU-2008-50', 'EU-2024-2881', 'WHO-2021'];
type Known = LimitValue['pollutant'];

/** All that is said of a pollutant, law before guideline, thresholds that warn before limits of a year. */
export function limitRows(pollutant: string): LimitRow[] {
  return shown.flatMap((rules) => {
    const { source } = ruleSetOf(rules);
    const ofThreshold = ({ kind, period, threshold, unit, consecutive }: Threshold): LimitRow => ({
      ...{ pollutant, kind, period, unit, consecutive, rules, source },
      ...{ value: threshold, allowed: null, validFrom: null },
    });
    const ofLimit = ({ kind, period, limit, unit, allowed, validFrom }: LimitValue): LimitRow => ({
      ...{ pollutant, kind, period, unit, allowed, rules, source, validFrom },
      ...{ value: limit, consecutive: null },
    });
    return [
      ...thresholdsFor(rules, pollutant as Known).map(ofThreshold),
      ...limitsFor(rules, pollutant as Known).map(ofLimit),
    ];
  });
}

/** `50 µg/m³`: in the digits that law has. */
export function limitText({ formats }: Wording, { value, unit }: LimitRow): string {
  return `${formats.number(value, Number.isInteger(value) ? 0 : 1)}${nbsp}${unit}`;
}

/** What it is, in words: `Daily mean, limit value`. */
export function limitName({ messages }: Wording, row: LimitRow): string {
  const t = messages.series;
  const kind = isThreshold(row.kind) ? t.threshold[row.kind] : t.limitKind[row.kind];
  return `${kind}, ${t.period[row.period]}`;
}

function isThreshold(kind: LimitRow['kind']): kind is ThresholdCheck['kind'] {
  return kind === 'information' || kind === 'alert' || kind === 'short-term-plan';
}
