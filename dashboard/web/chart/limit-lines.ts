import type { RuleSetName } from '../../../broker/contract/air.ts';
import type { Container } from '../../../broker/contract/waste.ts';
import {
  type MeasuredPollutant,
  measuredPollutants,
} from '../../../ingest/domain/air/pollutants.ts';
import { limitsFor, thresholdsFor } from '../../../ingest/domain/air/rule-sets.ts';
import type { Wording } from '../state/describe.ts';
import { valueSentence } from '../state/describe.ts';
import { type LimitLine, limitLines } from '../state/severity.ts';

/** A line across a chart, and what it says. */
export type LabelledLine = LimitLine & { label: string };

/** Rule sets whose limits can be drawn; `none` draws no line. */
export const lineRules = ['EU-2008-50', 'EU-2024-2881', 'WHO-2021', 'none'] as const;
export type LineRules = (typeof lineRules)[number];

export function isLineRules(name: string | undefined): name is LineRules {
  return lineRules.some((known) => known === name);
}

/** True where law or guideline says something of a metric. */
export function isPollutant(metric: string): metric is MeasuredPollutant {
  return measuredPollutants.some((pollutant) => pollutant === metric);
}

/**
 * Lines of a metric, each with its value, the period that it is of, and where it comes from. A limit of days beside
 * hourly values is no verdict: the label says which mean it is for.
 */
export function linesOf(
  wording: Wording,
  metric: string,
  rules: LineRules,
  container?: Container,
): LabelledLine[] {
  if (isPollutant(metric)) return rules === 'none' ? [] : legalLines(wording, metric, rules);
  const { limitEarly, limitAbnormal } = wording.messages;
  return limitLines(metric, container).map((line) => ({
    ...line,
    label: `${line.level === 'early' ? limitEarly : limitAbnormal} ${valueSentence(wording, metric, line.value)}`,
  }));
}

function legalLines(
  wording: Wording,
  metric: MeasuredPollutant,
  rules: RuleSetName,
): LabelledLine[] {
  const { line, period } = wording.messages.charts;
  const say = (value: number, kind: keyof typeof line, of: keyof typeof period): string =>
    `${line[kind]} ${valueSentence(wording, metric, value)}, ${period[of]} (${rules})`;
  const limits = limitsFor(rules, metric).flatMap(({ limit, kind, period: of }): LabelledLine[] =>
    isOneOf(line, kind) && isOneOf(period, of)
      ? [{ value: limit, level: 'abnormal', label: say(limit, kind, of) }]
      : [],
  );
  const thresholds = thresholdsFor(rules, metric).flatMap(
    ({ threshold, kind, period: of }): LabelledLine[] =>
      isOneOf(line, kind) && isOneOf(period, of)
        ? [{ value: threshold, level: 'early', label: say(threshold, kind, of) }]
        : [],
  );
  return oneOfAKind([...limits, ...thresholds]);
}

/** Two lines at one height would be one line with two labels upon each other. */
function oneOfAKind(lines: readonly LabelledLine[]): LabelledLine[] {
  return [...new Map(lines.map((line) => [line.value, line])).values()];
}

function isOneOf<T extends object>(words: T, name: PropertyKey): name is keyof T {
  return Object.hasOwn(words, name);
}
