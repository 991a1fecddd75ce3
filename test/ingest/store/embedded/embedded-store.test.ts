import { type ChildProcess, spawn } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { Worker } from 'node:worker_threads';
import { pino } from 'pino';
import { describe, expect, onTestFinished, test } from 'vitest';
import {
  createEmbeddedStore,
  type EmbeddedStoreDeps,
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

const storeAt = (path: string, deps: Partial<EmbeddedStoreDeps> = {}): Store => {
  const store = createEmbeddedStore({ path }, { log, ...deps });
  onTestFinished(() => store.stop());
  return store;
};

const started = async (path: string, deps: Partial<EmbeddedStoreDeps> = {}): Promise<Store> => {
  const store = storeAt(path, deps);
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
    expect(lines.slice(-2)).toEqual([
      expect.stringMatching(/^failed store-unavailable .*File too large/),
      'stopped',
    ]);
    expect(confirmedIn(lines)).toBeGreaterThan(5);
    await expectWhole(await started(path), confirmedIn(lines));
  });
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
