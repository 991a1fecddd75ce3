import type { Location } from '../broker/contract/device.ts';
import { drawDistricts } from './city/districts.ts';
import type { Point } from './city/geometry.ts';
import { contains, densify, densifyRing } from './city/geometry.ts';
import { drawLake, drawParks, drawRiver } from './city/green-and-water.ts';
import type { Names } from './city/names.ts';
import { drawNames } from './city/names.ts';
import type { PlainRoad } from './city/roads.ts';
import { drawMainRoads, drawStreets } from './city/roads.ts';
import type { Random } from './random.ts';
import { createRandom, seedOf } from './random.ts';

/** A ring or line of `[lon, lat]` in degrees; rings are open (first point not repeated). */
export type Path = readonly Point[];

export interface District {
  name: string;
  ring: Path;
}

export interface Road {
  name: string;
  level: 1 | 2;
  line: Path;
}

/** A spot beside a road where a device may stand. */
export interface Spot {
  /** `[lon, lat]` */
  at: Point;
  road: Road;
  district: District;
}

/** An invented city: the ground that devices stand on, and the demo's base map. */
export interface City {
  name: string;
  center: Location;
  districts: District[];
  waters: { name: string; ring: Path }[];
  parks: { name: string; ring: Path }[];
  roads: Road[];
  spots: Spot[];
}

const defaultCenter: Location = { lat: 48.4, lon: 9.99 };

/**
 * Draws a city from a seed; the same seed and centre give the same city.
 *
 * It is drawn on a plane where the river is straight and the borders are lines, which keeps cutting simple
 * and districts tiling; then the whole plane is bent by a smooth one-to-one map, so that nothing overlaps
 * that did not before.
 */
export function createCity(seed: string, center: Location = defaultCenter): City {
  const random = createRandom(seedOf(`city ${seed}`));
  const names = drawNames(random);
  const plains = drawDistricts(random);
  const mainRoads = drawMainRoads(random);
  const parks = drawParks(random, plains, mainRoads);
  const lake = drawLake(random, parks);
  const place = placer(random, center);
  const districts = plains.map(({ ring }) => ({
    name: names.district(),
    ring: densifyRing(ring, bendStepM).map(place),
  }));
  const roads = mainRoads.map((road) => named(road, names.mainStreet(), place));
  plains.forEach((plain, index) => {
    for (const road of drawStreets(random, plain, parks, index === 0)) {
      roads.push(named(road, names.street(), place));
    }
  });
  return {
    name: names.city,
    center,
    districts,
    waters: waters(names, drawRiver(random), lake, place),
    parks: parks.map((ring) => ({ name: names.park(), ring: ring.map(place) })),
    roads,
    spots: spotsOf(roads, districts, center),
  };
}

/** Curves are drawn with points this far apart. */
const bendStepM = 80;
/** Candidate spots along a road. */
const spotStepM = 45;

type Place = (p: Point) => Point;

/** Bends the plane and puts it on the globe. */
function placer(random: Random, center: Location): Place {
  const bend = bender(random);
  return (p) => {
    const [x, y] = bend(p);
    return [
      rounded(center.lon + x / metresPerLon(center)),
      rounded(center.lat + y / metresPerDegree),
    ];
  };
}

/**
 * (x, y) -> (x + f(y), y + g(x)) is one-to-one as long as |f'·g'| < 1; here it stays below 0.15.
 */
function bender(random: Random): Place {
  const [a, b, c, d] = [0, 0, 0, 0].map(() => random.between(0, 2 * Math.PI));
  const wave = (t: number, length: number, phase = 0) => Math.sin(t / length + phase);
  return ([x, y]) => [
    x + 260 * wave(y, 1_500, a) + 90 * wave(y, 640, b),
    y + 420 * wave(x, 1_900, c) + 120 * wave(x, 800, d),
  ];
}

const metresPerDegree = 111_195;

function metresPerLon(center: Location): number {
  return metresPerDegree * Math.cos((center.lat * Math.PI) / 180);
}

/** Five digits are one metre; borders that touch round to the same points. */
function rounded(degrees: number): number {
  return Math.round(degrees * 1e5) / 1e5;
}

function named({ level, line }: PlainRoad, name: string, place: Place): Road {
  return { name, level, line: densify(line, bendStepM).map(place) };
}

function waters(names: Names, river: Point[], lake: Point[], place: Place): City['waters'] {
  const all = [{ name: names.river, ring: river.map(place) }];
  if (lake.length > 0) all.push({ name: `${names.river}see`, ring: lake.map(place) });
  return all;
}

/** Spots on every road, where it runs through a district. */
function spotsOf(roads: readonly Road[], districts: readonly District[], center: Location): Spot[] {
  const step = spotStepM / metresPerDegree;
  const squeeze = Math.cos((center.lat * Math.PI) / 180);
  const find = districtFinder(districts);
  return roads.flatMap((road) => {
    const even = road.line.map(([lon, lat]): Point => [lon * squeeze, lat]);
    return densify(even, step).flatMap(([x, lat]) => {
      const at: Point = [x / squeeze, lat];
      const district = find(at);
      return district ? [{ at, road, district }] : [];
    });
  });
}

/** Which district holds a point; neighbouring points are nearly always in the same one, so it is asked first. */
function districtFinder(districts: readonly District[]): (p: Point) => District | undefined {
  let latest: District | undefined;
  return (p) => {
    if (!latest || !contains(latest.ring, p)) {
      latest = districts.find(({ ring }) => contains(ring, p));
    }
    return latest;
  };
}
