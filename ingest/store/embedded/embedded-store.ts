import { mkdirSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import type { Worker } from 'node:worker_threads';
import type { Logger } from 'pino';
import { type Resolution, type Tier, tierWidthMs } from '../../../broker/contract/windows.ts';
import { finerOf } from '../finer.ts';
import { clampInstant, partition } from '../storable.ts';
import {
  QueryTooLarge,
  type SeriesQuery,
  type SeriesWindow,
  type Store,
  type StoredReading,
  StoreUnavailable,
  type WriteOutcome,
} from '../store.ts';
import { explainOpening } from './explain.ts';
import type { ReadingColumns, SeriesRow, WindowColumns } from './messages.ts';
import { SeriesIndex } from './series-index.ts';
import { createWorkerClient, spawnWorker, type WorkerClient } from './worker-client.ts';

export interface EmbeddedStoreConfig {
  /** The database file; `<path>.wal` beside it belongs to it. Its folder is created when missing. */
  path: string;
  /** Threads that DuckDB computes with. Default 1. */
  threads?: number;
  /** What DuckDB may hold in memory; beyond it works in `<path>.tmp`. Default 192. */
  memoryLimitMb?: number;
}

export interface EmbeddedStoreDeps {
  log: Logger;
  /** Starts the worker thread; for tests that end it. */
  spawn?: () => Worker;
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
export function createEmbeddedStore(config: EmbeddedStoreConfig, deps: EmbeddedStoreDeps): Store {
  const store = new EmbeddedStore(config, deps);
  return {
    start: () => store.start(),
    write: (batch) => store.write(batch),
    rollUp: (tier, windows) => store.rollUp(tier, windows),
    latest: () => store.latest(),
    raw: async (query) => {
      const [at = [], value = []] = await store.read('raw', query);
      return { at, value, flag: at.map(() => 2) };
    },
    rollups: async (tier, query) => {
      const [at = [], mean = [], min = [], max = [], count = []] = await store.read(tier, query);
      return { at, mean, min, max, count };
    },
    forgetBefore: (resolution, before) => store.forgetBefore(resolution, before),
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

  async write(batch: readonly StoredReading[]): Promise<WriteOutcome> {
    const { worker, index } = await this.#open();
    const { kept, refused } = partition(batch);
    if (kept.length === 0) return { stored: 0, duplicates: 0, refused };
    const readings = readingColumns(
      kept.map((position) => batch[position] as StoredReading),
      index,
    );
    const newSeries: SeriesRow[] = index.unconfirmed();
    const outcome = await worker.ask(
      'write',
      { newSeries, readings },
      buffersOf(readings.series, readings.at, readings.value),
    );
    index.confirm(newSeries);
    return { ...outcome, refused };
  }

  async rollUp(tier: Tier, all: readonly SeriesWindow[]): Promise<void> {
    const { worker, index } = await this.#open();
    const windows = windowColumns(all, index);
    if (windows.series.length === 0) return;
    await worker.ask(
      'rollUp',
      { tier, finer: finerOf(tier), widthMs: tierWidthMs[tier], windows },
      buffersOf(windows.series, windows.start),
    );
  }

  async latest(): Promise<StoredReading[]> {
    const { worker, index } = await this.#open();
    const { series, at, value } = await worker.ask('latest', undefined);
    const readings: StoredReading[] = [];
    series.forEach((id, row) => {
      const name = index.nameOf(id);
      if (name) readings.push({ ...name, at: at[row] as number, value: value[row] as number });
    });
    return readings;
  }

  async read(resolution: Resolution, query: SeriesQuery): Promise<number[][]> {
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
    return columns.map((column) => Array.from(column));
  }

  async forgetBefore(resolution: Resolution, before: number): Promise<void> {
    const { worker } = await this.#open();
    await worker.ask('forgetBefore', { resolution, before: clampInstant(before) });
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
    const { threads = 1, memoryLimitMb = 192 } = this.#config;
    createFolderOf(this.#path);
    const worker = createWorkerClient((this.#deps.spawn ?? spawnWorker)());
    try {
      const rows = await worker.ask('open', { path: this.#path, threads, memoryLimitMb });
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

function readingColumns(readings: readonly StoredReading[], index: SeriesIndex): ReadingColumns {
  const columns: ReadingColumns = {
    series: new Int32Array(readings.length),
    at: new Float64Array(readings.length),
    value: new Float64Array(readings.length),
  };
  readings.forEach(({ device, metric, at, value }, row) => {
    columns.series[row] = index.idOrNew(device, metric);
    columns.at[row] = at;
    columns.value[row] = value;
  });
  return columns;
}

/** Each window once, without those of series that were never written. */
function windowColumns(windows: readonly SeriesWindow[], index: SeriesIndex): WindowColumns {
  const starts = new Map<number, Set<number>>();
  let count = 0;
  for (const { device, metric, start } of windows) {
    const id = index.idOf(device, metric);
    if (id === undefined) continue;
    const known = starts.get(id) ?? new Set();
    starts.set(id, known);
    if (!known.has(start)) count++;
    known.add(start);
  }
  const columns = { series: new Int32Array(count), start: new Float64Array(count) };
  let row = 0;
  for (const [id, known] of starts) {
    for (const start of known) {
      columns.series[row] = id;
      columns.start[row++] = start;
    }
  }
  return columns;
}

function buffersOf(...columns: (Int32Array | Float64Array)[]): ArrayBuffer[] {
  return columns.map((column) => column.buffer as ArrayBuffer);
}
