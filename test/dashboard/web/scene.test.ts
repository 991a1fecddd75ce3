import { describe, expect, it } from 'vitest';
import { type Marker, toMarkers } from '../../../dashboard/web/map/markers.ts';
import { toWorld } from '../../../dashboard/web/map/mercator.ts';
import { layOut, type Viewport } from '../../../dashboard/web/map/scene.ts';
import { now, row } from './rows.ts';

const place = { lat: 51, lon: 13 };
const zoom = 14;
const worldPx = 256 * 2 ** zoom;
const centre = toWorld(place);

/** A view with `place` in the middle of 400 by 400 px, at the corner of a grid cell. */
function viewport(part: Partial<Viewport> = {}): Viewport {
  const { zoom: at = zoom } = part;
  const px = 256 * 2 ** at;
  return {
    zoom: at,
    left: centre.x * px - 200,
    top: centre.y * px - 200,
    width: 400,
    height: 400,
    scale: 1,
    ...part,
  };
}

/** A device so many px away from the middle at zoom 14. */
function near(id: string, dxPx: number, values: Record<string, number> = { pm2_5: 1 }) {
  const location = { lat: place.lat, lon: place.lon + (dxPx / worldPx) * 360 };
  return row(id, { location, kind: 'tilt' in values ? 'waste' : 'air' }, values);
}

const crowd = (count: number, part: Record<string, number> = { pm2_5: 1 }): Marker[] =>
  toMarkers(Array.from({ length: count }, (_, index) => near(`d${index}`, 0, part)));

describe('toMarkers', () => {
  it('leaves out devices without a place', () => {
    expect(toMarkers([row('a')])).toEqual([]);
  });

  it('draws the worst last, and so on top', () => {
    const markers = toMarkers([
      near('tilted', 0, { tilt: 1 }),
      near('calm', 0),
      row('gone', { location: place, lastSeenAt: now - 1e6 }),
      near('dust', 0, { pm10: 90 }),
    ]);
    expect(markers.map(({ key }) => key)).toEqual(['p/calm', 'p/gone', 'p/dust', 'p/tilted']);
  });
});

describe('layOut', () => {
  it('leaves out what is out of sight', () => {
    const markers = toMarkers([near('far', 2_000), near('here', 0)]);
    expect(layOut(markers, viewport()).placed).toMatchObject([{ marker: { key: 'p/here' } }]);
  });

  it('puts a marker where the map has its place', () => {
    const [placed] = layOut(toMarkers([near('a', 30)]), viewport()).placed;
    expect(placed?.x).toBeCloseTo(230, 3);
    expect(placed?.y).toBeCloseTo(200, 3);
  });

  it('shows few devices at one spot as they are, more as a number', () => {
    expect(layOut(crowd(7), viewport()).placed).toHaveLength(7);
    expect(layOut(crowd(8), viewport()).placed).toMatchObject([{ kind: 'cluster', count: 8 }]);
  });

  it('never hides an abnormal device in a number: the worst decides, and is counted', () => {
    const markers = toMarkers([
      ...Array.from({ length: 20 }, (_, index) => near(`d${index}`, 0)),
      near('dust', 0, { pm10: 90 }),
      near('tilted', 0, { tilt: 1 }),
    ]);
    expect(layOut(markers, viewport()).placed).toMatchObject([
      { kind: 'cluster', count: 22, worst: 3, abnormalCount: 2 },
    ]);
  });

  it('parts all of them when zoomed in as far as helps', () => {
    expect(layOut(crowd(30), viewport({ zoom: 17 })).placed).toHaveLength(30);
  });

  it('keeps a cluster together while the map is panned', () => {
    const markers = toMarkers(
      Array.from({ length: 12 }, (_, index) => near(`d${index}`, index * 2)),
    );
    const counts = [0, 7, 13, 29, 41].map((shift) => {
      const { placed } = layOut(markers, viewport({ left: viewport().left + shift }));
      return placed.map((item) => (item.kind === 'cluster' ? item.count : 1)).join();
    });
    expect(new Set(counts).size).toBe(1);
  });
});

describe('what is under a point', () => {
  const scene = layOut(
    toMarkers([near('a', 0), near('b', 10), near('dust', 14, { pm10: 90 })]),
    viewport(),
  );
  const at = (x: number, radius = 12): string[] =>
    scene.at(x, 200, radius).flatMap((hit) => (hit.kind === 'marker' ? [hit.marker.key] : []));

  it('is nothing where nothing is', () => {
    expect(at(100)).toEqual([]);
    expect(at(200 - 12.5)).toEqual([]);
  });

  it('is what lies on top first, then the nearest', () => {
    expect(at(204)).toEqual(['p/dust', 'p/a', 'p/b']);
  });

  it('is found across the borders of the grid', () => {
    for (let x = 190; x <= 210; x++) expect(at(x)).toContain('p/a');
  });
});
