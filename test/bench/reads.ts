import { join } from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';
import { pino } from 'pino';
import type { DeviceKey } from '../../broker/contract/ids.ts';
import { createEmbeddedStore } from '../../ingest/store/embedded/embedded-store.ts';
import { createStatements } from '../../ingest/store/embedded/schema.ts';
import type { Store } from '../../ingest/store/store.ts';
import { makeTempFolder } from '../support/temp-folder.ts';

const hourMs = 3_600_000;
const dayMs = 24 * hourMs;
const from = Date.UTC(2025, 0, 1);
const latestDevices = 20_000;
const averagedDevices = 100;
const averagedDays = 30;
const yearDevices = 50;
const repetitions = 7;

const nameOf = (device: number): DeviceKey => `bench/device-${device}`;

/**
 * What a dashboard and its clients ask most: a year of hours of one device, the latest of everything, and a month of
 * minutes of a hundred devices averaged per hour. Each beside the plainest SQL for the same rows in the same run.
 */
export async function benchReads(print: (line: string) => void): Promise<void> {
  const folder = makeTempFolder();
  const path = join(folder.path, 'series.duckdb');
  try {
    await makeSeries(path);
    const sqlMs = await inSql(path);
    const store = createEmbeddedStore({ path }, { log: pino({ level: 'silent' }) });
    await store.start();
    const report = (name: string, ms: number, allowedMs: number, plainMs: number) =>
      print(
        `  ${name.padEnd(44)} ${ms.toFixed(0).padStart(5)} ms of ${allowedMs} ms allowed; ` +
          `plain SQL ${plainMs.toFixed(0)} ms, ratio ${(plainMs / ms).toFixed(2)}`,
      );
    report('year of hours of one device', await timed(() => readYear(store)), 30, sqlMs.year);
    report(
      `latest of ${latestDevices} devices`,
      await timed(() => readLatest(store)),
      50,
      sqlMs.latest,
    );
    const month = await timed(() => readMonth(store));
    report(`month of minutes of ${averagedDevices} devices per hour`, month, 1_000, sqlMs.month);
    await store.stop();
  } finally {
    folder.remove();
  }
}

async function readYear(store: Store): Promise<void> {
  const query = { device: nameOf(7), metric: 'pm10', from, to: from + 365 * dayMs } as const;
  const { at } = await store.rollups('1h', { ...query, rowsMax: 10_000 });
  expectRows(at.length, 365 * 24);
}

async function readLatest(store: Store): Promise<void> {
  expectRows((await store.latest()).length, latestDevices);
}

/** The hours of the tier are the means of the minutes, so nothing is averaged anew. */
async function readMonth(store: Store): Promise<void> {
  const to = from + averagedDays * dayMs;
  for (let device = 0; device < averagedDevices; device++) {
    const query = { device: nameOf(device), metric: 'pm10', from, to, rowsMax: 1_000 } as const;
    expectRows((await store.rollups('1h', query)).at.length, averagedDays * 24);
  }
}

function expectRows(rows: number, expected: number): void {
  if (rows !== expected) throw new Error(`${rows} rows instead of ${expected}`);
}

/** Median of some repetitions, after one that warms up. */
async function timed(work: () => Promise<unknown>): Promise<number> {
  await work();
  const timesMs: number[] = [];
  for (let round = 0; round < repetitions; round++) {
    const startedAt = performance.now();
    await work();
    timesMs.push(performance.now() - startedAt);
  }
  timesMs.sort((a, b) => a - b);
  return timesMs[Math.floor(repetitions / 2)] ?? Number.NaN;
}

/** A year of hours of some devices, a month of hours and minutes of a hundred, one reading of 20,000. */
async function makeSeries(path: string): Promise<void> {
  const instance = await DuckDBInstance.create(path, { memory_limit: '400MB' });
  const connection = await instance.connect();
  const rowsOf = (table: string, devices: string, range: { step: number; count: number }) =>
    `INSERT INTO ${table} (series, at_ms, count, mean, sum, m2, min, min_at, max, max_at, first, first_at,
        last, last_at, slots, covered_ms, good, not_evaluated, suspect, bad, expected, revision, result_at)
      SELECT d + 1, at_ms, 2, v, 2 * v, 2, v - 1, at_ms, v + 1, at_ms + 30000, v - 1, at_ms, v + 1, at_ms + 30000,
        2, ${range.step}, 2, 0, 0, 0, 2, 0, at_ms + ${2 * range.step}
      FROM (SELECT d, ${from} + i * ${range.step} AS at_ms, 10 + hash(d, i) % 1000 / 10 AS v
        FROM range(${range.count}) AS steps(i), ${devices} AS devices(d) ORDER BY i)`;
  for (const statement of [
    ...createStatements,
    `INSERT INTO series SELECT d + 1, 'bench/device-' || d, 'pm10' FROM range(${latestDevices}) AS devices(d)`,
    `INSERT INTO raw SELECT d + 1, ${from} + d, d, 1, 0, ${from} + d FROM range(${latestDevices}) AS devices(d)`,
    rowsOf('tier_1h', `range(${yearDevices})`, { step: hourMs, count: 365 * 24 }),
    rowsOf('tier_1h', `range(${yearDevices}, ${averagedDevices})`, {
      step: hourMs,
      count: averagedDays * 24,
    }),
    rowsOf('tier_1m', `range(${averagedDevices})`, { step: 60_000, count: averagedDays * 1_440 }),
  ]) {
    await connection.run(statement);
  }
  connection.closeSync();
  instance.closeSync();
}

async function inSql(path: string): Promise<{ year: number; latest: number; month: number }> {
  const instance = await DuckDBInstance.create(path, { memory_limit: '400MB', threads: '2' });
  const connection = await instance.connect();
  const rows = (statement: string) => async () => {
    await (await connection.run(statement)).getColumns();
  };
  const times = {
    year: await timed(rows('SELECT * FROM tier_1h WHERE series = 8 ORDER BY at_ms')),
    latest: await timed(
      rows('SELECT series, max(at_ms), arg_max(value, at_ms) FROM raw GROUP BY series'),
    ),
    month: await timed(
      rows(`SELECT series, at_ms - at_ms % ${hourMs} AS hour, avg(mean) FROM tier_1m
        WHERE series <= ${averagedDevices} AND at_ms < ${from + averagedDays * dayMs} GROUP BY ALL`),
    ),
  };
  connection.closeSync();
  instance.closeSync();
  return times;
}
