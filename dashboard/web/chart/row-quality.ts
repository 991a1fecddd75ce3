import type { Wording } from '../state/describe.ts';
import { coverageText, flagText } from '../state/describe-quality.ts';
import { isThin, type Points } from './points.ts';
import { flagOfRow } from './points-csv.ts';

/** What must be said of one row's quality, in words; empty when there is nothing against it. */
export function rowQuality(wording: Wording, points: Points, index: number): string {
  const { messages, formats } = wording;
  if (points.resolution === 'raw') {
    const flag = flagOfRow(points, index);
    return flag > 2 ? flagText(wording, flag, points.reasons[index] ?? 0) : '';
  }
  const parts: string[] = [];
  const suspect = points.suspect[index] ?? 0;
  const bad = points.bad[index] ?? 0;
  if (suspect > 0) parts.push(messages.series.suspectCount(formats.count(suspect)));
  if (bad > 0) parts.push(messages.series.badCount(formats.count(bad)));
  if (isThin(points, index)) {
    parts.push(messages.series.covered(coverageText(wording, points.coverage[index] ?? null)));
  }
  return parts.join(', ');
}
