import { describe, expect, it } from 'vitest';
import { cityGeoJson, mapOf } from '../../firmware-sim/city/geojson.ts';
import { contains } from '../../firmware-sim/city/geometry.ts';
import { createCity } from '../../firmware-sim/city.ts';
import { createRandom } from '../../firmware-sim/random.ts';

const seeds = ['demo', 'a', 'b', 'c', 'd'];

describe('createCity', () => {
  it('draws the same city for the same seed and another one for another seed', () => {
    expect(createCity('demo')).toEqual(createCity('demo'));
    expect(createCity('demo').districts).not.toEqual(createCity('other').districts);
  });

  it.each(seeds)('draws 8 to 10 districts with distinct names (%s)', (seed) => {
    const { districts } = createCity(seed);
    expect(districts.length).toBeGreaterThanOrEqual(8);
    expect(districts.length).toBeLessThanOrEqual(10);
    expect(new Set(districts.map(({ name }) => name)).size).toBe(districts.length);
  });

  it.each(seeds)(
    'tiles the city: no point lies in two districts, and none between them (%s)',
    (seed) => {
      const { districts, center } = createCity(seed);
      const random = createRandom(7);
      for (let n = 0; n < 4000; n++) {
        const p = [
          center.lon + random.between(-0.07, 0.07),
          center.lat + random.between(-0.045, 0.045),
        ];
        const inside = districts.filter(({ ring }) =>
          contains(ring, [p[0] ?? 0, p[1] ?? 0]),
        ).length;
        expect(inside).toBeLessThanOrEqual(1);
      }
      // Around the middle of the city there is no gap.
      for (let n = 0; n < 2000; n++) {
        const [lon, lat] = [
          center.lon + random.between(-0.02, 0.02),
          center.lat + random.between(-0.012, 0.012),
        ];
        expect(districts.filter(({ ring }) => contains(ring, [lon, lat]))).toHaveLength(1);
      }
    },
  );

  it('keeps spots inside their district and off the water', () => {
    const { spots, waters } = createCity('demo');
    expect(spots.length).toBeGreaterThan(1500);
    expect(spots.every(({ at, district }) => contains(district.ring, at))).toBe(true);
    const wet = spots.filter(
      ({ at, road }) => road.level === 2 && waters.some(({ ring }) => contains(ring, at)),
    );
    expect(wet).toEqual([]);
  });
});

describe('cityGeoJson', () => {
  it('gives districts, parks, water and roads of two levels, each with a name', () => {
    const map = cityGeoJson('demo');
    const roles = new Set(map.features.map(({ properties }) => properties.role));
    expect(roles).toEqual(new Set(['district', 'park', 'water', 'road']));
    expect(map.features.every(({ properties }) => properties.name !== '')).toBe(true);
    const levels = map.features.flatMap(({ properties }) => properties.level ?? []);
    expect(new Set(levels)).toEqual(new Set([1, 2]));
  });

  it('closes its rings and turns them counter-clockwise (RFC 7946)', () => {
    for (const { geometry } of mapOf(createCity('a')).features) {
      if (geometry.type !== 'Polygon') continue;
      const [ring = []] = geometry.coordinates;
      expect(ring.at(-1)).toEqual(ring[0]);
      const area = ring.reduce((sum, [x, y], i) => {
        const [nx, ny] = ring[i + 1] ?? [x, y];
        return sum + (x - 9.99) * (ny - 48.4) - (nx - 9.99) * (y - 48.4);
      }, 0);
      expect(area).toBeGreaterThan(0);
    }
  });

  it('stays small enough to be loaded at once', () => {
    expect(JSON.stringify(cityGeoJson('demo')).length).toBeLessThan(250_000);
  });
});
