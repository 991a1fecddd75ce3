import type { DeviceKey } from '../../broker/contract/ids.ts';
import type { MetricName } from '../../broker/contract/metrics.ts';

export interface Series {
  readonly device: DeviceKey;
  readonly metric: MetricName;
}

/**
 * Series by number, in the order in which they were first named. It only grows: what somebody keeps by number holds
 * for as long as the table lives.
 */
export class SeriesTable {
  readonly #numbers = new Map<MetricName, Map<DeviceKey, number>>();
  readonly #series: Series[] = [];

  get size(): number {
    return this.#series.length;
  }

  /** The number of a series; a new one gets the next. */
  numberOf(device: DeviceKey, metric: MetricName): number {
    let numbers = this.#numbers.get(metric);
    if (!numbers) {
      numbers = new Map();
      this.#numbers.set(metric, numbers);
    }
    const known = numbers.get(device);
    if (known !== undefined) return known;
    const number = this.#series.push({ device, metric }) - 1;
    numbers.set(device, number);
    return number;
  }

  /** The series of a number that {@link numberOf} gave. */
  series(number: number): Series {
    const series = this.#series[number];
    if (!series) throw new Error(`no series has the number ${number}`);
    return series;
  }
}

/** What one party keeps of the series of tables, found by number: a look-up by name happens once for each. */
export class PerSeries<Kept> {
  readonly #tables = new WeakMap<SeriesTable, (Kept | undefined)[]>();
  readonly #make: (series: Series) => Kept;

  /** `make` gives what is kept of a series that is asked for the first time. */
  constructor(make: (series: Series) => Kept) {
    this.#make = make;
  }

  /** What is kept, by number. To be asked for once per batch. */
  of(table: SeriesTable): (number: number) => Kept {
    let kept = this.#tables.get(table);
    if (!kept) {
      kept = [];
      this.#tables.set(table, kept);
    }
    const all = kept;
    const make = this.#make;
    return (number) => {
      const known = all[number];
      if (known !== undefined) return known;
      const made = make(table.series(number));
      all[number] = made;
      return made;
    };
  }
}
