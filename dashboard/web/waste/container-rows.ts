import type { DeviceKey } from '../../../broker/contract/ids.ts';
import type {
  ContainerEvent,
  ContainerRow,
  ContainerState,
  WasteStream,
} from '../../../broker/contract/waste.ts';
import type { Row } from '../state/row.ts';
import type { SortValues } from '../state/sorting.ts';
import { containerStates, rankOf, wasteStreams } from './container-states.ts';

/** A container as it is listed. */
export interface Bin extends ContainerRow {
  name: string;
  district: string | undefined;
}

/**
 * Containers with their names: worst state first, then who reaches the collection level first, then the fuller, then
 * by name.
 */
export function binsOf(
  rows: readonly ContainerRow[],
  rowOf: (key: DeviceKey) => Pick<Row, 'name' | 'device'> | undefined,
): Bin[] {
  const named = rows.map((row) => {
    const known = rowOf(row.device);
    return { ...row, name: known?.name ?? row.device, district: known?.device.district };
  });
  const hours = ({ toCollect }: Bin): number => toCollect?.hours ?? Number.MAX_VALUE;
  return named.sort(
    (a, b) =>
      rankOf(a.state) - rankOf(b.state) ||
      hours(a) - hours(b) ||
      (b.fillPercent ?? -1) - (a.fillPercent ?? -1) ||
      names.compare(a.name, b.name),
  );
}

const names = new Intl.Collator(undefined, { numeric: true });

export function containerStateOf(text: string | undefined): ContainerState | undefined {
  return containerStates.find((state) => state === text);
}

export function streamOf(text: string | undefined): WasteStream | undefined {
  return wasteStreams.find((stream) => stream === text);
}

interface Filter {
  state?: ContainerState | undefined;
  stream?: WasteStream | undefined;
  q?: string;
}

export function filterBins(bins: readonly Bin[], { state, stream, q = '' }: Filter): Bin[] {
  const text = q.trim().toLowerCase();
  return bins.filter(
    (bin) =>
      (state === undefined || bin.state === state) &&
      (stream === undefined || bin.stream === stream) &&
      `${bin.name} ${bin.device} ${bin.district ?? ''}`.toLowerCase().includes(text),
  );
}

export type BinColumn = 'bin' | 'stream' | 'state' | 'fill' | 'rate' | 'full' | 'emptied';

export const binSort: SortValues<BinColumn, Bin> = {
  bin: ({ name }) => name,
  stream: ({ stream }) => wasteStreams.indexOf(stream),
  // As a figure the worst is the largest: it comes first when sorted downwards, as everywhere.
  state: ({ state }) => -rankOf(state),
  fill: ({ fillPercent }) => fillPercent,
  rate: ({ ratePercentPerDay }) => ratePercentPerDay,
  full: ({ toFull }) => toFull?.hours ?? null,
  emptied: ({ emptiedAt }) => emptiedAt,
};

export const binColumns = Object.keys(binSort) as BinColumn[];

/** A line of the collection list under the name of its stream. */
export interface BinEvent {
  bin: Bin;
  at: number;
  event: ContainerEvent['event'];
}

/** What happened in the city, newest first: of each container its last emptying, and what came after or beside it. */
export function cityEvents(bins: readonly Bin[], countMax: number): BinEvent[] {
  return bins
    .flatMap((bin): BinEvent[] => {
      const { emptiedAt, newestEvent } = bin;
      const emptied = emptiedAt === null ? [] : [{ bin, at: emptiedAt, event: 'emptied' as const }];
      const isOther = newestEvent !== null && newestEvent.event !== 'emptied';
      return isOther
        ? [...emptied, { bin, at: newestEvent.at, event: newestEvent.event }]
        : emptied;
    })
    .sort((a, b) => b.at - a.at)
    .slice(0, countMax);
}
