import { isBad, isThin, type Points } from './points.ts';

/** What must be said of a chart's quality, in numbers. */
export interface QualityTally {
  /** Samples. */
  suspect: number;
  bad: number;
  notEvaluated: number;
  total: number;
  /** Closed windows with too little coverage, and all that are closed. */
  thin: number;
  closed: number;
  /** Bits of all tests that single values did not pass. */
  reasons: number;
}

/** Counts samples by flag and windows by coverage. */
export function tallyQuality(points: Points): QualityTally {
  const tally = { suspect: 0, bad: 0, notEvaluated: 0, total: 0, thin: 0, closed: 0, reasons: 0 };
  for (let index = 0; index < points.at.length; index++) {
    const bad = points.bad[index] ?? 0;
    tally.suspect += points.suspect[index] ?? 0;
    tally.bad += bad;
    tally.notEvaluated += points.notEvaluated[index] ?? 0;
    // The count of a window leaves its bad samples out, that of a single value does not.
    tally.total += (points.count[index] ?? 0) + (points.resolution === 'raw' ? 0 : bad);
    if (points.coverage[index] !== null) tally.closed++;
    tally.reasons |= points.reasons[index] ?? 0;
    if (isThin(points, index)) tally.thin++;
  }
  return tally;
}

/** A mark on the chart: `suspect` is hollow, `bad` is crossed. */
export interface QualityMark {
  at: number;
  /** Null: nothing was measured but bad samples, so that there is no height to draw at. */
  value: number | null;
  kind: 'suspect' | 'bad';
}

/** Marks of all rows that are not simply good, in order of time. */
export function qualityMarks(points: Points): QualityMark[] {
  const marks: QualityMark[] = [];
  for (const [index, at] of points.at.entries()) {
    const value = points.mean[index] ?? null;
    if (isBad(points, index)) marks.push({ at, value, kind: 'bad' });
    else if ((points.suspect[index] ?? 0) > 0) marks.push({ at, value, kind: 'suspect' });
    // Some samples of the window were left out of the mean: said at the foot of the chart.
    else if ((points.bad[index] ?? 0) > 0) marks.push({ at, value: null, kind: 'bad' });
  }
  return marks;
}
