import type { Container } from '../../../broker/contract/waste.ts';
import { elevatedAbove } from '../../../ingest/domain/finding.ts';
import { containerParameters } from '../../../ingest/domain/waste/rule-set.ts';

/** True when this one value is above what is elevated. */
export function isElevated(metric: string, value: number): boolean {
  return elevatedAbove.some(([name, limit]) => name === metric && value > limit);
}

/** A line to draw across a chart. */
export interface LimitLine {
  value: number;
  level: 'early' | 'abnormal';
}

/** Limit lines of a metric; `early` is what one goes by before it is urgent. */
export function limitLines(metric: string, container?: Container): readonly LimitLine[] {
  if (metric === 'fill_level') {
    const { collectAtPercent, urgentAtPercent } = containerParameters(container);
    return [
      { value: collectAtPercent, level: 'early' },
      { value: urgentAtPercent, level: 'abnormal' },
    ];
  }
  return elevatedAbove
    .filter(([name]) => name === metric)
    .map(([, value]) => ({ value, level: 'abnormal' }));
}
