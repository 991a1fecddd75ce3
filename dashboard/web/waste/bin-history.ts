import type { ContainerEvent, ContainerHistory } from '../../../broker/contract/waste.ts';
import type { ChartEvent, FittedLine } from '../chart/draw-events.ts';

/** What is drawn of the history of a container. */
export type BinHistory = Pick<ContainerHistory, 'events' | 'line'>;

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
