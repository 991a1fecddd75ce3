import { assess, findingRules } from '../../../broker/contract/finding.ts';

export type { Severity } from '../../../broker/contract/finding.ts';

/** True when this one value is what a rule calls abnormal. */
export function isAbnormal(metric: string, value: number): boolean {
  return assess((name) => (name === metric ? value : undefined)) !== undefined;
}

/** A line to draw across a chart. */
export interface LimitLine {
  value: number;
  level: 'early' | 'abnormal';
}

/** Limit lines of a metric; `early` warns before the rule applies. */
export function limitLines(metric: string): readonly LimitLine[] {
  const lines: LimitLine[] = findingRules
    .filter((rule) => rule.metric === metric && rule.limit > 1)
    .map((rule) => ({ value: rule.limit, level: 'abnormal' as const }));
  return metric === 'fill_level' ? [{ value: 80, level: 'early' }, ...lines] : lines;
}
