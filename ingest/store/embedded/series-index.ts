import type { DeviceKey } from '../../../broker/contract/ids.ts';
import type { MetricName } from '../../../broker/contract/metrics.ts';
import { PerSeries, type SeriesTable } from '../series-table.ts';
import type { SeriesRow } from './messages.ts';

interface Name {
  device: DeviceKey;
  metric: MetricName;
}

/**
 * The dictionary of series ids on the main thread, so that only numbers cross to the worker. Ids are
 * given here and written with the first reading that uses them. Grows to devices times metrics, which
 * the contract bounds.
 */
export class SeriesIndex {
  readonly #ids = new Map<MetricName, Map<DeviceKey, number>>();
  readonly #names = new Map<number, Name>();
  readonly #unconfirmed = new Map<number, SeriesRow>();
  readonly #ofTables = new PerSeries(({ device, metric }) => this.idOrNew(device, metric));
  #lastId = 0;

  constructor(rows: readonly SeriesRow[]) {
    for (const { id, device, metric } of rows) this.#add(id, device as DeviceKey, metric);
  }

  /** Undefined for a series that was never written. */
  idOf(device: DeviceKey, metric: MetricName): number | undefined {
    return this.#ids.get(metric)?.get(device);
  }

  idOrNew(device: DeviceKey, metric: MetricName): number {
    const known = this.idOf(device, metric);
    if (known !== undefined) return known;
    const id = this.#lastId + 1;
    this.#add(id, device, metric);
    this.#unconfirmed.set(id, { id, device, metric });
    return id;
  }

  /** Ids by the numbers of a table; a series that is asked for the first time may get a new one. */
  idsOf(table: SeriesTable): (number: number) => number {
    return this.#ofTables.of(table);
  }

  nameOf(id: number): Name | undefined {
    return this.#names.get(id);
  }

  /** Series that may not be on disk yet; each write brings them until one has confirmed. */
  unconfirmed(): SeriesRow[] {
    return [...this.#unconfirmed.values()];
  }

  confirm(rows: readonly SeriesRow[]): void {
    for (const { id } of rows) this.#unconfirmed.delete(id);
  }

  #add(id: number, device: DeviceKey, metric: MetricName): void {
    const ids = this.#ids.get(metric) ?? new Map<DeviceKey, number>();
    this.#ids.set(metric, ids);
    ids.set(device, id);
    this.#names.set(id, { device, metric });
    this.#lastId = Math.max(this.#lastId, id);
  }
}
