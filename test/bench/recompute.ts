import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { DuckDBInstance } from '@duckdb/node-api';
import { pino } from 'pino';
import type { DeviceKey } from '../../broker/contract/ids.ts';
import type { MetricName } from '../../broker/contract/metrics.ts';
import { type Tier, tiers, tierWidthMs } from '../../broker/contract/windows.ts';
import { createEmbeddedStore } from '../../ingest/store/embedded/embedded-store.ts';
import { createStatements } from '../../ingest/store/embedded/schema.ts';
import { batchOf } from '../../ingest/store/reading-batch.ts';
import type { RebuildSpan, Store, StoredReading } from '../../ingest/store/store.ts';
import { makeTempFolder } from '../support/temp-folder.ts';

const devices = 5_000;
const metrics = ['pm10', 'pm2_5', 'temperature', 'relative_humidity'] as const;
const hourMs = 3_600_000;
const dayMs = 24 * hourMs;
const day = Date.UTC(2025, 10, 13);
const minutes = 1_440;
const readingsPerWrite = 1_000;
const pauseBetweenWritesMs = 200;
const allowedS = 30;

/**
 * Recomputes one day of all tiers of 5,000 devices with 4 metrics at 1-minute intervals, while readings are
 * written. Beside it what the engine itself takes for the same statistics of the same windows by `GROUP BY`, without
 * coverage, comparison and revisions. Takes one to two minutes in all.
 */
export async function benchRecompute(print: (line: string) => void): Promise<void> {
  const folder = makeTempFolder();
  const path = join(folder.path, 'series.duckdb');
  try {
    await makeDay(path);
    const plainS = await rollUpInSql(path);
    const store = createEmbeddedStore({ path }, { log: pino({ level: 'silent' }) });
    await store.start();
    const seconds = await rebuildWhileWriting(store, print);
    await store.stop();
    print(
      `  recompute ${devices * metrics.length * minutes} rows: ${seconds.toFixed(1)} s of ${allowedS} s allowed; ` +
        `the same statistics by GROUP BY ${plainS.toFixed(1)} s, ratio ${(plainS / seconds).toFixed(2)}`,
    );
    print(`  memory of the process ${Math.round(process.memoryUsage.rss() / 2 ** 20)} MB`);
  } finally {
    folder.remove();
  }
}

async function rebuildWhileWriting(store: Store, print: (line: string) => void): Promise<number> {
  let done = false;
  const latenciesMs: number[] = [];
  const writing = (async () => {
    for (let round = 0; !done; round++) {
      const startedAt = performance.now();
      await store.write(batchOf(readingsOf(round)));
      latenciesMs.push(performance.now() - startedAt);
      await sleep(pauseBetweenWritesMs);
    }
  })();
  const seconds = await rebuildAll(store, print).finally(() => {
    done = true;
  });
  await writing;
  latenciesMs.sort((a, b) => a - b);
  const at = (share: number) => latenciesMs[Math.ceil(share * latenciesMs.length) - 1] ?? 0;
  print(
    `  meanwhile ${latenciesMs.length} writes of ${readingsPerWrite} readings: ` +
      `median ${at(0.5).toFixed(0)} ms, p99 ${at(0.99).toFixed(0)} ms, longest ${at(1).toFixed(0)} ms`,
  );
  return seconds;
}

async function rebuildAll(store: Store, print: (line: string) => void): Promise<number> {
  const span: RebuildSpan = {
    series: Array.from({ length: devices }, (_, device) =>
      metrics.map((metric) => ({ device: nameOf(device), metric, intervalMs: 60_000 })),
    ).flat(),
    from: day,
    to: day + dayMs,
  };
  const startedAt = performance.now();
  for (const tier of tiers) {
    const tierStartedAt = performance.now();
    await store.rebuild(tier, span, day + 2 * dayMs);
    print(`  tier ${tier}: ${((performance.now() - tierStartedAt) / 1_000).toFixed(1)} s`);
  }
  return (performance.now() - startedAt) / 1_000;
}

const nameOf = (device: number): DeviceKey => `bench/device-${device}`;

/** Readings of the next day. */
function readingsOf(round: number): StoredReading[] {
  return Array.from({ length: readingsPerWrite }, (_, index) => ({
    device: nameOf(index),
    metric: 'pm10' as MetricName,
    at: day + dayMs + round,
    value: index,
    flag: 1,
    reasons: 0,
    receivedAt: day + dayMs + round,
  }));
}

/** A day of raw rows in order of time, each device at its own second of the minute. */
async function makeDay(path: string): Promise<void> {
  const instance = await DuckDBInstance.create(path, { memory_limit: '400MB' });
  const connection = await instance.connect();
  for (const statement of createStatements) await connection.run(statement);
  const list = metrics.map((metric) => `'${metric}'`).join(', ');
  await connection.run(`INSERT INTO series
    SELECT d * ${metrics.length} + m + 1, 'bench/device-' || d, [${list}][m + 1]
    FROM range(${devices}) AS devices(d), range(${metrics.length}) AS metrics(m)`);
  for (let minute = 0; minute < minutes; minute += 60) {
    await connection.run(`INSERT INTO raw
      SELECT s + 1, at_ms, 10 + hash(s, at_ms) % 1000 / 10, 1, 0, at_ms + 250 FROM (
        SELECT s, ${day} + minute * 60000 + (s * 37) % 60000 AS at_ms
        FROM range(${minute}, ${minute + 60}) AS minutes(minute),
          range(${devices * metrics.length}) AS series(s))`);
  }
  connection.closeSync();
  instance.closeSync();
}

/** Statistics of raw rows, by the names of the tiers' columns. */
const ofRaw = `count(*) AS count, avg(value) AS mean, sum(value) AS sum, var_pop(value) * count(*) AS m2,
  min(value) AS min, arg_min(at_ms, value) AS min_at, max(value) AS max, arg_max(at_ms, value) AS max_at,
  arg_min(value, at_ms) AS first, min(at_ms) AS first_at, arg_max(value, at_ms) AS last, max(at_ms) AS last_at,
  count(*) FILTER (flag = 1) AS good, count(*) FILTER (flag = 2) AS not_evaluated,
  count(*) FILTER (flag = 3) AS suspect, count(*) FILTER (flag = 4) AS bad`;
/** The same of rows of the tier below. */
const ofTier = `sum(count) AS count, avg(mean) AS mean, sum(sum) AS sum, sum(m2) + var_pop(mean) * count(*) AS m2,
  min(min) AS min, arg_min(min_at, min) AS min_at, max(max) AS max, arg_max(max_at, max) AS max_at,
  arg_min(first, first_at) AS first, min(first_at) AS first_at, arg_max(last, last_at) AS last,
  max(last_at) AS last_at, sum(good) AS good, sum(not_evaluated) AS not_evaluated, sum(suspect) AS suspect,
  sum(bad) AS bad`;

/** What a plain roll-up costs: the three tiers by `GROUP BY`, an hour at a time, written to tables of their own. */
async function rollUpInSql(path: string): Promise<number> {
  const instance = await DuckDBInstance.create(path, { memory_limit: '400MB', threads: '2' });
  const connection = await instance.connect();
  const startedAt = performance.now();
  const rollUp = (tier: Tier, source: string, statistics: string, { from, to }: Stretch) => {
    const select = `SELECT series, at_ms - at_ms % ${tierWidthMs[tier]} AS start, ${statistics}
      FROM (SELECT * FROM ${source} WHERE at_ms >= ${from} AND at_ms < ${to}) GROUP BY ALL`;
    const renamed = `SELECT series, start AS at_ms, * EXCLUDE (series, start) FROM (${select})`;
    return connection.run(
      from === day
        ? `CREATE TABLE plain_${tier} AS ${renamed}`
        : `INSERT INTO plain_${tier} ${renamed}`,
    );
  };
  const hours = Array.from({ length: 24 }, (_, hour) => ({
    from: day + hour * hourMs,
    to: day + (hour + 1) * hourMs,
  }));
  for (const hour of hours) await rollUp('1m', 'raw', ofRaw, hour);
  for (const hour of hours) await rollUp('1h', 'plain_1m', ofTier, hour);
  await rollUp('1d', 'plain_1h', ofTier, { from: day, to: day + dayMs });
  const seconds = (performance.now() - startedAt) / 1_000;
  for (const tier of tiers) await connection.run(`DROP TABLE plain_${tier}`);
  connection.closeSync();
  instance.closeSync();
  return seconds;
}

interface Stretch {
  from: number;
  to: number;
}
