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
  readonly #byDevice = new Map<DeviceKey, number[]>();
  readonly #series: Series[] = [];
  /** Readings of a device come together: it is looked up once for all of them. */
  #device: DeviceKey | undefined;
  #ofDevice: number[] = [];

  get size(): number {
    return this.#series.length;
  }

  /** The number of a series; a new one gets the next. */
  numberOf(device: DeviceKey, metric: MetricName): number {
    if (device !== this.#device) {
      this.#ofDevice = this.numbersOf(device);
      this.#device = device;
    }
    return this.numberAmong(this.#ofDevice, device, metric);
  }

  /** The numbers of a device, for {@link numberAmong}: many devices are best looked up one right after the other. */
  numbersOf(device: DeviceKey): number[] {
    let numbers = this.#byDevice.get(device);
    if (!numbers) {
      numbers = [];
      this.#byDevice.set(device, numbers);
    }
    return numbers;
  }

  /** The same as {@link numberOf} with the numbers of the device at hand. */
  numberAmong(numbers: number[], device: DeviceKey, metric: MetricName): number {
    // A device has few: to compare their names is less than another look-up.
    for (const number of numbers) if (this.#series[number]?.metric === metric) return number;
    const number = this.#series.push({ device, metric }) - 1;
    numbers.push(number);
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
