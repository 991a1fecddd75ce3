import type { Location } from '../../../broker/contract/device.ts';
import { reasonBits } from '../../../broker/contract/quality.ts';
import type { RawColumns } from '../../../broker/contract/series.ts';
import { slotOf } from '../roll-up.ts';
import { noVerdict } from './arrival.ts';
import { medianAndDeviation } from './median.ts';
import { qualityRuleSet } from './rule-set.ts';

/**
 * An hourly value against those of its neighbours: farther from their median than three scaled median absolute
 * deviations, half of the median, and the floor. With fewer neighbours than three nothing is said.
 */
export function judgeNeighbours(value: number, others: readonly number[], floor: number): number {
  const { countMin, deviations, share } = qualityRuleSet.neighbours;
  if (others.length < countMin) return noVerdict;
  const { median, deviation } = medianAndDeviation(Float64Array.from(others));
  const limit = Math.max(deviations * deviation, share * Math.abs(median), floor);
  return Math.abs(value - median) > limit ? reasonBits.neighbours : 0;
}

const hourMs = 3_600_000;

/**
 * Value of the UTC hour that begins at `start`: the mean of its interval means, of samples that are not bad.
 * Undefined when they cover too little of it.
 */
export function hourValue(
  { at, value, flag }: Pick<RawColumns, 'at' | 'value' | 'flag'>,
  start: number,
  intervalMs: number,
): number | undefined {
  const slots = new Map<number, { sum: number; count: number }>();
  at.forEach((instant, index) => {
    if (instant < start || instant >= start + hourMs || flag[index] === 4) return;
    const key = slotOf(instant, intervalMs);
    const slot = slots.get(key) ?? { sum: 0, count: 0 };
    slot.sum += value[index] as number;
    slot.count++;
    slots.set(key, slot);
  });
  if ((slots.size * intervalMs) / hourMs < qualityRuleSet.hourCaptureMin) return undefined;
  let sum = 0;
  for (const slot of slots.values()) sum += slot.sum / slot.count;
  return sum / slots.size;
}

export interface Placed {
  name: string;
  location: Location;
}

/** Places within the radius of each, the nearest first and of these `countMax` at the most. */
export type Neighbourhood = (of: Placed) => string[];

const degreesPerCell = 0.01;
const metresPerDegree = 111_195;

/** Finds neighbours through a grid: a city's worth of places is not compared pair by pair. */
export function neighbourhoodOf(places: Iterable<Placed>): Neighbourhood {
  const cells = new Map<string, Placed[]>();
  for (const place of places) {
    const key = cellKey(rowOf(place.location.lat), columnOf(place.location.lon));
    const cell = cells.get(key);
    if (cell) cell.push(place);
    else cells.set(key, [place]);
  }
  return (of) => nearest(cells, of);
}

function nearest(cells: ReadonlyMap<string, readonly Placed[]>, of: Placed): string[] {
  const { radiusM, countMax } = qualityRuleSet.neighbours;
  const cellHeightM = degreesPerCell * metresPerDegree;
  const cellWidthM = cellHeightM * Math.max(0.01, Math.cos((of.location.lat * Math.PI) / 180));
  const reach = Math.ceil(radiusM / Math.min(cellHeightM, cellWidthM));
  const found: { name: string; metres: number }[] = [];
  for (let ring = 0; ring <= reach; ring++) {
    // All places of nearer rings than this are known: what is farther cannot be among the nearest.
    const knownM = (ring - 1) * Math.min(cellHeightM, cellWidthM);
    if (found.filter(({ metres }) => metres <= knownM).length >= countMax) break;
    for (const key of ringKeys(of.location, ring)) {
      for (const { name, location } of cells.get(key) ?? []) {
        const metres = distanceM(of.location, location);
        if (name !== of.name && metres <= radiusM) found.push({ name, metres });
      }
    }
  }
  found.sort((a, b) => a.metres - b.metres || (a.name < b.name ? -1 : 1));
  return found.slice(0, countMax).map(({ name }) => name);
}

function ringKeys({ lat, lon }: Location, ring: number): string[] {
  const [row, column] = [rowOf(lat), columnOf(lon)];
  const keys: string[] = [];
  for (let north = -ring; north <= ring; north++) {
    const isEdge = Math.abs(north) === ring;
    for (let east = -ring; east <= ring; east += isEdge ? 1 : Math.max(1, 2 * ring))
      keys.push(cellKey(row + north, column + east));
  }
  return keys;
}

const rowOf = (lat: number): number => Math.floor(lat / degreesPerCell);
const columnOf = (lon: number): number => Math.floor(lon / degreesPerCell);
const cellKey = (row: number, column: number): string => `${row} ${column}`;

/** Great-circle distance (haversine) in metres. */
export function distanceM(a: Location, b: Location): number {
  const radians = Math.PI / 180;
  const lat = Math.sin(((b.lat - a.lat) * radians) / 2);
  const lon = Math.sin(((b.lon - a.lon) * radians) / 2);
  const chord = lat ** 2 + Math.cos(a.lat * radians) * Math.cos(b.lat * radians) * lon ** 2;
  return 2 * 6_371_000 * Math.asin(Math.min(1, Math.sqrt(chord)));
}
