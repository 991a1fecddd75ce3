import type { Logger } from 'pino';
import { metricNames } from '../../../broker/contract/metrics.ts';
import {
  type Resolution,
  resolutions,
  type Tier,
  tierWidthMs,
} from '../../../broker/contract/windows.ts';
import { finerOf } from '../finer.ts';
import { storeLimits } from '../limits.ts';
import { Newest } from '../newest.ts';
import { clampInstant, partition, refusal } from '../storable.ts';
import {
  QueryTooLarge,
  type SeriesQuery,
  type SeriesWindow,
  type Store,
  type StoredReading,
  StoreUnavailable,
  type WriteOutcome,
} from '../store.ts';
import { aggregate, hasData, presentWindows, stretchesOf, tierFields } from './aggregate.ts';
import { Connection } from './connection.ts';
import { type Access, type Dialect, detectDialect } from './dialect.ts';
import { InfluxRefused, isMissingDatabase } from './errors.ts';
import {
  identifier,
  instant,
  isDevice,
  isWithin,
  line,
  type Point,
  uncarriable,
} from './escape.ts';
import { keyOf, lookUp } from './look-up.ts';
import { deviceOf, numericRows, pieces, type Query } from './rows.ts';
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
    rollUp: (tier, windows) => store.call(() => store.rollUp(tier, windows)),
    latest: () => store.call(() => store.latest()),
    raw: (query) =>
      store.call(async () => {
        const [at = [], value = []] = await store.read('raw', query);
        return { at, value, flag: at.map(() => 2) };
      }),
    rollups: (tier, query) =>
      store.call(async () => {
        const [at = [], mean = [], min = [], max = [], count = []] = await store.read(tier, query);
        return { at, mean, min, max, count };
      }),
    forgetBefore: (resolution, before) => store.call(() => store.forgetBefore(resolution, before)),
    ping: () => store.call(() => store.ping()),
    stop: () => store.stop(),
  };
}

class InfluxStore {
  readonly #config: InfluxStoreConfig;
  readonly #log: Logger;
  readonly #newest = new Newest<string>();
  /**
   * Keys that were new when they were last sent, but the answer did not come: they may be there by now.
   * Found there, they are stored and not duplicates.
   */
  readonly #unconfirmed = new Set<string>();
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

  write(batch: readonly StoredReading[]): Promise<WriteOutcome> {
    const write = this.#lastWrite.then(() => this.#writeNow(batch));
    this.#lastWrite = write.catch(() => undefined);
    return write;
  }

  async rollUp(tier: Tier, windows: readonly SeriesWindow[]): Promise<void> {
    await this.#ready();
    const stretches = stretchesOf(tier, windows);
    const points = await aggregate(tier, stretches, this.#queryOf(finerOf(tier)));
    await this.#writePoints(tier, points);
    const filled = new Set(points.map(keyOf));
    const empty = windows.filter(
      ({ device, metric, start }) => !filled.has(keyOf({ device, metric, at: start })),
    );
    await this.#erase(tier, empty);
  }

  async latest(): Promise<StoredReading[]> {
    await this.#ready();
    return this.#readLatest();
  }

  async read(resolution: Resolution, query: SeriesQuery): Promise<number[][]> {
    await this.#ready();
    const columns = ['time', ...(resolution === 'raw' ? ['value'] : tierFields)];
    const from = clampInstant(query.from);
    const to = clampInstant(query.to);
    const result: number[][] = columns.map(() => []);
    if (from >= to) return result;
    const fields = columns.slice(1).map(identifier).join(', ');
    const filter = resolution === 'raw' ? '' : ` AND ${hasData}`;
    const statement = `SELECT ${fields} FROM ${identifier(query.metric)}
      WHERE ${isDevice(query.device)} AND ${isWithin(from, to)}${filter}
      ORDER BY time ASC LIMIT ${query.rowsMax + 1}`;
    for await (const series of this.#queryOf(resolution)(statement)) {
      for (const row of numericRows(series, columns)) {
        row.forEach((value, column) => {
          result[column]?.push(value);
        });
      }
    }
    if ((result[0]?.length ?? 0) > query.rowsMax) {
      throw new QueryTooLarge(`more than the ${query.rowsMax} rows that are allowed`);
    }
    return result;
  }

  async forgetBefore(resolution: Resolution, before: number): Promise<void> {
    const { deletes } = await this.#ready();
    if (!deletes) {
      const database = this.#databaseOf(resolution);
      this.#log.warn({ database }, 'InfluxDB 3 deletes no rows: set the retention of the database');
      return;
    }
    const older = `time < ${instant(clampInstant(before))}`;
    for await (const _ of this.#queryOf(resolution)(`DELETE WHERE ${older}`));
    if (resolution === 'raw') this.#newest.forgetBefore(before);
  }

  async ping(): Promise<void> {
    await this.#server().request({ method: 'GET', path: '/ping' });
  }

  async #writeNow(batch: readonly StoredReading[]): Promise<WriteOutcome> {
    await this.#ready();
    const { kept, refused } = partition(batch, rule);
    const readings = kept.map((index) => batch[index] as StoredReading);
    const sifted = this.#newest.sift(
      readings.map(seriesKey),
      readings.map(({ at }) => at),
    );
    const pick = (rows: readonly number[]) => rows.map((row) => readings[row] as StoredReading);
    const known = await lookUp(pick(sifted.doubtful), this.#queryOf('raw'));
    const changed = [...sifted.fresh, ...sifted.doubtful].filter((row) => {
      const reading = readings[row] as StoredReading;
      return known.get(keyOf(reading)) !== reading.value;
    });
    const keys = readings.map(keyOf);
    const points = pick(changed).map(rawPoint);
    const unwritten = await this.#writePoints('raw', points).catch((error: unknown) => {
      this.#noteUnconfirmed(
        changed.map((row) => keys[row] as string).filter((key) => !known.has(key)),
      );
      throw error;
    });
    for (const [position, detail] of unwritten) {
      refused.push({ index: kept[changed[position] as number] as number, detail });
    }
    pick(changed).forEach((reading, position) => {
      if (unwritten.has(position)) return;
      this.#newest.note(seriesKey(reading), reading.at, reading.value);
    });
    const unwrittenKnown = [...unwritten.keys()].filter((position) =>
      known.has(keyOf(readings[changed[position] as number] as StoredReading)),
    );
    const nowConfirmed = [...known.keys()].filter((key) => this.#unconfirmed.has(key)).length;
    for (const key of keys) this.#unconfirmed.delete(key);
    const duplicates = sifted.repeats + known.size - unwrittenKnown.length - nowConfirmed;
    const stored = batch.length - duplicates - refused.length;
    return { stored, duplicates, refused: refused.sort((a, b) => a.index - b.index) };
  }

  #noteUnconfirmed(keys: readonly string[]): void {
    // Whoever writes repeats what failed before anything else, so that these are few.
    if (this.#unconfirmed.size + keys.length > storeLimits.influxUnconfirmedMax) {
      this.#unconfirmed.clear();
    }
    for (const key of keys) this.#unconfirmed.add(key);
  }

  /** Writes points; answers those that the server refused, by position, with its reason. */
  async #writePoints(
    resolution: Resolution,
    points: readonly Point[],
  ): Promise<Map<number, string>> {
    const dialect = await this.#ready();
    const database = this.#databaseOf(resolution);
    const path = dialect.writePath(database);
    const refused = new Map<number, string>();
    // By metric, so that a conflict of types, which hits a metric as a whole, is found quickly.
    const order = [...points.keys()].sort((a, b) => compareMetric(points[a], points[b]));
    for (const part of pieces(order, storeLimits.influxLinesPerWriteMax)) {
      const lines = part.map((position) => line(points[position] as Point));
      const send = (some: string[]) => this.#server().write(database, some, path);
      for (const { index, detail } of await writeLines(lines, send)) {
        refused.set(part[index] as number, detail);
      }
    }
    if (resolution !== 'raw' && refused.size > 0) {
      const [detail] = refused.values();
      this.#log.error({ database, count: refused.size, detail }, 'InfluxDB refused roll-ups');
    }
    return refused;
  }

  /** Makes windows vanish that are there and have no data any more. */
  async #erase(tier: Tier, windows: readonly SeriesWindow[]): Promise<void> {
    if (windows.length === 0) return;
    const { deletes } = await this.#ready();
    const query = this.#queryOf(tier);
    const present = await presentWindows(stretchesOf(tier, windows), query);
    if (!deletes) {
      await this.#writePoints(tier, present.map(emptyPoint));
      return;
    }
    for (const { device, metric, start } of present) {
      const statement = `DELETE FROM ${identifier(metric)}
        WHERE ${isDevice(device)} AND ${isWithin(start, start + tierWidthMs[tier])}`;
      for await (const _ of query(statement));
    }
  }

  /** Metric by metric, series by series: no answer holds the whole city. */
  async #readLatest(): Promise<StoredReading[]> {
    const readings: StoredReading[] = [];
    for (const metric of metricNames) {
      const statement = `SELECT last("value") AS "value" FROM ${identifier(metric)}
        GROUP BY "provider", "device"`;
      for await (const series of this.#queryOf('raw')(statement)) {
        const device = deviceOf(series);
        for (const [at = 0, value = 0] of numericRows(series, ['time', 'value'])) {
          readings.push({ device, metric, at, value });
        }
      }
    }
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
    for (const reading of await this.#readLatest()) {
      this.#newest.note(seriesKey(reading), reading.at, reading.value);
    }
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

function rule(reading: StoredReading): string | undefined {
  return refusal(reading) ?? uncarriable(reading.device);
}

function seriesKey({ device, metric }: StoredReading): string {
  return `${device} ${metric}`;
}

function rawPoint({ device, metric, at, value }: StoredReading): Point {
  return { device, metric, at, fields: { value } };
}

function emptyPoint({ device, metric, start }: SeriesWindow): Point {
  return { device, metric, at: start, fields: { mean: 0, min: 0, max: 0, count: 0 } };
}

function compareMetric(a: Point | undefined, b: Point | undefined): number {
  if (!a || !b || a.metric === b.metric) return 0;
  return a.metric < b.metric ? -1 : 1;
}
