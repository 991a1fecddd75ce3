import type { Severity } from '../../../broker/contract/finding.ts';
import type { Marker } from './markers.ts';
import { tilePx } from './mercator.ts';

/** What part of the world the canvas shows: its top left corner in px of `zoom`, its size in CSS px. */
export interface Viewport {
  zoom: number;
  left: number;
  top: number;
  width: number;
  height: number;
  /** Type size over the normal one; markers and distances grow with it. */
  scale: number;
}

export interface PlacedMarker {
  kind: 'marker';
  x: number;
  y: number;
  marker: Marker;
}

/** Many devices on few pixels, shown as one: the worst of them decides how it looks. */
export interface PlacedCluster {
  kind: 'cluster';
  x: number;
  y: number;
  count: number;
  /** How many of them are abnormal. */
  abnormalCount: number;
  worst: Severity;
  members: readonly Marker[];
}

export type Placed = PlacedMarker | PlacedCluster;

/** All that is in sight, in drawing order: the worst last. */
export interface Scene {
  readonly placed: readonly Placed[];
  /** What is under a point, the topmost first; within `radius` px of it. */
  at(x: number, y: number, radius: number): Placed[];
}

/** Lays the markers out for a viewport. O(number of markers). */
export function layOut(markers: readonly Marker[], viewport: Viewport): Scene {
  const worldPx = tilePx * 2 ** viewport.zoom;
  const cellPx = clusterCellPx * viewport.scale;
  const cells = new Map<string, PlacedMarker[]>();
  for (const marker of markers) {
    const x = marker.world.x * worldPx - viewport.left;
    const y = marker.world.y * worldPx - viewport.top;
    if (x < -cellPx || y < -cellPx || x > viewport.width + cellPx || y > viewport.height + cellPx) {
      continue;
    }
    // Cells are fixed to the world, so that clusters hold still while the map is panned.
    const cell = `${Math.floor((x + viewport.left) / cellPx)} ${Math.floor((y + viewport.top) / cellPx)}`;
    const placed: PlacedMarker = { kind: 'marker', x, y, marker };
    const others = cells.get(cell);
    if (others) others.push(placed);
    else cells.set(cell, [placed]);
  }
  const placed: Placed[] = [];
  for (const members of cells.values()) {
    if (members.length > clusterFrom && viewport.zoom < clusterBelowZoom) {
      placed.push(toCluster(members));
    } else {
      placed.push(...members);
    }
  }
  placed.sort((a, b) => rankOf(a) - rankOf(b));
  return { placed, at: hitTest(placed, gridPx * viewport.scale) };
}

/** Cell with more markers than these become a cluster: on so few pixels they would hide each other. */
const clusterFrom = 7;
const clusterCellPx = 48;
/** From here on devices at one spot are shown one over the other: zooming in further does not part them. */
const clusterBelowZoom = 17;
const gridPx = 32;

function rankOf(placed: Placed): number {
  if (placed.kind === 'marker') return placed.marker.rank;
  return placed.worst > 0 ? 2 + placed.worst : 0;
}

function toCluster(members: readonly PlacedMarker[]): PlacedCluster {
  let worst: Severity = 0;
  let abnormalCount = 0;
  let x = 0;
  let y = 0;
  for (const member of members) {
    const { row } = member.marker;
    x += member.x / members.length;
    y += member.y / members.length;
    if (row.standing === 'abnormal') {
      abnormalCount++;
      if (row.severity > worst) worst = row.severity;
    }
  }
  return {
    kind: 'cluster',
    x,
    y,
    count: members.length,
    abnormalCount,
    worst,
    members: members.map((member) => member.marker),
  };
}

/** A grid of what lies where: a look-up touches nine cells at the most, whatever the number of devices. */
function hitTest(placed: readonly Placed[], cellPx: number): Scene['at'] {
  const grid = new Map<string, number[]>();
  for (const [index, { x, y }] of placed.entries()) {
    const cell = `${Math.floor(x / cellPx)} ${Math.floor(y / cellPx)}`;
    const there = grid.get(cell);
    if (there) there.push(index);
    else grid.set(cell, [index]);
  }
  return (x, y, radius) => {
    const found: number[] = [];
    for (
      let cx = Math.floor((x - radius) / cellPx);
      cx <= Math.floor((x + radius) / cellPx);
      cx++
    ) {
      for (
        let cy = Math.floor((y - radius) / cellPx);
        cy <= Math.floor((y + radius) / cellPx);
        cy++
      ) {
        found.push(...(grid.get(`${cx} ${cy}`) ?? []));
      }
    }
    return found
      .filter((index) => distance(placed[index], x, y) <= radius)
      .sort(
        (a, b) => topmost(placed, a, b) || distance(placed[a], x, y) - distance(placed[b], x, y),
      )
      .map((index) => placed[index])
      .filter((hit) => hit !== undefined);
  };
}

function topmost(placed: readonly Placed[], a: number, b: number): number {
  const [first, second] = [placed[a], placed[b]];
  return first && second ? rankOf(second) - rankOf(first) : 0;
}

function distance(placed: Placed | undefined, x: number, y: number): number {
  return placed ? Math.hypot(placed.x - x, placed.y - y) : Number.POSITIVE_INFINITY;
}
