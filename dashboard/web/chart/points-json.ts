import { reasonNames } from '../../../broker/contract/quality.ts';
import type { Points } from './points.ts';
import { flagOfRow } from './points-csv.ts';

interface Described {
  device: string;
  metric: string;
  unit: string;
  from: number;
  to: number;
}

/** The points as JSON, columns as in the API, times in epoch ms UTC: exactly what the chart shows. */
export function toJson(points: Points, { from, to, ...about }: Described): string {
  const { resolution, at, mean, min, max, count, coverage, suspect, bad, reasons } = points;
  const columns =
    resolution === 'raw'
      ? {
          at,
          value: mean,
          flag: at.map((_, index) => flagOfRow(points, index)),
          reasons: reasons.map((mask) => reasonNames(mask)),
        }
      : { at, mean, min, max, count, coverage, suspect, bad };
  return `${JSON.stringify({ ...about, resolution, from: Math.floor(from), to: Math.ceil(to), columns })}\n`;
}
