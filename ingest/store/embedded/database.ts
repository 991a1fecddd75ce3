import {
  type DuckDBConnection,
  DuckDBInstance,
  type DuckDBMaterializedResult,
  type DuckDBValue,
} from '@duckdb/node-api';
import type { MetricName } from '../../../broker/contract/metrics.ts';
import { Newest, type Sifted } from '../newest.ts';
import { append, bigints, doubles, integers, pick, readColumns } from './chunks.ts';
import type { Calls, ReadArgs, ReadingColumns, SeriesRow } from './messages.ts';
import * as sql from './schema.ts';

/** Half-open span of instants, as parameters of a statement. */
type Span = [from: bigint, to: bigint];

/** The DuckDB file and what is known of it in memory. Lives in the worker; its calls must not overlap. */
export class Database {
  readonly #instance: DuckDBInstance;
  readonly #connection: DuckDBConnection;
  readonly #newest = new Newest<number>();
  readonly #seriesIds = new Set<number>();

  private constructor(instance: DuckDBInstance, connection: DuckDBConnection) {
    this.#instance = instance;
    this.#connection = connection;
  }

  /** Opens the file or creates it, and reads the dictionary and the newest readings. */
  static async open(args: Calls['open']['args']): Promise<Database> {
    const instance = await DuckDBInstance.create(args.path, {
      threads: String(args.threads),
      memory_limit: `${args.memoryLimitMb}MB`,
      // Nothing but our own file: no other paths, no downloads.
      enable_external_access: 'false',
      autoinstall_known_extensions: 'false',
      autoload_known_extensions: 'false',
    });
    try {
      const database = new Database(instance, await instance.connect());
      for (const statement of sql.createStatements) await database.#run(statement);
      await database.#readNewest();
      return database;
    } catch (error) {
      instance.closeSync();
      throw error;
    }
  }

  async seriesRows(): Promise<SeriesRow[]> {
    const result = await this.#run('SELECT id, device, metric FROM series ORDER BY id');
    const rows = (await result.getRows()).map(([id, device, metric]) => ({
      id: Number(id),
      device: String(device),
      metric: String(metric) as MetricName,
    }));
    for (const { id } of rows) this.#seriesIds.add(id);
    return rows;
  }

  /** Durable when it resolves; nothing of it is there when it rejects. */
  async write({ newSeries, readings }: Calls['write']['args']): Promise<Calls['write']['answer']> {
    const { series, at, value } = readings;
    const sifted = this.#newest.sift(series, at);
    // A call that failed, and those sent behind it, bring the same new series again.
    const unknownSeries = newSeries.filter(({ id }) => !this.#seriesIds.has(id));
    const known = await this.#transaction(async () => {
      await this.#insertSeries(unknownSeries);
      const known = await this.#replaceKnown(readings, sifted);
      const added = sifted.doubtful.filter((row) => !known.has(row));
      await this.#appendRaw(readings, [...sifted.fresh, ...added]);
      return known;
    });
    for (const { id } of unknownSeries) this.#seriesIds.add(id);
    for (const row of [...sifted.fresh, ...sifted.doubtful]) {
      this.#newest.note(series[row] as number, at[row] as number, value[row] as number);
    }
    const duplicates = sifted.repeats + known.size;
    return { stored: series.length - duplicates, duplicates };
  }

  /** One statement deletes the windows and one makes them anew, both or neither. */
  async rollUp(args: Calls['rollUp']['args']): Promise<void> {
    const { tier, finer, widthMs } = args;
    const { series, start } = args.windows;
    const span = spanOf(start, widthMs);
    await this.#transaction(async () => {
      await append(this.#connection, { name: 'windows', temporary: true }, series.length, [
        integers(series),
        bigints(start),
      ]);
      await this.#run(sql.deleteRollUp(tier), span);
      await this.#run(sql.insertRollUp(tier, finer, widthMs), span);
      await this.#run('DELETE FROM windows');
    });
  }

  /** From memory: no row is read. */
  latest(): ReadingColumns {
    const columns: ReadingColumns = {
      series: new Int32Array(this.#newest.size),
      at: new Float64Array(this.#newest.size),
      value: new Float64Array(this.#newest.size),
    };
    let row = 0;
    for (const [series, { at, value }] of this.#newest.entries()) {
      columns.series[row] = series;
      columns.at[row] = at;
      columns.value[row++] = value;
    }
    return columns;
  }

  async read({ resolution, series, from, to, limit }: ReadArgs): Promise<Float64Array[]> {
    const values = [series, BigInt(from), BigInt(to), BigInt(limit)];
    return readColumns(await this.#run(sql.selectRows(resolution), values));
  }

  async forgetBefore({ resolution, before }: Calls['forgetBefore']['args']): Promise<void> {
    await this.#run(`DELETE FROM ${sql.tableOf[resolution]} WHERE at_ms < $1`, [BigInt(before)]);
    if (resolution === 'raw') this.#newest.forgetBefore(before);
  }

  async ping(): Promise<void> {
    await this.#run('SELECT 1');
  }

  /** Folds the write-ahead log into the file, so that the next start is quick. */
  async close(): Promise<void> {
    try {
      await this.#run('CHECKPOINT');
    } finally {
      this.#connection.closeSync();
      this.#instance.closeSync();
    }
  }

  #run(statement: string, values?: DuckDBValue[]): Promise<DuckDBMaterializedResult> {
    return this.#connection.run(statement, values);
  }

  async #transaction<T>(work: () => Promise<T>): Promise<T> {
    await this.#run('BEGIN');
    try {
      const result = await work();
      await this.#run('COMMIT');
      return result;
    } catch (error) {
      // A commit that failed has ended the transaction itself; the first error is the one to tell.
      await this.#run('ROLLBACK').catch(() => undefined);
      throw error;
    }
  }

  async #insertSeries(rows: readonly SeriesRow[]): Promise<void> {
    if (rows.length === 0) return;
    const appender = await this.#connection.createAppender('series');
    try {
      for (const { id, device, metric } of rows) {
        appender.appendInteger(id);
        appender.appendVarchar(device);
        appender.appendVarchar(metric);
        appender.endRow();
      }
    } finally {
      appender.closeSync();
    }
  }

  /** Finds doubtful readings that are stored, and gives those the new value. Answers their rows. */
  async #replaceKnown(readings: ReadingColumns, { doubtful }: Sifted): Promise<Set<number>> {
    if (doubtful.length === 0) return new Set();
    const at = pick(readings.at, doubtful);
    const span = spanOf(at, 1);
    await append(this.#connection, { name: 'doubtful', temporary: true }, doubtful.length, [
      integers(doubtful),
      integers(pick(readings.series, doubtful)),
      bigints(at),
      doubles(pick(readings.value, doubtful)),
    ]);
    const [positions, differs] = await readColumns(await this.#run(sql.selectKnown, span));
    if (differs?.includes(1)) await this.#run(sql.updateKnown, span);
    await this.#run('DELETE FROM doubtful');
    return new Set(positions);
  }

  async #appendRaw({ series, at, value }: ReadingColumns, rows: number[]): Promise<void> {
    await append(this.#connection, { name: 'raw' }, rows.length, [
      integers(pick(series, rows)),
      bigints(pick(at, rows)),
      doubles(pick(value, rows)),
    ]);
  }

  async #readNewest(): Promise<void> {
    const [series, at, value] = await readColumns(await this.#run(sql.selectNewest));
    series?.forEach((id, row) => {
      this.#newest.note(id, at?.[row] as number, value?.[row] as number);
    });
  }
}

/** What windows of this width cover from the first start to the last. */
function spanOf(starts: ArrayLike<number>, widthMs: number): Span {
  let from = Number.POSITIVE_INFINITY;
  let last = 0;
  for (let row = 0; row < starts.length; row++) {
    from = Math.min(from, starts[row] as number);
    last = Math.max(last, starts[row] as number);
  }
  return [BigInt(from), BigInt(last + widthMs)];
}
