import { reasonNames } from '../../../broker/contract/quality.ts';
import type { Points } from './points.ts';

/** The points as CSV (RFC 4180), times in ISO 8601 UTC: exactly what the chart shows. */
export function toCsv(points: Points, { metric, unit }: { metric: string; unit: string }): string {
  const name = unit === '' ? metric : `${metric} [${unit}]`;
  const single = points.resolution === 'raw';
  const head = single
    ? ['at', name, 'flag', 'reasons']
    : ['at', `mean ${name}`, `min ${name}`, `max ${name}`, 'count', 'coverage', 'suspect', 'bad'];
  const rows = points.at.map((at, index) => {
    const time = new Date(at).toISOString();
    const mean = points.mean[index] ?? '';
    if (single) {
      return [
        time,
        mean,
        flagOfRow(points, index),
        reasonNames(points.reasons[index] ?? 0).join(' '),
      ];
    }
    const { min, max, count, coverage, suspect, bad } = points;
    return [
      time,
      mean,
      min[index] ?? '',
      max[index] ?? '',
      count[index],
      coverage[index] ?? '',
      suspect[index],
      bad[index],
    ];
  });
  return `${[head, ...rows].map((row) => row.join(',')).join('\r\n')}\r\n`;
}

/** QARTOD primary flag of a single value. */
export function flagOfRow({ bad, suspect, notEvaluated }: Points, index: number): 1 | 2 | 3 | 4 {
  if (bad[index]) return 4;
  if (suspect[index]) return 3;
  return notEvaluated[index] ? 2 : 1;
}
