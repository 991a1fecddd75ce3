import { mkdirSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { dirname, resolve } from 'node:path';
import type { Worker } from 'node:worker_threads';
import type { Logger } from 'pino';
import type { Resolution, Tier } from '../../../broker/contract/windows.ts';
import { forgottenBefore } from '../forgotten.ts';
import type { ReadingBatch } from '../reading-batch.ts';
import { clampInstant, partition } from '../storable.ts';
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
import { explainOpening } from './explain.ts';
import { rawColumnsOf, readingsOf, tierColumnsOf } from './from-columns.ts';
import type { SeriesRow, SeriesShapes } from './messages.ts';
import { SeriesIndex } from './series-index.ts';
import { slicesOf } from './slices.ts';
import { splitBySeries } from './split-series.ts';
import type { SqlSession } from './sql-session.ts';
import {
  buffersOf,
  judgementColumns,
  readingColumns,
  shapesOf,
  windowColumns,
} from './to-columns.ts';
import { createWorkerClient, spawnWorker, type WorkerClient } from './worker-client.ts';

export interface EmbeddedStoreConfig {
  /** The database file; `<path>.wal` beside it belongs to it. Its folder is created when missing. */
  path: string;
  /** Threads that DuckDB computes with. Default 2 where there are as many processors: sorting takes half the time. */
  threads?: number;
  /** What DuckDB may hold in memory; beyond it works in `<path>.tmp`. Default 192. */
  memoryLimitMb?: number;
  /** The one folder that SQL sessions may write files to. */
  exportFolder?: string;
}

export interface EmbeddedStoreDeps {
  log: Logger;
  /** Starts the worker thread; for tests that end it. */
  spawn?: () => Worker;
}

/** A store whose engine writes files of what is in it. */
export interface SqlStore extends Store {
  /** A session beside the store's own calls. @throws StoreUnavailable */
  openSql(): Promise<SqlSession>;
}

/** The open database: its thread and the dictionary that was read from it. */
interface Session {
  worker: WorkerClient;
  index: SeriesIndex;
}

/**
 * Files that are open in this process. The operating system's lock keeps other processes out, but not
 * this one: opening the file twice here would ruin it.
 */
const openPaths = new Set<string>();

/**
 * Keeps series in one DuckDB file, in a thread of its own. When the thread ends by itself, calls under
 * way reject with StoreUnavailable and the next call opens the file again; what was confirmed is in it.
 */
export function createEmbeddedStore(
  config: EmbeddedStoreConfig,
  deps: EmbeddedStoreDeps,
): SqlStore {
  const store = new EmbeddedStore(config, deps);
  return {
    start: () => store.start(),
    write: (batch) => store.write(batch),
    rollUp: (tier, windows, now) => store.rollUp(tier, windows, now),
    rebuild: (tier, span, now) => store.rebuild(tier, span, now),
    judge: (judgements) => store.judge(judgements),
    latest: () => store.latest(),
    raw: async (query) => rawColumnsOf(await store.read('raw', query)),
    rawOfMany: async (query) => (await store.readMany('raw', query)).map(rawColumnsOf),
    rollups: async (tier, query) => tierColumnsOf(tier, await store.read(tier, query)),
    rollupsOfMany: async (tier, query) =>
      (await store.readMany(tier, query)).map((columns) => tierColumnsOf(tier, columns)),
    forgetBefore: (resolution, before) => store.forgetBefore(resolution, before),
    openSql: () => store.openSql(),
    ping: () => store.ping(),
    stop: () => store.stop(),
  };
}

class EmbeddedStore {
  readonly #path: string;
  readonly #config: EmbeddedStoreConfig;
  readonly #deps: EmbeddedStoreDeps;
  #session: Promise<Session> | undefined;
  #started = false;

  constructor(config: EmbeddedStoreConfig, deps: EmbeddedStoreDeps) {
    this.#path = resolve(config.path);
    this.#config = config;
    this.#deps = deps;
  }

  async start(): Promise<void> {
    if (this.#started) return;
    if (openPaths.has(this.#path)) {
      throw new StoreUnavailable(`the store ${this.#path} is already open in this process`);
    }
    openPaths.add(this.#path);
    this.#started = true;
    try {
      await this.#open();
    } catch (error) {
      this.#started = false;
      openPaths.delete(this.#path);
      throw error;
    }
  }

  async write(batch: ReadingBatch): Promise<WriteOutcome> {
    const { worker, index } = await this.#open();
    const { kept, refused } = partition(batch);
    if (refused.length === batch.length) return { stored: 0, duplicates: 0, refused };
    const readings = readingColumns(batch, kept, index);
    const newSeries: SeriesRow[] = index.unconfirmed();
    const outcome = await worker.ask('write', { newSeries, readings }, buffersOf(readings));
    index.confirm(newSeries);
    return { ...outcome, refused };
  }

  async rollUp(tier: Tier, all: readonly SeriesWindow[], now: number): Promise<void> {
    const { worker, index } = await this.#open();
    const windows = windowColumns(all, index);
    if (windows.series.length === 0) return;
    const args = { tier, now, shapes: shapesOf(all, index), windows };
    await worker.ask('rollUp', args, buffersOf(args.shapes, windows));
  }

  /** In many calls to the thread, which serves in order: writes that come meanwhile go in between. */
  async rebuild(tier: Tier, { series, from, to }: RebuildSpan, now: number): Promise<void> {
    const shapesBySeries = new Map<RebuildSpan['series'], SeriesShapes>();
    let of: SeriesIndex | undefined;
    for (const slice of slicesOf(tier, { series, from, to })) {
      const { worker, index } = await this.#open();
      // Numbers hold for as long as the file is open.
      if (index !== of) shapesBySeries.clear();
      of = index;
      const shapes = shapesBySeries.get(slice.series) ?? shapesOf(slice.series, index);
      shapesBySeries.set(slice.series, shapes);
      if (shapes.series.length === 0) continue;
      await worker.ask('rebuild', { tier, now, shapes, from: slice.from, to: slice.to });
    }
  }

  async judge(judgements: readonly Judgement[]): Promise<void> {
    const { worker, index } = await this.#open();
    const columns = judgementColumns(judgements, index);
    if (columns.series.length > 0) await worker.ask('judge', columns, buffersOf(columns));
  }

  async latest(): Promise<StoredReading[]> {
    const { worker, index } = await this.#open();
    return readingsOf(await worker.ask('latest', undefined), index);
  }

  async read(resolution: Resolution, query: SeriesQuery): Promise<Float64Array[]> {
    const { worker, index } = await this.#open();
    const series = index.idOf(query.device, query.metric);
    if (series === undefined) return [];
    const columns = await worker.ask('read', {
      resolution,
      series,
      from: clampInstant(query.from),
      to: clampInstant(query.to),
      limit: query.rowsMax + 1,
    });
    if ((columns[0]?.length ?? 0) > query.rowsMax) {
      throw new QueryTooLarge(`more than the ${query.rowsMax} rows that are allowed`);
    }
    return columns;
  }

  /** Columns of each series; none where there are no rows. */
  async readMany(
    resolution: Resolution,
    { series, from, to, rowsMax }: ManySeriesQuery,
  ): Promise<Float64Array[][]> {
    const { worker, index } = await this.#open();
    const ids = series.map(({ device, metric }) => index.idOf(device, metric));
    const known = Int32Array.from(new Set(ids.filter((id) => id !== undefined)));
    const span = { from: clampInstant(from), to: clampInstant(to), limit: rowsMax + 1 };
    const columns = await worker.ask('readMany', { resolution, series: known, ...span }, []);
    if ((columns[0]?.length ?? 0) > rowsMax) {
      throw new QueryTooLarge(`more than the ${rowsMax} rows that are allowed`);
    }
    const bySeries = splitBySeries(columns);
    return ids.map((id) => bySeries.get(id ?? Number.NaN) ?? []);
  }

  async forgetBefore(resolution: Resolution, before: number): Promise<void> {
    const { worker } = await this.#open();
    await worker.ask('forgetBefore', {
      resolution,
      before: clampInstant(forgottenBefore(before)),
    });
  }

  async openSql(): Promise<SqlSession> {
    const { worker } = await this.#open();
    const { session } = await worker.ask('sqlOpen', undefined);
    return {
      run: (statement) => worker.ask('sqlRun', { session, statement }),
      interrupt() {
        // When the thread has ended there is nothing to interrupt.
        worker.ask('sqlInterrupt', { session }).catch(() => undefined);
      },
      close: () => worker.ask('sqlClose', { session }).catch(() => undefined),
    };
  }

  async ping(): Promise<void> {
    const { worker } = await this.#open();
    await worker.ask('ping', undefined);
  }

  async stop(): Promise<void> {
    if (!this.#started) return;
    this.#started = false;
    const session = await this.#session?.catch(() => undefined);
    try {
      // The thread serves in order: what is under way is done before it closes.
      await session?.worker.ask('close', undefined);
    } catch (error) {
      // Nothing is lost: the write-ahead log stays and is read at the next start.
      this.#deps.log.warn({ error }, 'embedded store: closed without a checkpoint');
    }
    await session?.worker.ended;
    openPaths.delete(this.#path);
  }

  /** The open session, opened anew when the thread has ended since. */
  #open(): Promise<Session> {
    if (!this.#started) return Promise.reject(new StoreUnavailable('the store is not started'));
    if (!this.#session) {
      const session = this.#openSession();
      this.#session = session;
      // A failed opening is not kept: the next call tries again.
      session.catch(() => {
        if (this.#session === session) this.#session = undefined;
      });
    }
    return this.#session;
  }

  async #openSession(): Promise<Session> {
    const { threads = Math.min(2, availableParallelism()) } = this.#config;
    const { memoryLimitMb = 192, exportFolder } = this.#config;
    createFolderOf(this.#path);
    const worker = createWorkerClient((this.#deps.spawn ?? spawnWorker)());
    try {
      const rows = await worker.ask('open', {
        path: this.#path,
        threads,
        memoryLimitMb,
        ...(exportFolder === undefined ? {} : { exportFolder: resolve(exportFolder) }),
      });
      this.#reopenAfter(worker);
      return { worker, index: new SeriesIndex(rows) };
    } catch (error) {
      await worker.ended;
      throw explainOpening(this.#path, error);
    }
  }

  #reopenAfter(worker: WorkerClient): void {
    void worker.ended.then(() => {
      this.#session = undefined;
      if (this.#started) this.#deps.log.error('embedded store: its thread has ended unexpectedly');
    });
  }
}

function createFolderOf(path: string): void {
  try {
    mkdirSync(dirname(path), { recursive: true });
  } catch (error) {
    throw explainOpening(path, error);
  }
}
