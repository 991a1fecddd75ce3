import { type Resolution, tierWidthMs } from '../../broker/contract/windows.ts';
import { viewOf } from '../store/embedded/schema.ts';
import type { ExportRequest } from './port.ts';
import { blockMs, type Slice } from './slices.ts';

/** Columns of a tier's rows that exports use, with what they are where a window has no row. */
const tierColumns = [
  ['mean', 'NULL'],
  ['min', 'NULL'],
  ['max', 'NULL'],
  ['count', '0'],
  ['expected', 's.expected'],
  ['covered_ms', '0'],
  ['good', '0'],
  ['not_evaluated', '0'],
  ['suspect', '0'],
  ['bad', '0'],
  ['revision', 'NULL'],
  ['result_at', 'NULL'],
] as const;

const rawColumns = ['value', 'flag', 'reasons', 'received_at'] as const;

/** The table or view that holds a resolution, in the embedded store and where rows are staged alike. */
export function sourceOf(resolution: Resolution): string {
  return resolution === 'raw' ? 'raw' : viewOf[resolution];
}

/**
 * The rows of a slice in their order, with the chosen columns of table `selected`. Only numbers are sorted: texts
 * are enumerations until after it, which takes half the time. In one block the engine knows how small rank and time
 * are, and sorts and keeps them in few bytes.
 */
export function rowsSql(request: ExportRequest, slice: Slice, ofSeries: readonly string[]): string {
  const { resolution, format, series } = request;
  const at = request.gaps ? 'w.at_ms' : 'r.at_ms';
  const ordinal = `((${at} // ${blockMs[resolution]}) * ${series.length} + s.rank)`;
  const { first, last } = slice;
  const columns = [
    ...ofSeries.map((name) => `s.${name}`),
    `${at} AS at_ms`,
    ...columnsSql(request),
  ];
  const conditions = [
    `${at} >= ${first.from}`,
    `${at} < ${last.to}`,
    // Within a block the bounds are of the series alone, so that no row of another one is looked at.
    ...(first.block === last.block
      ? [`s.rank >= ${first.rank}`, `s.rank <= ${last.rank}`]
      : [
          `${ordinal} >= ${first.block * series.length + first.rank}`,
          `${ordinal} <= ${last.block * series.length + last.rank}`,
        ]),
    ...(format === 'line' && resolution !== 'raw' ? ['mean IS NOT NULL'] : []),
  ];
  return `SELECT ${columns.join(', ')} FROM ${joined(request, slice)}
    WHERE ${conditions.join(' AND ')} ORDER BY ${first.block === last.block ? 's.rank' : ordinal}, ${at}`;
}

function columnsSql({ resolution, gaps }: ExportRequest): string[] {
  if (resolution === 'raw') return rawColumns.map((name) => `r.${name}`);
  if (!gaps) return tierColumns.map(([name]) => `r.${name}`);
  return tierColumns.map(([name, otherwise]) => `coalesce(r.${name}, ${otherwise}) AS ${name}`);
}

function joined({ resolution, gaps }: ExportRequest, { first, last }: Slice): string {
  const source = sourceOf(resolution);
  if (!gaps || resolution === 'raw') {
    return `${source} AS r JOIN selected AS s ON r.series = s.series`;
  }
  const width = tierWidthMs[resolution];
  const start = Math.ceil(spanFrom(first.from) / width) * width;
  // The bounds of the source are said once more, so that only blocks of that time are read.
  const within = `SELECT * FROM ${source} WHERE at_ms >= ${first.from} AND at_ms < ${last.to}`;
  return `selected AS s CROSS JOIN (SELECT unnest(range(${start}, ${last.to}, ${width}))::BIGINT AS at_ms) AS w
    LEFT JOIN (${within}) AS r ON r.series = s.series AND r.at_ms = w.at_ms`;
}

function spanFrom(from: number): number {
  return Math.max(0, from);
}
