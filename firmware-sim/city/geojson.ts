import type { City } from '../city.ts';
import { createCity } from '../city.ts';
import type { Point } from './geometry.ts';

export type MapRole = 'district' | 'water' | 'park' | 'road';

/** A feature of the base map. Roads carry a `level`: 1 wide, 2 narrow. */
export interface MapFeature {
  type: 'Feature';
  properties: { role: MapRole; name: string; level?: 1 | 2 };
  geometry:
    | { type: 'Polygon'; coordinates: Point[][] }
    | { type: 'LineString'; coordinates: Point[] };
}

/** GeoJSON (RFC 7946) in drawing order: districts, parks, water, narrow roads, wide roads. */
export interface CityMap {
  type: 'FeatureCollection';
  name: string;
  features: MapFeature[];
}

/** The base map of the city that a seed gives: deterministic, free of any licence. */
export function cityGeoJson(seed: string): CityMap {
  return mapOf(createCity(seed));
}

/** The base map of a city that was drawn before. */
export function mapOf(city: City): CityMap {
  return {
    type: 'FeatureCollection',
    name: city.name,
    features: [
      ...city.districts.map((district) => area('district', district)),
      ...city.parks.map((park) => area('park', park)),
      ...city.waters.map((water) => area('water', water)),
      ...city.roads
        .toSorted((a, b) => b.level - a.level)
        .map(
          ({ name, level, line }): MapFeature => ({
            type: 'Feature',
            properties: { role: 'road', name, level },
            geometry: { type: 'LineString', coordinates: [...line] },
          }),
        ),
    ],
  };
}

function area(role: MapRole, { name, ring }: { name: string; ring: readonly Point[] }): MapFeature {
  const [first] = ring;
  const closed = first ? [...ring, first] : [];
  return {
    type: 'Feature',
    properties: { role, name },
    geometry: { type: 'Polygon', coordinates: [counterClockwise(closed)] },
  };
}

/** Exterior rings run counter-clockwise (RFC 7946 section 3.1.6). */
function counterClockwise(ring: Point[]): Point[] {
  const twiceArea = ring.reduce((sum, [x, y], index) => {
    const [nextX, nextY] = ring[index + 1] ?? [x, y];
    return sum + (x * nextY - nextX * y);
  }, 0);
  return twiceArea < 0 ? ring.toReversed() : ring;
}
