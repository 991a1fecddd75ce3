import type { DeviceKey } from '../../../broker/contract/ids.ts';
import type { CabinetRow, LampRow, LampState } from '../../../broker/contract/lighting.ts';
import type { Row } from '../state/row.ts';
import type { SortValues } from '../state/sorting.ts';
import { isFault, lampStates, rankOf } from './lamp-states.ts';

/** A lamp as it is listed. */
export interface Lamp extends LampRow {
  name: string;
  district: string | undefined;
}

/** Lamps with their names, worst state first, of the same the longest first, then by name. */
export function lampsOf(
  rows: readonly LampRow[],
  rowOf: (key: DeviceKey) => Pick<Row, 'name' | 'device'> | undefined,
): Lamp[] {
  const named = rows.map((row) => {
    const known = rowOf(row.device);
    return { ...row, name: known?.name ?? row.device, district: known?.device.district };
  });
  return named.sort(
    (a, b) =>
      rankOf(a.state) - rankOf(b.state) ||
      (a.sinceAt ?? Number.POSITIVE_INFINITY) - (b.sinceAt ?? Number.POSITIVE_INFINITY) ||
      names.compare(a.name, b.name),
  );
}

const names = new Intl.Collator(undefined, { numeric: true });

/** `faults`: whatever somebody has to look after. */
export type StateFilter = LampState | 'faults';

export function stateFilterOf(text: string | undefined): StateFilter | undefined {
  return text === 'faults' ? 'faults' : lampStates.find((state) => state === text);
}

interface Filter {
  state?: StateFilter | undefined;
  cabinet?: string | undefined;
  q?: string;
}

export function filterLamps(lamps: readonly Lamp[], { state, cabinet, q = '' }: Filter): Lamp[] {
  const text = q.trim().toLowerCase();
  const hasState = (lamp: Lamp): boolean =>
    state === undefined || (state === 'faults' ? isFault(lamp.state) : lamp.state === state);
  return lamps.filter(
    (lamp) =>
      hasState(lamp) &&
      (cabinet === undefined || lamp.cabinet === cabinet) &&
      `${lamp.name} ${lamp.device} ${lamp.district ?? ''}`.toLowerCase().includes(text),
  );
}

export type LampColumn =
  | 'lamp'
  | 'cabinet'
  | 'state'
  | 'power'
  | 'dim'
  | 'lit'
  | 'energy'
  | 'hours';

export const lampSort: SortValues<LampColumn, Lamp> = {
  lamp: ({ name }) => name,
  cabinet: ({ cabinet }) => cabinet ?? null,
  // As a figure the worst is the largest: it comes first when sorted downwards, as everywhere.
  state: ({ state }) => -rankOf(state),
  power: ({ powerW }) => powerW,
  dim: ({ dimLevelPercent }) => dimLevelPercent,
  lit: ({ litMs }) => litMs,
  energy: ({ energyKwh }) => energyKwh,
  hours: ({ operatingHoursH }) => operatingHoursH,
};

export const lampColumns = Object.keys(lampSort) as LampColumn[];

/** How many lamps of a cabinet somebody has to look after. */
export function faultsOf({ states }: Pick<CabinetRow, 'states'>): number {
  return lampStates.reduce((sum, state) => sum + (isFault(state) ? (states[state] ?? 0) : 0), 0);
}

/** Without supply before all, then by the share of lamps with a fault, then by that of silent ones. */
export function worstCabinetsFirst(cabinets: readonly CabinetRow[]): CabinetRow[] {
  const share = (count: number, { lamps }: CabinetRow): number => (lamps > 0 ? count / lamps : 0);
  const silent = (cabinet: CabinetRow): number => share(cabinet.states.unknown ?? 0, cabinet);
  return [...cabinets].sort(
    (a, b) =>
      Number(b.hasSupply === false) - Number(a.hasSupply === false) ||
      share(faultsOf(b), b) - share(faultsOf(a), a) ||
      silent(b) - silent(a) ||
      names.compare(a.cabinet, b.cabinet),
  );
}

export type CabinetColumn =
  | 'cabinet'
  | 'lamps'
  | 'faults'
  | 'unknown'
  | 'supply'
  | 'power'
  | 'energy';

export const cabinetSort: SortValues<CabinetColumn, CabinetRow> = {
  cabinet: ({ cabinet }) => cabinet,
  lamps: ({ lamps }) => lamps,
  faults: faultsOf,
  unknown: ({ states }) => states.unknown ?? 0,
  supply: ({ hasSupply }) => (hasSupply === null ? null : Number(!hasSupply)),
  power: ({ powerW }) => powerW,
  // Of no lamp known is not none used.
  energy: ({ energyKwh, energyLamps }) => (energyLamps === 0 ? null : energyKwh),
};

export const cabinetColumns = Object.keys(cabinetSort) as CabinetColumn[];
