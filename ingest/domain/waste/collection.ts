import type { ContainerRow, WasteStream } from '../../../broker/contract/waste.ts';

/** The stops of one stream, in the order that they should be driven to, and those that nothing is known of. */
export interface StreamStops<Row extends ContainerRow> {
  stream: WasteStream;
  stops: Row[];
  noData: Row[];
}

/**
 * What to collect now or within a horizon, by stream: first what reaches its level first, then what may overflow
 * first, then what is fuller. Containers without data stand apart: nobody knows whether they need it.
 */
export function collectionList<Row extends ContainerRow>(
  rows: readonly Row[],
  { horizonHours }: { horizonHours: number },
): StreamStops<Row>[] {
  const streams = new Map<WasteStream, StreamStops<Row>>();
  for (const row of rows) {
    const isDue = hoursToCollection(row) <= horizonHours;
    if (!isDue && row.fillPercent !== null) continue;
    const of = streams.get(row.stream) ?? { stream: row.stream, stops: [], noData: [] };
    streams.set(row.stream, of);
    if (isDue) of.stops.push(row);
    else of.noData.push(row);
  }
  for (const { stops, noData } of streams.values()) {
    stops.sort(byUrgency);
    noData.sort(byKey);
  }
  return [...streams.values()].sort((a, b) => (a.stream < b.stream ? -1 : 1));
}

/** 0 for what is due or late; infinite where there is no forecast. */
function hoursToCollection({ toCollect, isLate }: ContainerRow): number {
  return isLate ? 0 : (toCollect?.hours ?? Number.POSITIVE_INFINITY);
}

function byUrgency(a: ContainerRow, b: ContainerRow): number {
  return (
    hoursToCollection(a) - hoursToCollection(b) ||
    risk(a) - risk(b) ||
    (b.fillPercent ?? 0) - (a.fillPercent ?? 0) ||
    byKey(a, b)
  );
}

/** When it may overflow, at the earliest; what does not fill comes last. */
function risk({ toFull }: ContainerRow): number {
  return toFull?.earliestHours ?? Number.MAX_VALUE;
}

function byKey(a: ContainerRow, b: ContainerRow): number {
  return a.device < b.device ? -1 : 1;
}
