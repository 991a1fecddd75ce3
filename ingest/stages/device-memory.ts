import { type Device, expectedIntervalMs } from '../../broker/contract/device.ts';
import { metricNamed } from '../domain/metric-numbers.ts';
import { ClockDrift } from '../domain/quality/clock-drift.ts';
import { qualityRuleSet, type Thresholds } from '../domain/quality/rule-set.ts';
import { sharedThresholds } from './shared-thresholds.ts';

/** Numbers of a series in {@link DeviceMemory.samples}. */
export const sampleNumbers = 4;
const seriesAtFirst = 4;

/**
 * What the tests at arrival remember of a device, as long as the process lives. Of thousands of devices each is met with
 * cold caches: what is remembered lies together, and is not an object for each sample.
 */
export class DeviceMemory {
  readonly drift = new ClockDrift();
  /** Place of the series of each metric, by number of the metric; -1 for none. */
  readonly #places: number[] = [];
  readonly #metrics: number[] = [];
  /** By place. */
  readonly thresholds: Thresholds[] = [];
  /**
   * Of each series, four numbers by its place: instant and value of its newest sample that was not bad, and those of
   * the one before, for a further reading of the newest instant, such as a message that is delivered again. NaN for none.
   */
  samples = new Float64Array(0);
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
    for (const [place, metric] of this.#metrics.entries())
      this.thresholds[place] = this.#thresholdsOf(metric);
  }

  /** The place of a series, which begins when it is asked for the first time. */
  placeOf(metric: number): number {
    const place = this.#places[metric];
    return place === undefined || place < 0 ? this.#begin(metric) : place;
  }

  #begin(metric: number): number {
    // Without holes, which make an array slow.
    while (this.#places.length <= metric) this.#places.push(-1);
    const place = this.#metrics.push(metric) - 1;
    this.#places[metric] = place;
    this.thresholds.push(this.#thresholdsOf(metric));
    if (this.samples.length <= place * sampleNumbers) this.#grow();
    return place;
  }

  #grow(): void {
    const { samples } = this;
    const larger = new Float64Array(Math.max(seriesAtFirst * sampleNumbers, 2 * samples.length));
    larger.fill(Number.NaN);
    larger.set(samples);
    this.samples = larger;
  }

  #thresholdsOf(metric: number): Thresholds {
    return sharedThresholds({
      metric: metricNamed(metric),
      model: this.#device?.model,
      method: this.#device?.station?.method,
      overrides: this.#device?.quality,
    });
  }
}
