import { join } from 'node:path';
import { pino } from 'pino';
import { onTestFinished } from 'vitest';
import type { MetricName } from '../../../broker/contract/metrics.ts';
import type { ExportEngine } from '../../../ingest/export/engine.ts';
import { createExports, type ExportsConfig } from '../../../ingest/export/exports.ts';
import type { ExportJob, ExportRequest, Exports } from '../../../ingest/export/port.ts';
import { createStagedRows } from '../../../ingest/export/staged-rows.ts';
import { createStoredRows } from '../../../ingest/export/stored-rows.ts';
import {
  createEmbeddedStore,
  type SqlStore,
} from '../../../ingest/store/embedded/embedded-store.ts';
import { batchOf } from '../../../ingest/store/reading-batch.ts';
import type { Store, StoredReading } from '../../../ingest/store/store.ts';
import { stored } from '../../support/stored.ts';
import { tempFolder } from '../../support/temp-folder.ts';

export const log = pino({ level: 'silent' });
/** 2026-03-01T00:00:00Z */
export const start = Date.UTC(2026, 2, 1);
export const minuteMs = 60_000;
export const hourMs = 3_600_000;
export const dayMs = 86_400_000;

export const device = 'ulm/a1';

export const reading = (
  at: number,
  value: number,
  more: Partial<StoredReading> = {},
): StoredReading => stored({ device, metric: 'pm10', at, value, receivedAt: at + 500, ...more });

export const seriesOf = (metric: MetricName = 'pm10', of: `${string}/${string}` = device) => ({
  device: of,
  metric,
  intervalMs: minuteMs,
});

/** All of March's first two days of one series as CSV, unless said. */
export const request = (more: Partial<ExportRequest> = {}): ExportRequest => ({
  series: [seriesOf()],
  resolution: 'raw',
  from: start,
  to: start + 2 * dayMs,
  format: 'csv',
  variant: 'plain',
  columns: 'plain',
  gaps: false,
  keepUnknown: false,
  owner: 'test',
  detached: true,
  about: () => ({ licence: 'CC-BY-4.0' }),
  ...more,
});

/** An embedded store that may export to the folder given back. */
export async function openEmbedded(): Promise<{ store: SqlStore; folder: string }> {
  const root = tempFolder();
  const folder = join(root, 'exports');
  const store = createEmbeddedStore(
    { path: join(root, 'series.duckdb'), exportFolder: folder },
    { log },
  );
  await store.start();
  onTestFinished(() => store.stop());
  return { store, folder };
}

export interface Opened {
  exports: Exports;
  folder: string;
  time: { now: number };
}

export function openExports(
  engine: ExportEngine,
  folder: string,
  limits: NonNullable<ExportsConfig['limits']> = {},
): Opened {
  const time = { now: start + 30 * dayMs };
  const exports = createExports({ folder, limits }, { engine, clock: () => time.now, log });
  onTestFinished(() => exports.stop());
  return { exports, folder, time };
}

/** Exports out of an embedded store that holds these readings. */
export async function exportsOf(
  readings: readonly StoredReading[],
  {
    sliceRowsMax = 400_000,
    limits = {},
  }: {
    sliceRowsMax?: number;
    limits?: NonNullable<ExportsConfig['limits']>;
  } = {},
): Promise<Opened & { store: SqlStore }> {
  const { store, folder } = await openEmbedded();
  await store.write(batchOf(readings));
  const engine = createStoredRows(() => store.openSql(), sliceRowsMax);
  return { ...openExports(engine, folder, limits), store };
}

/** Exports out of another store. */
export function stagedExportsOf(store: Store, sliceRowsMax = 400_000): Opened {
  const folder = join(tempFolder(), 'exports');
  return openExports(createStagedRows(store, folder, sliceRowsMax), folder);
}

export async function bytesOf(job: ExportJob, from?: number, to?: number): Promise<Buffer> {
  const chunks: Buffer[] = [];
  const span = { ...(from === undefined ? {} : { from }), ...(to === undefined ? {} : { to }) };
  for await (const chunk of job.read(span)) chunks.push(chunk);
  return Buffer.concat(chunks);
}

/** The whole file of a request. */
export async function made(exports: Exports, wanted: Partial<ExportRequest> = {}): Promise<Buffer> {
  const job = exports.start(request(wanted));
  const bytes = await bytesOf(job);
  await job.finished();
  return bytes;
}

export async function textOf(
  exports: Exports,
  wanted: Partial<ExportRequest> = {},
): Promise<string> {
  return (await made(exports, wanted)).toString('utf8');
}
