import type { Logger } from 'pino';
import { metricNames } from '../../../broker/contract/metrics.ts';
import type { RawColumns, TierColumns } from '../../../broker/contract/series.ts';
import { type Resolution, resolutions, type Tier } from '../../../broker/contract/windows.ts';
import { forgottenBefore } from '../forgotten.ts';
import { storeLimits } from '../limits.ts';
import { Newest } from '../newest.ts';
import { batchOf, type ReadingBatch } from '../reading-batch.ts';
import { SeriesTable } from '../series-table.ts';
import { clampInstant } from '../storable.ts';
import {
  type Judgement,
  type ManySeriesQuery,
  QueryTooLarge,
  type RebuildSpan,
  type SeriesQuery,
  type SeriesWindow,
  type Store,
  type StoredReading,
  StoreUnavailable,
  type WriteOutcome,
} from '../store.ts';
import { type TierRow, tierColumns } from '../tier-rows.ts';
import { Connection } from './connection.ts';
import { type Access, type Dialect, detectDialect } from './dialect.ts';
import { InfluxRefused, isMissingDatabase } from './errors.ts';
import { identifier, instant, isDevice, isWithin, line, type Point } from './escape.ts';
import { type Cell, hasContent, rawFields, readingOf, tierFields, tierRowOf } from './fields.ts';
import { addRawRow, emptyRaw, readManySeries } from './many-series.ts';
import { RawWrites } from './raw-writes.ts';
import { Recompute } from './recompute.ts';
import { deviceOf, forEachAtMost, type Query, rowsOf } from './rows.ts';
import { writeLines } from './write-lines.ts';

export interface InfluxStoreConfig extends Access {
  /** Where the server is; a path, user or password in it is not logged. */
  url: string;
  /** Prefix of the names of the databases (2.x: buckets): `<bucket>_raw`, `_1m`, `_1h`, `_1d`. */
  bucket: string;
  /** Time for one request, then the server counts as unavailable. Default 30 s. */
  answerMsMax?: number;
}

export interface InfluxStoreDeps {
  log: Logger;
}

/**
 * Keeps series in InfluxDB 1.x, 2.x or 3.x: one database per resolution, the metric as measurement,
 * `provider` and `device` as tags. Assumes that it is the only writer. Nothing is repeated or buffered
 * here: a batch is one request that is awaited, and the journal is what remembers it.
 */
export function createInfluxStore(config: InfluxStoreConfig, deps: InfluxStoreDeps): Store {
  const store = new InfluxStore(config, deps);
  return {
    start: () => store.start(),
    write: (batch) => store.call(() => store.write(batch)),
    rollUp: (tier, windows, now) => store.call(() => store.rollUp(tier, windows, now)),
    rebuild: (tier, span, now) => store.call(() => store.rebuild(tier, span, now)),
    judge: (judgements) => store.call(() => store.judge(judgements)),
    latest: () => store.call(() => store.latest()),
    raw: (query) => store.call(() => store.raw(query)),
    rawOfMany: (query) => store.call(() => store.rawOfMany(query)),
    rollups: (tier, query) => store.call(() => store.rollups(tier, query)),
    forgetBefore: (resolution, before) => store.call(() => store.forgetBefore(resolution, before)),
    ping: () => store.call(() => store.ping()),
    stop: () => store.stop(),
  };
}

class InfluxStore {
  readonly #config: InfluxStoreConfig;
  readonly #log: Logger;
  readonly #newest = new Newest();
  /** The numbers of series in `#newest`. Grows to devices times metrics. */
  readonly #table = new SeriesTable();
  readonly #rawWrites: RawWrites;
  readonly #recompute: Recompute;
  readonly #calls = new Set<Promise<unknown>>();
  /** Writes follow each other: whether a reading is new depends on those before. */
  #lastWrite: Promise<unknown> = Promise.resolve();
  /** True from start to stop. */
  #accepts = false;
  #connection: Connection | undefined;
  #dialect: Promise<Dialect> | undefined;

  constructor(config: InfluxStoreConfig, deps: InfluxStoreDeps) {
    this.#config = config;
    this.#log = deps.log;
    this.#rawWrites = new RawWrites({
      newest: this.#newest,
      table: this.#table,
      query: this.#queryOf('raw'),
      write: (lines) => this.#writeLines('raw', lines),
      writeJudged: (points) => this.#writeDerived('raw', points),
    });
    this.#recompute = new Recompute({
      queryOf: (resolution) => this.#queryOf(resolution),
      write: (tier, points) => this.#writeDerived(tier, points),
      proceed: () => {
        if (!this.#accepts) throw new StoreUnavailable('the store is being stopped');
      },
    });
  }

  async start(): Promise<void> {
    if (this.#accepts) return;
    const { url, answerMsMax = storeLimits.influxAnswerMsMax } = this.#config;
    this.#connection = new Connection(url, answerMsMax);
    this.#accepts = true;
    try {
      await this.call(() => this.#ready());
    } catch (error) {
      await this.stop();
      throw error;
    }
  }

  async stop(): Promise<void> {
    this.#accepts = false;
    await Promise.allSettled(this.#calls);
    this.#dialect = undefined;
    this.#connection?.close();
    this.#connection = undefined;
  }

  /** Runs one call of the port: bounded in number, and with the errors that the port knows. */
  call<T>(work: () => Promise<T>): Promise<T> {
    if (!this.#accepts) return Promise.reject(new StoreUnavailable('the store is not started'));
    if (this.#calls.size >= storeLimits.callsMax) {
      return Promise.reject(
        new StoreUnavailable(`${this.#calls.size} calls are waiting for the store`),
      );
    }
    const call = work().catch((error: unknown) => {
      if (!(error instanceof InfluxRefused)) throw error;
      // The next call creates what is missing.
      if (isMissingDatabase(error)) this.#dialect = undefined;
      throw new StoreUnavailable(`InfluxDB refused a request: ${error.message}`, { cause: error });
    });
    this.#calls.add(call);
    const settled = () => this.#calls.delete(call);
    call.then(settled, settled);
    return call;
  }

  write(batch: ReadingBatch): Promise<WriteOutcome> {
    return this.#afterLastWrite(() => this.#rawWrites.write(batch));
  }

  judge(judgements: readonly Judgement[]): Promise<void> {
    return this.#afterLastWrite(() => this.#rawWrites.judge(judgements));
  }

  async rollUp(tier: Tier, windows: readonly SeriesWindow[], now: number): Promise<void> {
    await this.#ready();
    await this.#recompute.rollUp(tier, windows, now);
  }

  async rebuild(tier: Tier, span: RebuildSpan, now: number): Promise<void> {
    await this.#ready();
    await this.#recompute.rebuild(tier, span, now);
  }

  async latest(): Promise<StoredReading[]> {
    await this.#ready();
    return this.#readLatest();
  }

  async raw(query: SeriesQuery): Promise<RawColumns> {
    const columns = emptyRaw();
    await this.#readRows('raw', query, { fields: rawFields, filter: '' }, (at, cells) => {
      addRawRow(columns, at, cells);
    });
    return columns;
  }

  async rawOfMany(query: ManySeriesQuery): Promise<RawColumns[]> {
    await this.#ready();
    return readManySeries(query, this.#queryOf('raw'));
  }

  async rollups(tier: Tier, query: SeriesQuery): Promise<TierColumns> {
    const rows: TierRow[] = [];
    const selection = { fields: tierFields, filter: ` AND ${hasContent}` };
    await this.#readRows(tier, query, selection, (at, cells) => {
      rows.push(tierRowOf(tier, at, cells));
    });
    return tierColumns(tier, rows);
  }

  async forgetBefore(resolution: Resolution, before: number): Promise<void> {
    const { deletes } = await this.#ready();
    if (!deletes) {
      const database = this.#databaseOf(resolution);
      this.#log.warn({ database }, 'InfluxDB 3 deletes no rows: set the retention of the database');
      return;
    }
    const from = forgottenBefore(before);
    const older = `time < ${instant(clampInstant(from))}`;
    // Not between the look-up of a write and the write: it would take a reading for known that is gone.
    await this.#afterLastWrite(async () => {
      for await (const _ of this.#queryOf(resolution)(`DELETE WHERE ${older}`));
      if (resolution === 'raw') this.#newest.forgetBefore(from);
    });
  }

  async ping(): Promise<void> {
    await this.#server().request({ method: 'GET', path: '/ping' });
  }

  /** Writes follow each other. */
  #afterLastWrite<T>(work: () => Promise<T>): Promise<T> {
    const write = this.#lastWrite.then(async () => {
      await this.#ready();
      return work();
    });
    this.#lastWrite = write.catch(() => undefined);
    return write;
  }

  /** Rows of one series in order of time. */
  async #readRows(
    resolution: Resolution,
    query: SeriesQuery,
    { fields, filter }: { fields: readonly string[]; filter: string },
    found: (at: number, cells: Cell[]) => void,
  ): Promise<void> {
    await this.#ready();
    const from = clampInstant(query.from);
    const to = clampInstant(query.to);
    if (from >= to) return;
    const statement = `SELECT ${fields.map(identifier).join(', ')} FROM ${identifier(query.metric)}
      WHERE ${isDevice(query.device)} AND ${isWithin(from, to)}${filter}
      ORDER BY time ASC LIMIT ${query.rowsMax + 1}`;
    let count = 0;
    for await (const series of this.#queryOf(resolution)(statement)) {
      count += series.values.length;
      if (count > query.rowsMax) {
        throw new QueryTooLarge(`more than the ${query.rowsMax} rows that are allowed`);
      }
      for (const [at, cells] of rowsOf(series, fields)) found(at, cells);
    }
  }

  /** Writes lines; answers those that the server refused, by position, with its reason. */
  async #writeLines(
    resolution: Resolution,
    lines: readonly string[],
  ): Promise<Map<number, string>> {
    const dialect = await this.#ready();
    const database = this.#databaseOf(resolution);
    const path = dialect.writePath(database);
    const refused = new Map<number, string>();
    const linesMax =
      resolution === 'raw'
        ? storeLimits.influxLinesPerWriteMax
        : storeLimits.influxTierLinesPerWriteMax;
    const send = (some: string[]) => this.#server().write(database, some, path);
    for (let from = 0; from < lines.length; from += linesMax) {
      for (const { index, detail } of await writeLines(lines.slice(from, from + linesMax), send)) {
        refused.set(from + index, detail);
      }
    }
    return refused;
  }

  /** Writes what we derived ourselves: a refusal of it is our fault, and to repeat it would not help. */
  async #writeDerived(resolution: Resolution, points: readonly Point[]): Promise<void> {
    const sorted = [...points].sort(compareMetric);
    const refused = await this.#writeLines(resolution, sorted.map(line));
    if (refused.size === 0) return;
    const [detail] = refused.values();
    const database = this.#databaseOf(resolution);
    this.#log.error({ database, count: refused.size, detail }, 'InfluxDB refused derived values');
  }

  /** Metric by metric, series by series: no answer holds the whole city. */
  async #readLatest(): Promise<StoredReading[]> {
    const readings: StoredReading[] = [];
    const others = rawFields.slice(1).map(identifier).join(', ');
    await forEachAtMost(storeLimits.influxRequestsAtOnceMax, metricNames, async (metric) => {
      const statement = `SELECT last("value") AS "value", ${others} FROM ${identifier(metric)}
        GROUP BY "provider", "device"`;
      for await (const series of this.#queryOf('raw')(statement)) {
        const device = deviceOf(series);
        for (const [at, cells] of rowsOf(series, rawFields)) {
          const reading = readingOf(at, cells);
          if (reading) readings.push({ device, metric, at, ...reading });
        }
      }
    });
    return readings;
  }

  /** What the server speaks, once its databases are there and the newest readings are known. */
  #ready(): Promise<Dialect> {
    if (!this.#dialect) {
      const dialect = this.#prepare();
      this.#dialect = dialect;
      dialect.catch(() => {
        if (this.#dialect === dialect) this.#dialect = undefined;
      });
    }
    return this.#dialect;
  }

  async #prepare(): Promise<Dialect> {
    const connection = this.#server();
    const dialect = await detectDialect(connection, this.#config, this.#log);
    for (const resolution of resolutions) {
      await dialect.create(connection, this.#databaseOf(resolution));
    }
    this.#newest.clear();
    const newest = batchOf(await this.#readLatest(), this.#table);
    for (let row = 0; row < newest.length; row++)
      this.#newest.note(newest.series[row] as number, newest, row);
    return dialect;
  }

  #databaseOf(resolution: Resolution): string {
    return `${this.#config.bucket}_${resolution}`;
  }

  #queryOf(resolution: Resolution): Query {
    return (statement) => this.#server().query(this.#databaseOf(resolution), statement);
  }

  #server(): Connection {
    if (!this.#connection) throw new StoreUnavailable('the store was stopped');
    return this.#connection;
  }
}

function compareMetric(a: Point, b: Point): number {
  if (a.metric === b.metric) return 0;
  return a.metric < b.metric ? -1 : 1;
}
