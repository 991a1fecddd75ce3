import { type Device, expectedIntervalMs } from '../../broker/contract/device.ts';
import { metricNamed } from '../domain/metric-numbers.ts';
import type { Sample } from '../domain/quality/arrival.ts';
import { ClockDrift } from '../domain/quality/clock-drift.ts';
import { qualityRuleSet, type Thresholds } from '../domain/quality/rule-set.ts';
import { thresholdsFor } from '../domain/quality/thresholds.ts';

/** What is remembered of a series: its newest sample that was not bad, and the one before. */
export interface SeriesMemory {
  thresholds: Thresholds;
  last: Sample | undefined;
  /** For a further reading of the newest instant, such as a message that is delivered again. */
  before: Sample | undefined;
}

/** What the tests at arrival remember of a device, as long as the process lives. */
export class DeviceMemory {
  readonly drift = new ClockDrift();
  /** By number of the metric. */
  readonly #series: (SeriesMemory | undefined)[] = [];
  #device: Device | undefined;
  gapMs = 0;

  constructor(device: Device | undefined) {
    this.describe(device);
  }

  get description(): Device | undefined {
    return this.#device;
  }

  /** Takes over a changed description; what was measured stays known. */
  describe(device: Device | undefined): void {
    this.#device = device;
    this.gapMs = qualityRuleSet.gapIntervalsMax * expectedIntervalMs(device ?? { kind: 'other' });
    for (const [metric, series] of this.#series.entries())
      if (series) series.thresholds = this.#thresholds(metric);
  }

  series(metric: number): SeriesMemory {
    return this.#series[metric] ?? this.#begin(metric);
  }

  #begin(metric: number): SeriesMemory {
    // Without holes, which make an array slow.
    while (this.#series.length < metric) this.#series.push(undefined);
    const series = { thresholds: this.#thresholds(metric), last: undefined, before: undefined };
    this.#series[metric] = series;
    return series;
  }

  #thresholds(metric: number): Thresholds {
    return thresholdsFor({
      metric: metricNamed(metric),
      model: this.#device?.model,
      method: this.#device?.station?.method,
      overrides: this.#device?.quality,
    });
  }
}
