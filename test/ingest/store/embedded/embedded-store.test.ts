import { type ChildProcess, spawn } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { Worker } from 'node:worker_threads';
import { pino } from 'pino';
import { describe, expect, onTestFinished, test } from 'vitest';
import {
  createEmbeddedStore,
  type EmbeddedStoreConfig,
  type EmbeddedStoreDeps,
  type SqlStore,
} from '../../../../ingest/store/embedded/embedded-store.ts';
import { spawnWorker } from '../../../../ingest/store/embedded/worker-client.ts';
import { storeLimits } from '../../../../ingest/store/limits.ts';
import { batchOf } from '../../../../ingest/store/reading-batch.ts';
import {
  type Store,
  type StoredReading,
  StoreUnavailable,
} from '../../../../ingest/store/store.ts';
import { tempFolder } from '../../../support/temp-folder.ts';
import { until } from '../../../support/until.ts';
import { childBatch, childBatchSize } from './child-batch.ts';

const log = pino({ level: 'silent' });
const root = join(import.meta.dirname, '../../../..');

const storeAt = (
  path: string,
  { memoryLimitMb, ...deps }: Partial<EmbeddedStoreDeps & EmbeddedStoreConfig> = {},
): SqlStore => {
  const limits = memoryLimitMb === undefined ? {} : { memoryLimitMb };
  const store = createEmbeddedStore({ path, ...limits }, { log, ...deps });
  onTestFinished(() => store.stop());
  return store;
};

const started = async (...how: Parameters<typeof storeAt>): Promise<SqlStore> => {
  const store = storeAt(...how);
  await store.start();
  return store;
};

const reading = (at: number, value = at): StoredReading => ({
  device: 'museum/hall',
  metric: 'pm10',
  at,
  value,
  flag: 2,
  reasons: 0,
  receivedAt: at + 5,
});

const valuesOf = async (store: Store, device: StoredReading['device'] = 'museum/hall') => {
  const range = { from: 0, to: 1e12, rowsMax: 1e6 };
  return (await store.raw({ device, metric: 'pm10', ...range })).value;
};

/** Runs `writer-child.ts` and collects what it says. */
const startWriter = (path: string, shell = ''): { child: ChildProcess; lines: string[] } => {
  const script = join(import.meta.dirname, 'writer-child.ts');
  const command = `${shell} exec "$0" --import tsx "$1" "$2"`;
  const child = spawn('/bin/sh', ['-c', command, process.execPath, script, path], {
    cwd: root,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  onTestFinished(() => {
    child.kill('SIGKILL');
  });
  const lines: string[] = [];
  if (child.stdout) createInterface(child.stdout).on('line', (line) => lines.push(line));
  return { child, lines };
};

/** A thread that opens and then answers nothing, so that it can be ended in the midst of a call. */
const stalledWorker = (): Worker =>
  new Worker(
    `const { parentPort } = require('node:worker_threads');
    parentPort.on('message', ({ id, name }) => {
      if (name === 'open') parentPort.postMessage({ id, ok: true, answer: [] });
    });`,
    { eval: true },
  );

const confirmedIn = (lines: readonly string[]): number =>
  lines.filter((line) => line.startsWith('confirmed')).length;

const exitOf = (child: ChildProcess) => new Promise((resolve) => child.once('close', resolve));

/** Every batch is there whole or not at all, and all that were confirmed are there. */
const expectWhole = async (store: Store, confirmed: number) => {
  const first = await valuesOf(store, 'child/device-0');
  const last = await valuesOf(store, `child/device-${childBatchSize - 1}`);
  expect(first).toEqual(last);
  expect(first).toEqual(Array.from({ length: first.length }, (_, number) => number));
  expect(first.length).toBeGreaterThanOrEqual(confirmed);
};

describe('the file of the embedded store', () => {
  test('is refused with one sentence when another process has it', async () => {
    const path = join(tempFolder(), 'series.duckdb');
    const { child, lines } = startWriter(path);
    await until('the other process to write', () => confirmedIn(lines) > 0, 15_000);
    const store = storeAt(path);
    await expect(store.start()).rejects.toThrow(
      `the store ${path} is in use by another process (PID ${child.pid})`,
    );
    await expect(store.start()).rejects.toBeInstanceOf(StoreUnavailable);
    child.kill('SIGKILL');
    await exitOf(child);
    await store.start();
    expect(await valuesOf(store, 'child/device-0')).not.toEqual([]);
  });

  test('is refused when this process has it, which the lock of the system does not see', async () => {
    const path = join(tempFolder(), 'series.duckdb');
    const store = await started(path);
    await expect(storeAt(path).start()).rejects.toThrow('already open in this process');
    await store.stop();
    await started(path);
  });

  test('is refused and left alone when it is something else', async () => {
    const path = join(tempFolder(), 'series.duckdb');
    writeFileSync(path, 'a shopping list\n'.repeat(1000));
    await expect(storeAt(path).start()).rejects.toThrow('is not a database file of ours');
  });

  test('is refused with the reason when its folder cannot be made', async () => {
    const folder = tempFolder();
    writeFileSync(join(folder, 'data'), '');
    const store = storeAt(join(folder, 'data', 'store', 'series.duckdb'));
    await expect(store.start()).rejects.toThrow('cannot be opened: ENOTDIR');
    await expect(store.start()).rejects.toBeInstanceOf(StoreUnavailable);
  });

  test('is made with its folder when missing', async () => {
    const store = await started(join(tempFolder(), 'new', 'folder', 'series.duckdb'));
    await store.write(batchOf([reading(1)]));
    expect(await valuesOf(store)).toEqual([1]);
  });

  test('holds every confirmed batch, and none in part, after kill -9', async () => {
    const path = join(tempFolder(), 'series.duckdb');
    for (const confirmations of [3, 60]) {
      const { child, lines } = startWriter(path);
      await until('confirmed batches', () => confirmedIn(lines) >= confirmations, 15_000);
      child.kill('SIGKILL');
      await exitOf(child);
      const store = await started(path);
      await expectWhole(store, confirmedIn(lines));
      const again = await store.write(batchOf(childBatch(0)));
      expect(again).toMatchObject({ stored: 0, duplicates: childBatchSize });
      await store.stop();
    }
  });

  test('that cannot grow makes writing fail with StoreUnavailable, and holds what was confirmed', async () => {
    const path = join(tempFolder(), 'series.duckdb');
    // Files of at most 600 blocks of 512 bytes: the write-ahead log gets there within seconds.
    const { child, lines } = startWriter(path, 'ulimit -f 600;');
    await exitOf(child);
    expect(lines.slice(-3)).toEqual([
      expect.stringMatching(/^failed store-unavailable .*File too large/),
      `reads ${childBatchSize}`,
      'stopped',
    ]);
    expect(confirmedIn(lines)).toBeGreaterThan(5);
    await expectWhole(await started(path), confirmedIn(lines));
  });

  test('that has no room at all is opened and read all the same', async () => {
    const path = join(tempFolder(), 'series.duckdb');
    const first = startWriter(path);
    await until('confirmed batches', () => confirmedIn(first.lines) >= 20, 15_000);
    first.child.kill('SIGKILL');
    await exitOf(first.child);
    // The log is longer than that already.
    const { child, lines } = startWriter(path, 'ulimit -f 20;');
    await exitOf(child);
    // What is there already is confirmed without a write.
    expect(lines.filter((line) => !line.startsWith('confirmed'))).toEqual([
      'started',
      expect.stringMatching(/^failed store-unavailable .*File too large/),
      `reads ${childBatchSize}`,
      'stopped',
    ]);
    await expectWhole(await started(path), confirmedIn(first.lines));
  });
});

describe('the embedded store after a COMMIT that failed', () => {
  const deviceOf = (number: number): StoredReading['device'] => `museum/hall-${number}`;
  const devices = Array.from({ length: 5_000 }, (_, number) => deviceOf(number));
  const written = (at: number) => batchOf(devices.map((device) => ({ ...reading(at), device })));

  /** Leaves the engine no room for another commit, until it is opened anew. */
  const takeMemoryFrom = async (store: SqlStore) => {
    const session = await store.openSql();
    await session.run("SET memory_limit='3MB'");
  };
  const answers = (store: Store) => () =>
    store.ping().then(
      () => true,
      () => false,
    );

  test('is opened anew, has all that was confirmed, and takes the write again', async () => {
    const store = await started(join(tempFolder(), 'series.duckdb'));
    let at = 0;
    for (let round = 0; round < 3; round++) {
      for (let write = 0; write < 10; write++) await store.write(written(at++));
      await takeMemoryFrom(store);
      await expect(store.write(written(at))).rejects.toThrow('Failed to commit');
      await until('the store to answer again', answers(store));
      expect(await store.write(written(at++))).toMatchObject({ stored: 5_000, duplicates: 0 });
    }
    await store.stop();
    await store.start();
    const series = devices.map((device) => ({ device, metric: 'pm10' as const }));
    const all = await store.rawOfMany?.({ series, from: 0, to: 1e12, rowsMax: 1e6 });
    const instants = Array.from({ length: at }, (_, instant) => instant);
    expect(all).toHaveLength(devices.length);
    for (const { at: stored } of all ?? []) expect([...stored]).toEqual(instants);
  });

  test('of a session is opened anew once the write under way is done', async () => {
    const store = await started(join(tempFolder(), 'series.duckdb'));
    const session = await store.openSql();
    const writes = Array.from({ length: 30 }, (_, at) => store.write(written(at)));
    // With its answer the thread has begun with the second.
    await writes[0];
    const failing = session.run("SELECT error('Failed to commit')");
    const ended = Promise.allSettled(writes);
    await expect(failing).rejects.toThrow('Failed to commit');
    const outcomes = await ended;
    await until('the store to answer again', answers(store));
    const confirmed = outcomes.flatMap(({ status }, at) => (status === 'fulfilled' ? [at] : []));
    expect(confirmed.length).toBeGreaterThan(1);
    expect(confirmed.length).toBeLessThan(writes.length);
    const stored = [...(await valuesOf(store, deviceOf(0)))];
    expect(stored).toEqual(expect.arrayContaining(confirmed));
  });
});

test('the embedded store holds many times what it may hold in memory, in writes of any length', async () => {
  const store = await started(join(tempFolder(), 'series.duckdb'), { memoryLimitMb: 10 });
  const writes = 120;
  // Not a multiple of the engine's vectors: a release of it kept memory for the last one of each write for ever.
  const devices = Array.from({ length: 20_000 }, (_, number) => `museum/hall-${number}` as const);
  for (let write = 0; write < writes; write++) {
    await store.write(batchOf(devices.map((device) => ({ ...reading(write), device }))));
  }
  const session = await store.openSql();
  expect(await session.run('SELECT count(*) FROM raw')).toEqual([[writes * devices.length]]);
  await session.close();
});

describe('the thread of the embedded store', () => {
  test('rejects calls under way when it ends, and is there again for the next call', async () => {
    const workers: Worker[] = [];
    const spawn = () => {
      const worker = workers.length === 0 ? stalledWorker() : spawnWorker();
      workers.push(worker);
      return worker;
    };
    const store = await started(join(tempFolder(), 'series.duckdb'), { spawn });
    const calls = [store.write(batchOf([reading(1)])), store.latest()];
    const outcomes = Promise.allSettled(calls);
    await workers[0]?.terminate();
    for (const outcome of await outcomes) {
      expect(outcome).toMatchObject({ status: 'rejected', reason: { code: 'store-unavailable' } });
    }
    expect(await store.write(batchOf([reading(1)]))).toMatchObject({ stored: 1 });
    expect(workers).toHaveLength(2);
  });

  test('that ends between two calls loses nothing of what was confirmed', async () => {
    const workers: Worker[] = [];
    const spawn = () => {
      const worker = spawnWorker();
      workers.push(worker);
      return worker;
    };
    const store = await started(join(tempFolder(), 'series.duckdb'), { spawn });
    await store.write(batchOf([reading(1), reading(2)]));
    await workers[0]?.terminate();
    expect(await store.write(batchOf([reading(2), reading(3)]))).toMatchObject({
      stored: 1,
      duplicates: 1,
    });
    expect(await valuesOf(store)).toEqual([1, 2, 3]);
    expect(workers).toHaveLength(2);
  });

  test('that cannot be started is an unavailable store, at start and later', async () => {
    const path = join(tempFolder(), 'series.duckdb');
    let broken = false;
    const workers: Worker[] = [];
    const spawn = () => {
      const worker = spawnWorker();
      workers.push(worker);
      if (broken) void worker.terminate();
      return worker;
    };
    const store = await started(path, { spawn });
    await store.write(batchOf([reading(1)]));
    broken = true;
    await workers[0]?.terminate();
    await expect(store.write(batchOf([reading(2)]))).rejects.toBeInstanceOf(StoreUnavailable);
    broken = false;
    expect(await store.write(batchOf([reading(2)]))).toMatchObject({ stored: 1 });
  });

  test('takes a bounded number of calls, and still stops when they are exhausted', async () => {
    const store = await started(join(tempFolder(), 'series.duckdb'));
    const calls = Array.from({ length: storeLimits.callsMax + 5 }, (_, at) =>
      store.write(batchOf([reading(at)])),
    );
    const stopped = store.stop();
    const outcomes = await Promise.allSettled(calls);
    const rejected = outcomes.filter(({ status }) => status === 'rejected');
    expect(rejected).toHaveLength(5);
    for (const outcome of rejected) {
      expect(outcome).toMatchObject({ reason: { code: 'store-unavailable' } });
    }
    await stopped;
    await expect(store.ping()).rejects.toThrow('not started');
  });

  test('leaves the event loop free while it works', async () => {
    const store = await started(join(tempFolder(), 'series.duckdb'));
    const batches = Array.from({ length: 30 }, (_, number) => childBatch(number));
    const writing = Promise.all(batches.map((batch) => store.write(batchOf(batch))));
    let turns = 0;
    let done = false;
    void writing.then(() => {
      done = true;
    });
    while (!done) {
      turns++;
      await new Promise((resolve) => setImmediate(resolve));
    }
    expect(turns).toBeGreaterThan(100);
  });
});
