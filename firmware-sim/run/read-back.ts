import type { DeviceKey } from '../../broker/contract/ids.ts';
import type { MetricName } from '../../broker/contract/metrics.ts';
import type { DeviceResult, SeriesSum } from './ledger.ts';
import { addTo, emptySum, isSame } from './ledger.ts';
import type { SeriesRows } from './platform.ts';

/** What the store says of acknowledged readings, each looked up by (device, metric, instant). */
export interface ReadBack {
  /** Readings that were looked up. */
  keys: number;
  /** There, with the value that was sent. */
  equal: number;
  /** Acknowledged and not there: a broken promise. */
  lost: number;
  /** There with another value. */
  changed: number;
  /** There more than once. */
  duplicated: number;
  /** There, and neither sent in this run nor expected: rows of earlier runs, as a rule. */
  extra: number;
  /** There, though nobody answered for the message: kept, and its answer lost on the way. */
  unanswered: number;
  series: { checked: number; differing: number };
  /** The first differences. */
  examples: Difference[];
}

export interface Difference {
  device: DeviceKey;
  metric: MetricName;
  at: number;
  sent?: number;
  stored?: number;
}

const examplesMax = 10;

/** All (instant, value) that a device sent of a metric; for series of which the sums do not agree. */
export type Recompute = (result: DeviceResult, metric: MetricName) => Map<number, number>;

/** A series on its way through the comparison. */
interface Checked {
  result: DeviceResult;
  metric: MetricName;
  sent: SeriesSum;
  stored: SeriesSum;
  unsure: ReadonlySet<number>;
  unanswered: number;
}

/**
 * Compares what was acknowledged with the rows of the store. First by sums, so that nothing has to be remembered of the
 * rows; then, row by row, the series of which the sums do not agree.
 */
export class Comparison {
  readonly #devices: ReadonlyMap<DeviceKey, ReadonlyMap<MetricName, Checked>>;
  readonly #all: Checked[] = [];
  readonly #found: ReadBack = {
    ...{ keys: 0, equal: 0, lost: 0, changed: 0, duplicated: 0, extra: 0, unanswered: 0 },
    series: { checked: 0, differing: 0 },
    examples: [],
  };

  constructor(results: readonly DeviceResult[]) {
    this.#devices = new Map(results.map((result) => [result.device, this.#seriesOf(result)]));
  }

  /** Rows of one series: all of them, or a part, each row once. */
  take({ device, metric, at, value }: SeriesRows): void {
    const checked = this.#devices.get(device)?.get(metric);
    if (!checked) return;
    for (const [index, instant] of at.entries()) {
      if (checked.unsure.has(instant)) checked.unanswered += 1;
      else addTo(checked.stored, instant, value[index] ?? Number.NaN);
    }
  }

  /** Series of which the sums do not agree. */
  differing(): { result: DeviceResult; metric: MetricName }[] {
    return this.#all.filter(({ sent, stored }) => !isSame(sent, stored));
  }

  /** Looks at a differing series again, each row by itself. */
  differ(rows: SeriesRows, sent: Map<number, number>): void {
    const found = this.#found;
    const { device, metric } = rows;
    const checked = this.#devices.get(device)?.get(metric);
    if (!checked) return;
    const before = found.lost + found.changed + found.duplicated;
    for (const at of checked.unsure) sent.delete(at);
    const stored = new Map(rows.at.map((at, index) => [at, rows.value[index] ?? Number.NaN]));
    for (const [at, value] of sent) {
      const there = stored.get(at);
      if (there === value) found.equal += 1;
      else if (there === undefined) this.#tell({ device, metric, at, sent: value }, 'lost');
      else this.#tell({ device, metric, at, sent: value, stored: there }, 'changed');
    }
    found.duplicated += rows.at.length - stored.size;
    for (const at of stored.keys()) if (!sent.has(at) && !checked.unsure.has(at)) found.extra += 1;
    if (found.lost + found.changed + found.duplicated > before) found.series.differing += 1;
    checked.stored = checked.sent;
    found.keys += sent.size;
    found.unanswered += checked.unanswered;
    found.series.checked += 1;
  }

  /** Adds up. Differing series that nobody has looked at again are judged by their counts. */
  end(): ReadBack {
    const found = this.#found;
    for (const checked of this.#all) {
      const { sent, stored, unanswered } = checked;
      if (sent === stored) continue;
      found.keys += sent.count;
      found.series.checked += 1;
      found.unanswered += unanswered;
      found.lost += Math.max(0, sent.count - stored.count);
      found.extra += Math.max(0, stored.count - sent.count);
      found.equal += Math.min(sent.count, stored.count);
      if (!isSame(sent, stored)) found.series.differing += 1;
    }
    return found;
  }

  #seriesOf(result: DeviceResult): Map<MetricName, Checked> {
    const series = new Map<MetricName, Checked>();
    for (const [metric, sent] of result.sums) {
      const unsure = unsureOf(result, metric);
      const checked = { result, metric, sent, stored: emptySum(), unsure, unanswered: 0 };
      series.set(metric, checked);
      this.#all.push(checked);
    }
    return series;
  }

  #tell(difference: Difference, kind: 'lost' | 'changed'): void {
    this.#found[kind] += 1;
    if (this.#found.examples.length < examplesMax) this.#found.examples.push(difference);
  }
}

function unsureOf({ unsure }: DeviceResult, metric: MetricName): Set<number> {
  return new Set(unsure.flatMap(({ at, values }) => (values[metric] === undefined ? [] : [at])));
}
