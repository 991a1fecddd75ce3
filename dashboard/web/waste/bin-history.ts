import type { ContainerEvent } from '../../../broker/contract/waste.ts';
import type { ChartEvent, FittedLine } from '../chart/draw-events.ts';

/** What is drawn of `GET /api/v1/devices/<provider>/<device>/waste`. */
export interface BinHistory {
  /** Oldest first. */
  events: readonly ContainerEvent[];
  line: { from: number; fromPercent: number; to: number; toPercent: number } | null;
}

/** The fitted line as the chart takes it. */
export function fittedLine({ line }: BinHistory): FittedLine | undefined {
  return line
    ? {
        from: { at: line.from, value: line.fromPercent },
        to: { at: line.to, value: line.toPercent },
      }
    : undefined;
}

/** What happened, as marks on the chart. */
export function chartEvents(
  { events }: BinHistory,
  words: Readonly<Record<ContainerEvent['event'], string>>,
): ChartEvent[] {
  return events.map(({ at, event }) => ({ at, label: words[event] }));
}

/** The newest events first, at most so many. */
export function newestEvents({ events }: BinHistory, countMax: number): ContainerEvent[] {
  return events.slice(-countMax).reverse();
}
