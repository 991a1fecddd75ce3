import type { TileReading } from './reading.ts';

export interface Spark {
  /** Path data in a field of `width` × `height`. */
  path: string;
  min: number;
  max: number;
}

interface SparkField {
  from: number;
  to: number;
  width: number;
  height: number;
  /** A longer silence than this is a gap in the line. */
  gapMs: number;
}

/** The line of a series; undefined when there is not a single value. Gaps stay gaps. */
export function sparkOf(points: TileReading['points'], field: SparkField): Spark | undefined {
  const values = points.flatMap(({ value }) => (value === null ? [] : [value]));
  if (values.length === 0) return undefined;
  const min = values.reduce((least, value) => Math.min(least, value));
  const max = values.reduce((most, value) => Math.max(most, value));
  const x = (at: number): number => ((at - field.from) / (field.to - field.from)) * field.width;
  // What never changes is a line in the middle.
  const y = (value: number): number =>
    max === min ? field.height / 2 : field.height * (1 - (value - min) / (max - min));
  let path = '';
  let before: number | undefined;
  for (const { at, value } of points) {
    if (value === null) {
      before = undefined;
      continue;
    }
    const joined = before !== undefined && at - before <= field.gapMs;
    const place = `${x(at).toFixed(1)} ${y(value).toFixed(1)}`;
    // A value that stands alone is a dot: a line of no length with round ends.
    path += joined ? `L${place}` : `M${place}h0`;
    before = at;
  }
  return { path, min, max };
}
