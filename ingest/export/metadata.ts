import type { ExportProgress } from '../../broker/contract/exports.ts';
import { metricOf } from '../../broker/contract/metrics.ts';
import { qualityTests, reasonBits } from '../../broker/contract/quality.ts';
import { columnsOf } from './columns.ts';
import type { ExportRequest } from './port.ts';

/** The sidecar of an export: what somebody must know who gets the file and nothing else. */
export function describeExport(
  request: ExportRequest,
  progress: ExportProgress,
): Record<string, unknown> {
  const { resolution, from, to, format, variant, columns, gaps, about, series } = request;
  const { id, state, rows, bytes, sha256, fileName, contentType, createdAt } = progress;
  return {
    id,
    state,
    file: { name: fileName, contentType, rows, bytes, ...(sha256 ? { sha256 } : {}) },
    createdAt: new Date(createdAt).toISOString(),
    query: {
      series: series.length,
      from: new Date(from).toISOString(),
      to: new Date(to).toISOString(),
      resolution,
      format,
      variant,
      columns,
      gaps,
    },
    columns: columnsOf(request).map(({ name, kind }) => ({ name, kind })),
    metrics: [...new Set(series.map(({ metric }) => metric))].map((name) => {
      const { unit, kind, label } = metricOf(name);
      return { name, unit, kind, label };
    }),
    timeBase: {
      spans: 'half-open: from is included, to is not; windows are labelled by their start',
      columns: columns === 'eea' ? 'fixed UTC+1 without a zone, no daylight saving' : 'UTC',
      windows: 'aligned to UTC',
    },
    order: 'blocks of time; in a block by device, metric and time; one series is in order of time',
    rounding: 'none: values are as measured, means are of full precision',
    flags: {
      scheme: 'QARTOD primary flags (IOC Manuals and Guides 54, volume 3)',
      legend: { 1: 'good', 2: 'not evaluated', 3: 'suspect', 4: 'bad', 9: 'missing' },
      reasons: qualityTests.map(({ name, flag, when }) => ({
        name,
        bit: reasonBits[name],
        flag,
        when,
      })),
    },
    ...(resolution === 'raw' ? {} : { statistics: statisticsLegend }),
    ...about(),
  };
}

const statisticsLegend = {
  mean: 'of samples that are not bad (flag 4); gauges: means of means, states: weighted by time',
  coverage: 'share of the window that samples stand for, 0..1',
  validity: {
    scheme: 'EEA observation validity',
    1: 'valid: there is a mean and coverage is at least 0.75 (2008/50/EC, Annexes VII and XI)',
    '-1': 'not valid or missing',
  },
  verification: { scheme: 'EEA observation verification', 3: 'not verified' },
  revision: 'how often the row has changed after its window had closed',
};
