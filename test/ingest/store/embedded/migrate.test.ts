import { join } from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';
import { pino } from 'pino';
import { expect, onTestFinished, test } from 'vitest';
import { createEmbeddedStore } from '../../../../ingest/store/embedded/embedded-store.ts';
import { tempFolder } from '../../../support/temp-folder.ts';

const day = Date.UTC(2025, 10, 13);
const hourMs = 3_600_000;
const query = {
  device: 'museum/hall',
  metric: 'pm10',
  from: 0,
  to: 2 * day,
  rowsMax: 100,
} as const;

/** The schema as it was before readings had a quality, with some rows. */
const makeEarlierFile = async (path: string): Promise<void> => {
  const instance = await DuckDBInstance.create(path);
  const connection = await instance.connect();
  const tier =
    '(series INTEGER NOT NULL, at_ms BIGINT NOT NULL, mean DOUBLE, min DOUBLE, max DOUBLE, count BIGINT)';
  for (const statement of [
    'CREATE TABLE series (id INTEGER NOT NULL, device VARCHAR NOT NULL, metric VARCHAR NOT NULL)',
    'CREATE TABLE raw (series INTEGER NOT NULL, at_ms BIGINT NOT NULL, value DOUBLE NOT NULL)',
    `CREATE TABLE tier_1m ${tier}`,
    `CREATE TABLE tier_1h ${tier}`,
    `CREATE TABLE tier_1d ${tier}`,
    "INSERT INTO series VALUES (1, 'museum/hall', 'pm10')",
    `INSERT INTO raw VALUES (1, ${day}, 10), (1, ${day + 1_000}, 20)`,
    `INSERT INTO tier_1m VALUES (1, ${day}, 15, 10, 20, 2)`,
    `INSERT INTO tier_1h VALUES (1, ${day}, 15, 10, 20, 2), (1, ${day - hourMs}, 7, 7, 7, 1)`,
    `INSERT INTO tier_1d VALUES (1, ${day}, 15, 10, 20, 2)`,
  ]) {
    await connection.run(statement);
  }
  connection.closeSync();
  instance.closeSync();
};

test('a file of the schema before qualities opens with all that it knows, once and again, and can be rebuilt', async () => {
  const path = join(tempFolder(), 'series.duckdb');
  await makeEarlierFile(path);
  const store = createEmbeddedStore({ path }, { log: pino({ level: 'silent' }) });
  onTestFinished(() => store.stop());
  for (let round = 0; round < 2; round++) {
    await store.start();
    expect(await store.raw(query)).toEqual({
      at: [day, day + 1_000],
      value: [10, 20],
      flag: [2, 2],
      reasons: [0, 0],
      receivedAt: [day, day + 1_000],
    });
    expect(await store.rollups('1h', query)).toMatchObject({
      at: [day - hourMs, day],
      mean: [7, 15],
      min: [7, 10],
      max: [7, 20],
      count: [1, 2],
      sum: [7, 30],
      coverage: [0, 0],
      flags: [
        [0, 1, 0, 0],
        [0, 2, 0, 0],
      ],
      firstAt: [null, null],
      revision: [0, 0],
    });
    await store.stop();
  }
  await store.start();
  const series = [{ device: query.device, metric: query.metric, intervalMs: 60_000 }];
  const now = day + 30 * hourMs;
  for (const tier of ['1m', '1h', '1d'] as const) {
    await store.rebuild(tier, { series, from: day, to: day + 24 * hourMs }, now);
    expect(await store.rollups(tier, { ...query, from: day })).toMatchObject({
      mean: [15],
      count: [2],
      slots: [1],
      first: [10],
      lastAt: [day + 1_000],
      revision: [1],
      resultAt: [now],
    });
  }
});
