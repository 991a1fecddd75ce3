import type { DeviceKey } from '../../broker/contract/ids.ts';
import type {
  ImportExample,
  ImportFormat,
  ImportReport,
} from '../../broker/contract/import-report.ts';
import type { MetricName } from '../../broker/contract/metrics.ts';
import type { Reading } from '../../broker/contract/reading.ts';
import type { RejectReason } from '../../broker/contract/rejection.ts';
import { importLimits } from './limits.ts';
import type { ImportFault } from './row.ts';

/** What one series got: the span whose tiers are to be made anew. */
export interface Touched {
  metrics: Set<MetricName>;
  first: number;
  last: number;
}

/** Adds up what becomes of a file. In memory: a few numbers for each device, and the examples. */
export class ReportBuilder {
  rows = 0;
  readings = 0;
  accepted = 0;
  notMeasured = 0;
  readonly touched = new Map<DeviceKey, Touched>();
  readonly #rejected = new Map<RejectReason, { count: number; examples: ImportExample[] }>();

  accept(device: DeviceKey, { metric, at }: Reading): void {
    this.accepted += 1;
    const known = this.touched.get(device);
    if (!known) {
      this.touched.set(device, { metrics: new Set([metric]), first: at, last: at });
      return;
    }
    known.metrics.add(metric);
    known.first = Math.min(known.first, at);
    known.last = Math.max(known.last, at);
  }

  reject({ reason, ...example }: ImportFault): void {
    const known = this.#rejected.get(reason) ?? { count: 0, examples: [] };
    this.#rejected.set(reason, known);
    known.count += 1;
    if (known.examples.length < importLimits.examplesMax) known.examples.push(example);
  }

  build(format: ImportFormat, dryRun: boolean, columnsIgnored: Iterable<string>): ImportReport {
    const spans = [...this.touched.values()];
    const { rows, readings, accepted, notMeasured } = this;
    return {
      format,
      dryRun,
      complete: true,
      rows,
      readings,
      accepted,
      notMeasured,
      rejected: [...this.#rejected]
        .map(([reason, known]) => ({ reason, ...known }))
        .sort((a, b) => b.count - a.count),
      devices: [...this.touched.keys()].slice(0, importLimits.devicesListedMax),
      deviceCount: this.touched.size,
      metrics: [...new Set(spans.flatMap((span) => [...span.metrics]))].sort(),
      first: spans.reduce<number | null>((at, { first }) => Math.min(at ?? first, first), null),
      last: spans.reduce<number | null>((at, { last }) => Math.max(at ?? last, last), null),
      columnsIgnored: [...columnsIgnored].slice(0, importLimits.columnsListedMax),
      recomputed: null,
    };
  }
}
