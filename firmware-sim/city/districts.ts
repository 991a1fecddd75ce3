import type { Random } from '../random.ts';
import type { Point } from './geometry.ts';
import { blob, clip, shareCorners } from './geometry.ts';

/** A district in the straight plane: the river runs along y = 0, the old town lies north of it. */
export interface PlainDistrict {
  center: Point;
  ring: Point[];
}

/** Streets and parks keep this far from the middle of the river. */
export const bankM = 135;
export const oldTown: Point = [0, 620];
const cityRadius: Point = [4_600, 3_900];

/**
 * Draws 8 to 10 districts that tile the city: nearest-centre cells within an irregular outline, cut
 * along the river. The first one is the old town.
 */
export function drawDistricts(random: Random): PlainDistrict[] {
  const outline = drawOutline(random);
  const north = [oldTown, ...drawCenters(random, 4 + random.index(2), 1)];
  const south = drawCenters(random, 3 + random.index(2), -1);
  const cells = [...cellsOf(outline, north, -1), ...cellsOf(outline, south, 1)];
  const rings = shareCorners(cells);
  return [...north, ...south].map((center, index) => ({ center, ring: rings[index] ?? [] }));
}

function drawOutline(random: Random): Point[] {
  const phases = [random.between(0, 6), random.between(0, 6), random.between(0, 6)] as const;
  return blob([0, 0], cityRadius, 72, (angle) => {
    const [a, b, c] = phases;
    return (
      0.07 * Math.sin(2 * angle + a) +
      0.06 * Math.sin(3 * angle + b) +
      0.03 * Math.sin(7 * angle + c)
    );
  });
}

/** Centres spread over the half plane on one side (1 north, -1 south) of the river. */
function drawCenters(random: Random, count: number, side: 1 | -1): Point[] {
  return Array.from({ length: count }, (_, index) => {
    const share = (index + 0.5 + random.between(-0.18, 0.18)) / count;
    const angle = Math.PI * (0.06 + 0.88 * share) * side;
    const radius = random.between(0.56, 0.72);
    return [cityRadius[0] * radius * Math.cos(angle), cityRadius[1] * radius * Math.sin(angle)];
  });
}

/** `riverSide` -1 keeps y >= 0, 1 keeps y <= 0. */
function cellsOf(outline: readonly Point[], centers: Point[], riverSide: 1 | -1): Point[][] {
  return centers.map((center) =>
    centers.reduce<Point[]>(
      (ring, other) => (other === center ? ring : clipNearer(ring, center, other)),
      clip(outline, [0, riverSide], 0),
    ),
  );
}

function clipNearer(ring: Point[], center: Point, other: Point): Point[] {
  const normal: Point = [other[0] - center[0], other[1] - center[1]];
  const middle: Point = [(other[0] + center[0]) / 2, (other[1] + center[1]) / 2];
  return clip(ring, normal, normal[0] * middle[0] + normal[1] * middle[1]);
}
