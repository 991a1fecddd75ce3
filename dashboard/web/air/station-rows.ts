import type {
  AirIndex,
  CityIndex,
  IndexCategory,
  IndexPollutant,
  StationIndex,
} from '../../../broker/contract/air.ts';
import type { DeviceKey } from '../../../broker/contract/ids.ts';
import { cityIndex } from '../../../ingest/domain/air/city-index.ts';
import type { Row } from '../state/row.ts';
import type { SortValues } from '../state/sorting.ts';

/** A station with its index of one hour, and where it stands. */
export interface StationRow {
  key: DeviceKey;
  name: string;
  district: string | undefined;
  station: StationIndex;
  index: AirIndex;
}

/** Reference and equivalent stations, and all others: two things that are never counted as one. */
export interface Stations {
  reference: StationRow[];
  indicative: StationRow[];
  /** Without an index in this hour. */
  silent: StationRow[];
}

/** Divides stations into those that report, worst first, and those that do not. */
export function stationsOf(
  stations: readonly StationIndex[],
  rowOf: (key: DeviceKey) => Pick<Row, 'name' | 'device'> | undefined,
): Stations {
  const found: Stations = { reference: [], indicative: [], silent: [] };
  for (const station of stations) {
    const known = rowOf(station.device);
    const row: StationRow = {
      key: station.device,
      name: known?.name ?? station.name ?? station.device,
      district: known?.device.district,
      station,
      index: station.index,
    };
    if (station.index.level === null) found.silent.push(row);
    else found[station.index.indicative ? 'indicative' : 'reference'].push(row);
  }
  for (const rows of Object.values(found)) rows.sort(worstFirst);
  return found;
}

/** By level, then score; between equals by name. */
export function worstFirst(a: StationRow, b: StationRow): number {
  return (
    (b.index.level ?? 0) - (a.index.level ?? 0) ||
    (b.index.score ?? 0) - (a.index.score ?? 0) ||
    (a.name < b.name ? -1 : 1)
  );
}

/** The worst of some stations, of those that report; and how many there are with those that do not. */
export function worstOf(rows: readonly StationRow[]): CityIndex {
  return cityIndex(rows.map(({ station }) => station));
}

/** A district is as bad as its worst reporting station, separately for the two kinds. */
export interface DistrictRow {
  /** Undefined: stations of which no district is known. */
  district: string | undefined;
  reference: CityIndex;
  indicative: CityIndex;
  level: number;
  score: number;
}

/**
 * Districts, worst first: by their reference stations where there are such, since a maker's sensor does not
 * outweigh them; then by the others.
 */
export function districtsOf({ reference, indicative, silent }: Stations): DistrictRow[] {
  const isReference = ({ index }: StationRow): boolean => !index.indicative;
  const all = [...reference, ...indicative, ...silent];
  const byDistrict = new Map<string | undefined, StationRow[]>();
  for (const row of all) {
    const rows = byDistrict.get(row.district) ?? [];
    rows.push(row);
    byDistrict.set(row.district, rows);
  }
  return [...byDistrict]
    .map(([district, rows]): DistrictRow => {
      const ofReference = worstOf(rows.filter(isReference));
      const ofOthers = worstOf(rows.filter((row) => !isReference(row)));
      const decides = ofReference.level === null ? ofOthers : ofReference;
      const worst = rows.find(({ key }) => key === decides.worst);
      return {
        district,
        reference: ofReference,
        indicative: ofOthers,
        level: decides.level ?? 0,
        score: worst?.index.score ?? 0,
      };
    })
    .sort(
      (a, b) =>
        b.level - a.level ||
        b.score - a.score ||
        Number(a.district === undefined) - Number(b.district === undefined) ||
        ((a.district ?? '') < (b.district ?? '') ? -1 : 1),
    );
}

/** How many stations are at each level, worst first. */
export interface LevelCount {
  level: number;
  category: IndexCategory;
  count: number;
}

export function levelCountsOf(rows: readonly StationRow[]): LevelCount[] {
  const counts = new Map<number, LevelCount>();
  for (const { index } of rows) {
    if (index.level === null || index.category === null) continue;
    const found = counts.get(index.level) ?? {
      level: index.level,
      category: index.category,
      count: 0,
    };
    counts.set(index.level, { ...found, count: found.count + 1 });
  }
  return [...counts.values()].sort((a, b) => b.level - a.level);
}

/** Why a station has no index in an hour. */
export type WhySilent = 'offline' | 'never' | 'no-pollutant' | 'too-little';

export function whySilent(
  row: Pick<Row, 'status' | 'device'> | undefined,
  pollutants: readonly IndexPollutant[],
): WhySilent {
  if (!row) return 'too-little';
  if (row.status === 'never') return 'never';
  if (!pollutants.some((pollutant) => row.device.metrics.includes(pollutant))) {
    return 'no-pollutant';
  }
  return row.status === 'offline' ? 'offline' : 'too-little';
}

export type StationColumn = 'station' | 'index' | 'driver' | IndexPollutant;

const meanOf =
  (pollutant: IndexPollutant) =>
  ({ index }: StationRow): number | null =>
    index.subIndices.find((sub) => sub.pollutant === pollutant)?.value ?? null;

export const stationSort: SortValues<StationColumn, StationRow> = {
  station: ({ name }) => name,
  index: ({ index }) => index.score,
  driver: ({ index }) => index.driver,
  pm2_5: meanOf('pm2_5'),
  pm10: meanOf('pm10'),
  no2: meanOf('no2'),
  o3: meanOf('o3'),
  so2: meanOf('so2'),
};

export const stationColumns = Object.keys(stationSort) as StationColumn[];
