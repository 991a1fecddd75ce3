/** Plane geometry in metres, x to the east and y to the north. Rings are open: first point not repeated. */
export type Point = readonly [x: number, y: number];

/** Keeps the part of a ring on the side of a line where `normal · p <= offset` (Sutherland-Hodgman). */
export function clip(ring: readonly Point[], normal: Point, offset: number): Point[] {
  const side = (p: Point) => normal[0] * p[0] + normal[1] * p[1] - offset;
  const kept: Point[] = [];
  for (const [from, to] of edges(ring)) {
    const a = side(from);
    const b = side(to);
    if (a <= 0) kept.push(from);
    if ((a < 0 && b > 0) || (a > 0 && b < 0)) kept.push(along(from, to, a / (a - b)));
  }
  return kept;
}

/** The edges of a ring, closing one included. */
function edges(ring: readonly Point[]): [Point, Point][] {
  return ring.map((from, index) => [from, ring[(index + 1) % ring.length] ?? from]);
}

/** The point at `share` (0..1) of the way from one point to another. */
function along(from: Point, to: Point, share: number): Point {
  return [from[0] + (to[0] - from[0]) * share, from[1] + (to[1] - from[1]) * share];
}

export function distance(a: Point, b: Point): number {
  return Math.hypot(a[0] - b[0], a[1] - b[1]);
}

/** True inside a ring (even-odd rule). Also serves lon/lat rings. Without allocation: it is asked often. */
export function contains(ring: readonly Point[], [x, y]: Point): boolean {
  let inside = false;
  let from = ring.at(-1);
  for (const to of ring) {
    if (from && from[1] > y !== to[1] > y) {
      const crossing = from[0] + ((to[0] - from[0]) * (y - from[1])) / (to[1] - from[1]);
      if (x < crossing) inside = !inside;
    }
    from = to;
  }
  return inside;
}

/** Splits each leg into equal parts of `stepM` at the most; the same leg gives the same points in both directions. */
export function densify(line: readonly Point[], stepM: number): Point[] {
  const dense: Point[] = [];
  line.forEach((from, index) => {
    const to = line[index + 1];
    dense.push(from);
    if (!to) return;
    const parts = Math.ceil(distance(from, to) / stepM);
    for (let part = 1; part < parts; part++) dense.push(along(from, to, part / parts));
  });
  return dense;
}

/** {@link densify} for a ring. */
export function densifyRing(ring: readonly Point[], stepM: number): Point[] {
  const [first] = ring;
  return first ? densify([...ring, first], stepM).slice(0, -1) : [];
}

/**
 * Adds to each ring the corners of its neighbours that lie on its edges, so that rings which touch
 * share all their points and still tile after the plane was bent.
 */
export function shareCorners(rings: readonly Point[][]): Point[][] {
  const corners = rings.flat();
  return rings.map((ring) =>
    edges(ring).flatMap(([from, to]) => [
      from,
      ...corners
        .filter((corner) => isBetween(from, to, corner))
        .sort((a, b) => distance(from, a) - distance(from, b))
        .filter((corner, index, all) => distance(corner, all[index - 1] ?? from) > touchM),
    ]),
  );
}

const touchM = 1e-3;

function isBetween(from: Point, to: Point, p: Point): boolean {
  if (distance(from, p) < touchM || distance(to, p) < touchM) return false;
  return distance(from, p) + distance(p, to) - distance(from, to) < touchM ** 2;
}

/** The parts of the straight line through `origin` along `direction` (unit length) inside a ring. */
export function chords(ring: readonly Point[], origin: Point, direction: Point): [Point, Point][] {
  const [dx, dy] = direction;
  const at: number[] = [];
  for (const [a, b] of edges(ring)) {
    const sideA = dx * (a[1] - origin[1]) - dy * (a[0] - origin[0]);
    const sideB = dx * (b[1] - origin[1]) - dy * (b[0] - origin[0]);
    if (sideA > 0 === sideB > 0) continue;
    const [x, y] = along(a, b, sideA / (sideA - sideB));
    at.push((x - origin[0]) * dx + (y - origin[1]) * dy);
  }
  at.sort((a, b) => a - b);
  const found: [Point, Point][] = [];
  for (let index = 0; index + 1 < at.length; index += 2) {
    const [enter = 0, leave = 0] = [at[index], at[index + 1]];
    found.push([
      [origin[0] + dx * enter, origin[1] + dy * enter],
      [origin[0] + dx * leave, origin[1] + dy * leave],
    ]);
  }
  return found;
}

/** A closed blob around a centre; `wobble` (0..1) roughens it. */
export function blob(
  center: Point,
  radius: Point,
  corners: number,
  wobble: (angle: number) => number,
): Point[] {
  return Array.from({ length: corners }, (_, index) => {
    const angle = (2 * Math.PI * index) / corners;
    const reach = 1 + wobble(angle);
    return [
      center[0] + radius[0] * reach * Math.cos(angle),
      center[1] + radius[1] * reach * Math.sin(angle),
    ];
  });
}
