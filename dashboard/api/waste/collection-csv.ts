import type { Collection, CollectionStop } from '../../../broker/contract/waste.ts';
import { csvRow } from '../csv.ts';

const columns = [
  'order',
  'stream',
  'device',
  'name',
  'district',
  'lat',
  'lon',
  'state',
  'fill_percent',
  'fill_at',
  'hours_to_collection',
  'hours_to_full_earliest',
  'capacity_l',
  'emptied_at',
  'late',
  'reported',
  'reported_at',
  'note',
] as const;

/** The list as a crew takes it along: a row per stop in the order of driving, those without data after them. */
export function* collectionCsv({ streams }: Collection): Generator<string> {
  yield csvRow(columns);
  for (const { stops, noData } of streams) {
    for (const [index, stop] of stops.entries()) yield csvRow(cellsOf(stop, index + 1));
    for (const stop of noData) yield csvRow(cellsOf(stop, undefined));
  }
}

function cellsOf(stop: CollectionStop, order: number | undefined): (string | number | undefined)[] {
  const { reported } = stop;
  return [
    order,
    stop.stream,
    stop.device,
    stop.name,
    stop.district,
    stop.location?.lat,
    stop.location?.lon,
    stop.state,
    rounded(stop.fillPercent),
    instant(stop.fillAt),
    rounded(stop.toCollect?.hours),
    rounded(stop.toFull?.earliestHours),
    stop.capacityL ?? undefined,
    instant(stop.emptiedAt),
    stop.isLate ? 1 : 0,
    reported?.result,
    instant(reported?.at),
    reported?.note,
  ];
}

function rounded(value: number | null | undefined): number | undefined {
  return value == null ? undefined : Math.round(value * 10) / 10;
}

function instant(at: number | null | undefined): string | undefined {
  return at == null ? undefined : new Date(at).toISOString();
}
