import {
  type DuckDBConnection,
  DuckDBInstance,
  type DuckDBMaterializedResult,
  type DuckDBValue,
} from '@duckdb/node-api';
import type { MetricName } from '../../../broker/contract/metrics.ts';
import type { QualityFlag } from '../../../broker/contract/quality.ts';
import { Newest } from '../newest.ts';
import { append, type Column, pick, readColumns } from './columns.ts';
import {
  type Calls,
  emptyReadings,
  type JudgementColumns,
  type ReadArgs,
  type ReadingColumns,
  type SeriesRow,
} from './messages.ts';
import { migrate } from './migrate.ts';
import { OpenMinutes } from './open-minutes.ts';
import { recompute } from './recompute.ts';
import * as sql from './schema.ts';
import { inTransaction, spanOf } from './transaction.ts';

/**
 * Slices of rebuilds between checkpoints. Large inserts pass by the write-ahead log, so that its size does not bring
 * one about: a day's rows would wait for a write that comes after, which then takes seconds.
 */
const slicesPerCheckpoint = 8;

/** The DuckDB file and what is known of it in memory. Lives in the worker; its calls must not overlap. */
export class Database {
  readonly #instance: DuckDBInstance;
  readonly #connection: DuckDBConnection;
  readonly #newest = new Newest();
  readonly #openMinutes = new OpenMinutes();
  readonly #seriesIds = new Set<number>();
  #slicesSinceCheckpoint = 0;

  private constructor(instance: DuckDBInstance, connection: DuckDBConnection) {
    this.#instance = instance;
    this.#connection = connection;
  }

  /** Opens the file or creates it, and reads the dictionary and the newest readings. */
  static async open(args: Calls['open']['args']): Promise<Database> {
    const instance = await DuckDBInstance.create(args.path, {
      threads: String(args.threads),
      memory_limit: `${args.memoryLimitMb}MB`,
      autoinstall_known_extensions: 'false',
      autoload_known_extensions: 'false',
    });
    try {
      const database = new Database(instance, await instance.connect());
      // Nothing but our own file and what sessions export: no other paths, no downloads.
      if (args.exportFolder !== undefined) {
        const folder = args.exportFolder.replaceAll("'", "''");
        await database.#run(`SET allowed_directories=['${folder}/']`);
      }
      await database.#run('SET enable_external_access=false');
      // Only close() folds the log into the file: what is abandoned must never be written there.
      await database.#run('PRAGMA disable_checkpoint_on_shutdown');
      await migrate(database.#connection);
      for (const statement of sql.createStatements) await database.#run(statement);
      for (const statement of sql.createWorkingTables) await database.#run(statement);
      await database.#readNewest();
      return database;
    } catch (error) {
      instance.closeSync();
      throw error;
    }
  }

  /**
   * Another connection to the same file, for long reads beside the calls of this class: it sees what is committed,
   * and must be closed before {@link close}. Working tables are this class's own and not visible to it.
   */
  connect(): Promise<DuckDBConnection> {
    return this.#instance.connect();
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
    const { series, at } = readings;
    // A call that failed, and those sent behind it, bring the same new series again.
    const unknownSeries = newSeries.filter(({ id }) => !this.#seriesIds.has(id));
    const isAllNew = this.#newest.isAllNew(series, at);
    const work = async (): Promise<Written> => {
      await this.#insertSeries(unknownSeries);
      if (!isAllNew) return this.#appendSifted(readings);
      await append(this.#connection, { name: 'raw' }, rawColumns(readings));
      return { fresh: series.keys(), doubtful: [], duplicates: 0 };
    };
    const { fresh, doubtful, duplicates } = await inTransaction(this.#connection, work);
    for (const { id } of unknownSeries) this.#seriesIds.add(id);
    for (const row of fresh) this.#follow(readings, row, true);
    for (const row of doubtful) this.#follow(readings, row, false);
    return { stored: series.length - duplicates, duplicates };
  }

  /** Follows a reading that stands now. */
  #follow(readings: ReadingColumns, row: number, isFresh: boolean): void {
    const id = readings.series[row] as number;
    const at = readings.at[row] as number;
    const isNewest = this.#newest.note(id, readings, row);
    if (isFresh && isNewest)
      this.#openMinutes.note(id, at, readings.value[row] as number, readings.flag[row] as number);
    else this.#openMinutes.disturb(id, at);
  }

  /** Appends what is new of a batch and replaces the values of what is there. */
  async #appendSifted(readings: ReadingColumns): Promise<Written> {
    const { fresh, doubtful, repeats } = this.#newest.sift(readings.series, readings.at);
    const known = await this.#replaceKnown(readings, doubtful);
    const added = doubtful.filter((row) => !known.has(row));
    const columns = rawColumns(readings, [...fresh, ...added]);
    await append(this.#connection, { name: 'raw' }, columns);
    return { fresh, doubtful, duplicates: repeats + known.size };
  }

  /** Makes windows anew; one transaction for each kind of series. */
  rollUp({ windows, ...args }: Calls['rollUp']['args']): Promise<void> {
    return recompute(this.#connection, { ...args, of: windows }, this.#openMinutes);
  }

  async rebuild({ from, to, ...args }: Calls['rebuild']['args']): Promise<void> {
    await recompute(this.#connection, { ...args, of: { from, to } }, this.#openMinutes);
    if (++this.#slicesSinceCheckpoint < slicesPerCheckpoint) return;
    this.#slicesSinceCheckpoint = 0;
    await this.#run('CHECKPOINT');
  }

  async judge({ series, at, flag, reasons }: JudgementColumns): Promise<void> {
    await inTransaction(this.#connection, async () => {
      await append(this.#connection, { name: 'judged', temporary: true }, [
        { values: Float64Array.from(series) },
        { values: at },
        { values: flag },
        { values: reasons },
      ]);
      await this.#run(sql.updateJudged, spanOf(at, 1));
      await this.#run('DELETE FROM judged');
    });
    series.forEach((id, row) => {
      this.#openMinutes.disturb(id, at[row] as number);
      this.#newest.judge(id, {
        at: at[row] as number,
        flag: flag[row] as QualityFlag,
        reasons: reasons[row] as number,
      });
    });
  }

  /** From memory: no row is read. */
  latest(): ReadingColumns {
    const newest = [...this.#newest.entries()];
    const columns = emptyReadings(newest.length);
    let row = 0;
    for (const [series, sample] of newest) {
      columns.series[row] = series;
      columns.at[row] = sample.at;
      columns.value[row] = sample.value;
      columns.flag[row] = sample.flag;
      columns.reasons[row] = sample.reasons;
      columns.receivedAt[row++] = sample.receivedAt;
    }
    return columns;
  }

  async read({ resolution, series, from, to, limit }: ReadArgs): Promise<Float64Array[]> {
    const values = [series, BigInt(from), BigInt(to), BigInt(limit)];
    const columns = await readColumns(this.#connection, sql.selectRows(resolution), values);
    // Of their own: what is transferred takes the whole buffer along.
    return columns.map((column) => column.slice());
  }

  readMany(args: Calls['readMany']['args']): Promise<Float64Array[]> {
    const { resolution, series, from, to, limit } = args;
    return inTransaction(this.#connection, async () => {
      const members = [{ values: Float64Array.from(series) }];
      await append(this.#connection, { name: 'members', temporary: true }, members);
      const statement = `${sql.selectSpan(sql.filledOf(resolution))} LIMIT $3`;
      const values = [BigInt(from), BigInt(to), BigInt(limit)];
      const columns = await readColumns(this.#connection, statement, values);
      await this.#run('DELETE FROM members');
      return columns.map((column) => column.slice());
    });
  }

  async forgetBefore({ resolution, before }: Calls['forgetBefore']['args']): Promise<void> {
    await this.#run(`DELETE FROM ${sql.tableOf[resolution]} WHERE at_ms < $1`, [BigInt(before)]);
    if (resolution !== 'raw') return;
    this.#newest.forgetBefore(before);
    this.#openMinutes.forgetBefore(before);
  }

  async ping(): Promise<void> {
    await this.#run('SELECT 1');
  }

  /** Folds the write-ahead log into the file, so that the next start is quick. */
  async close(): Promise<void> {
    try {
      await this.#run('CHECKPOINT');
    } finally {
      this.abandon();
    }
  }

  /** Lets go of the file as it is, with its log: the next opening finds what was confirmed. */
  abandon(): void {
    this.#connection.closeSync();
    this.#instance.closeSync();
  }

  #run(statement: string, values?: DuckDBValue[]): Promise<DuckDBMaterializedResult> {
    return this.#connection.run(statement, values);
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
  async #replaceKnown(readings: ReadingColumns, doubtful: readonly number[]): Promise<Set<number>> {
    if (doubtful.length === 0) return new Set();
    const at = pick(readings.at, doubtful);
    const span = spanOf(at, 1);
    await append(this.#connection, { name: 'doubtful', temporary: true }, [
      { values: Float64Array.from(doubtful) },
      ...rawColumns(readings, doubtful),
    ]);
    const [positions, differs] = await readColumns(this.#connection, sql.selectKnown, span);
    if (differs?.includes(1)) await this.#run(sql.updateKnown, span);
    await this.#run('DELETE FROM doubtful');
    return new Set(positions);
  }

  async #readNewest(): Promise<void> {
    const [series, at, value, flag, reasons, receivedAt] = await readColumns(
      this.#connection,
      sql.selectNewest,
    );
    if (!series || !at || !value || !flag || !reasons || !receivedAt) return;
    const readings = { at, value, flag, reasons, receivedAt };
    series.forEach((id, row) => {
      this.#newest.note(id, readings, row);
      this.#openMinutes.disturb(id, at[row] as number);
    });
  }
}

/** What stands of a batch, by row: what was new for certain, and what was looked up. */
interface Written {
  fresh: Iterable<number>;
  doubtful: readonly number[];
  duplicates: number;
}

/** A batch in the order of the table's columns: all of it, or the rows that are named. */
function rawColumns(readings: ReadingColumns, rows?: readonly number[]): Column[] {
  const { series, at, value, flag, reasons, receivedAt } = readings;
  return [series, at, value, flag, reasons, receivedAt].map((values) => ({
    values: rows ? pick(values, rows) : values,
  }));
}
