import type { Random } from '../random.ts';
import type { PlainDistrict } from './districts.ts';
import { bankM } from './districts.ts';
import type { Point } from './geometry.ts';
import { blob, contains, densify } from './geometry.ts';
import type { PlainRoad } from './roads.ts';

/** Half of the river's mean width; well within {@link bankM}. */
const riverHalfWidthM = 62;
/** The river leaves the map on both sides. */
const riverReachM = 9_000;

/** The river as a ring along y = 0, with banks that swell and narrow. */
export function drawRiver(random: Random): Point[] {
  const phase = random.between(0, 6);
  const width = (x: number, bank: number) =>
    riverHalfWidthM *
    (1 + 0.22 * Math.sin(x / 900 + phase + bank) + 0.1 * Math.sin(x / 310 + bank));
  const xs = Array.from({ length: 181 }, (_, index) => -riverReachM + index * 100);
  const northBank = xs.map((x): Point => [x, width(x, 0)]);
  const southBank = xs.map((x): Point => [x, -width(x, 2)]).reverse();
  return [...northBank, ...southBank];
}

/**
 * One park along the river and one or two in each outer district, where they fit: within the district,
 * off the river and off the main roads. A place that does not fit is drawn anew a few times, then given up.
 */
export function drawParks(
  random: Random,
  districts: readonly PlainDistrict[],
  mainRoads: readonly PlainRoad[],
): Point[][] {
  const busy = mainRoads.flatMap(({ line }) => densify(line, 60));
  const parks = [riverside(random)];
  for (const district of districts.slice(1)) {
    const wanted = 1 + random.index(2);
    for (let tries = 0, found = 0; tries < parkTriesMax && found < wanted; tries++) {
      const park = drawPark(random, district);
      const taken = [...busy, ...parks.flat()];
      const fits = park.every((p) => contains(district.ring, p) && Math.abs(p[1]) > bankM);
      if (!fits || taken.some((p) => contains(park, p))) continue;
      parks.push(park);
      found += 1;
    }
  }
  return parks;
}

const parkTriesMax = 12;

function drawPark(random: Random, { center }: PlainDistrict): Point[] {
  const angle = random.between(0, 2 * Math.PI);
  const offset = random.between(100, 1_100);
  const radius = random.between(150, 430);
  return rough(
    random,
    [center[0] + offset * Math.cos(angle), center[1] + offset * Math.sin(angle)],
    [radius, radius * random.between(0.6, 1)],
  );
}

/** A lake in the largest park. */
export function drawLake(random: Random, parks: readonly Point[][]): Point[] {
  const largest = parks.slice(1).reduce<Point[]>((a, b) => (widthOf(b) > widthOf(a) ? b : a), []);
  const xs = largest.map(([x]) => x);
  const ys = largest.map(([, y]) => y);
  const middle: Point = [
    (Math.min(...xs) + Math.max(...xs)) / 2,
    (Math.min(...ys) + Math.max(...ys)) / 2,
  ];
  const width = widthOf(largest);
  return largest.length === 0 ? [] : rough(random, middle, [width * 0.22, width * 0.13]);
}

function riverside(random: Random): Point[] {
  const x = (random.next() < 0.5 ? 1 : -1) * random.between(1_500, 2_300);
  return rough(random, [x, 270], [620, 125]);
}

function rough(random: Random, middle: Point, radius: Point): Point[] {
  const phase = random.between(0, 6);
  return blob(
    middle,
    radius,
    28,
    (angle) => 0.1 * Math.sin(2 * angle + phase) + 0.08 * Math.sin(5 * angle - phase),
  );
}

function widthOf(ring: readonly Point[]): number {
  if (ring.length === 0) return 0;
  const xs = ring.map(([x]) => x);
  return Math.max(...xs) - Math.min(...xs);
}
