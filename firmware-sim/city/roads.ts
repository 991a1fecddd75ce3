import type { Random } from '../random.ts';
import type { PlainDistrict } from './districts.ts';
import { bankM, oldTown } from './districts.ts';
import type { Point } from './geometry.ts';
import { blob, chords, contains, densify, distance } from './geometry.ts';

/** A road in the straight plane. Level 1 carries traffic through the city, level 2 is a street of a district. */
export interface PlainRoad {
  level: 1 | 2;
  line: Point[];
}

/** Ring and radials; they cross the river on bridges and leave the city. */
export function drawMainRoads(random: Random): PlainRoad[] {
  const radius: Point = [random.between(1_250, 1_450), random.between(1_080, 1_220)];
  const phase = random.between(0, 6);
  const ring = blob(oldTown, radius, 60, (angle) => 0.05 * Math.sin(3 * angle + phase));
  const [first = oldTown] = ring;
  const count = 7;
  const turn = random.between(0, 2 * Math.PI);
  const radials = Array.from({ length: count }, (_, index): PlainRoad => {
    const start = ring[Math.round((index / count + turn / (2 * Math.PI)) * ring.length) % 60];
    return { level: 1, line: radial(random, start ?? first) };
  });
  return [{ level: 1, line: [...ring, first] }, ...radials, outerArc(random)];
}

/** From the ring outwards, bending a little. */
function radial(random: Random, start: Point): Point[] {
  const angle = Math.atan2(start[1] - oldTown[1], start[0] - oldTown[0]);
  // A road that would run along the river is turned away from it.
  const away =
    Math.abs(Math.sin(angle)) < 0.3 ? 0.16 * Math.sign(start[1]) * Math.sign(start[0]) : 0;
  const bend = random.between(-0.12, 0.12) + away;
  const line: Point[] = [start];
  let [x, y] = start;
  for (let step = 1; step <= 36; step++) {
    const heading = angle + bend * (step / 18);
    x += 150 * Math.cos(heading);
    y += 150 * Math.sin(heading);
    line.push([x, y]);
  }
  return line;
}

/** Half a second ring through the northern districts, from bank to bank. */
function outerArc(random: Random): PlainRoad {
  const reach = random.between(0.9, 1.05);
  const line = Array.from({ length: 41 }, (_, index): Point => {
    const angle = Math.PI * (0.07 + (0.86 * index) / 40);
    return [3_250 * reach * Math.cos(angle), 250 + 2_500 * reach * Math.sin(angle)];
  });
  return { level: 1, line };
}

/** Two sets of crossing streets in a district, with gaps, around parks and off the river. */
export function drawStreets(
  random: Random,
  district: PlainDistrict,
  obstacles: readonly Point[][],
  isCenter: boolean,
): PlainRoad[] {
  const turn = Math.atan2(district.center[1], district.center[0]) + random.between(-0.25, 0.25);
  const spacing = isCenter ? 190 : random.between(260, 340);
  return [turn, turn + Math.PI / 2].flatMap((angle, set) =>
    parallels(random, district, angle, spacing * (set === 0 ? 1 : 1.5)).flatMap((line) =>
      openRuns(line, obstacles).map((run): PlainRoad => ({ level: 2, line: run })),
    ),
  );
}

function parallels(
  random: Random,
  { ring, center }: PlainDistrict,
  angle: number,
  spacing: number,
): Point[][] {
  const direction: Point = [Math.cos(angle), Math.sin(angle)];
  const lines: Point[][] = [];
  for (let index = -parallelsMax; index <= parallelsMax; index++) {
    const shift = (index + random.between(-0.2, 0.2)) * spacing;
    const skip = random.next() < 0.16;
    const ends = [random.between(edgeM, 0.5 * spacing), random.between(edgeM, 0.5 * spacing)];
    const origin: Point = [center[0] - direction[1] * shift, center[1] + direction[0] * shift];
    if (skip) continue;
    for (const [from, to] of chords(ring, origin, direction)) {
      const length = distance(from, to);
      const [near = 0, far = 0] = ends;
      if (length - near - far < streetMinM) continue;
      lines.push(densify([shifted(from, direction, near), shifted(to, direction, -far)], stepM));
    }
  }
  return lines;
}

/** Streets beyond these lie outside of any district. */
const parallelsMax = 24;
const streetMinM = 220;
const stepM = 60;
/** Streets end this far from their district's border at the least. */
const edgeM = 35;

function shifted(p: Point, [dx, dy]: Point, by: number): Point {
  return [p[0] + dx * by, p[1] + dy * by];
}

/** The stretches of a line that touch no obstacle and keep off the river. */
function openRuns(line: readonly Point[], obstacles: readonly Point[][]): Point[][] {
  const runs: Point[][] = [[]];
  for (const p of line) {
    const open = Math.abs(p[1]) > bankM && !obstacles.some((ring) => contains(ring, p));
    if (open) runs.at(-1)?.push(p);
    else runs.push([]);
  }
  return runs.filter((run) => (run.length - 1) * stepM >= streetMinM * 0.7);
}
