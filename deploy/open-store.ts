import { createRequire } from 'node:module';
import { join } from 'node:path';
import type { Logger } from 'pino';
import type { ExportEngine } from '../ingest/export/engine.ts';
import { createExports } from '../ingest/export/exports.ts';
import type { Exports } from '../ingest/export/port.ts';
import { createStoredRows } from '../ingest/export/stored-rows.ts';
import type { Store } from '../ingest/store/store.ts';
import type { Env } from './env.ts';

/** A store, and how it is exported from. */
export interface OpenedStore {
  store: Store;
  engine: ExportEngine;
}

type InfluxStore = typeof import('../ingest/store/influx/influx-store.ts');
type EmbeddedStore = typeof import('../ingest/store/embedded/embedded-store.ts');
type StagedRows = typeof import('../ingest/export/staged-rows.ts');

const require = createRequire(import.meta.url);

/** Only the engine that is used is loaded: the other one would cost memory for nothing. */
export function openStore({ env, log }: { env: Env; log: Logger }): OpenedStore {
  const {
    INFLUX_URL: url,
    INFLUX_TOKEN: token,
    INFLUX_ORG: org,
    INFLUX_BUCKET: bucket,
  } = env.ingest;
  const exportFolder = folderOf(env);
  if (url) {
    const { createInfluxStore } = require('../ingest/store/influx/influx-store.ts') as InfluxStore;
    const store = createInfluxStore(
      { url, bucket, ...(token ? { token } : {}), ...(org ? { org } : {}) },
      { log },
    );
    return { store, engine: stagedOnDemand(store, exportFolder) };
  }
  const { createEmbeddedStore } =
    require('../ingest/store/embedded/embedded-store.ts') as EmbeddedStore;
  const path = join(env.process.DATA_DIR, 'series.duckdb');
  const store = createEmbeddedStore({ path, exportFolder }, { log });
  return { store, engine: createStoredRows(() => store.openSql()) };
}

/** Exports of the process, below `DATA_DIR/exports`. */
export function openExports(
  { engine }: OpenedStore,
  deps: { env: Env; log: Logger; clock: () => number; settle?: (() => Promise<void>) | undefined },
): Exports {
  const { env, log, clock, settle } = deps;
  return createExports(
    { folder: folderOf(env) },
    { engine, clock, log: log.child({ service: 'export' }), ...(settle ? { settle } : {}) },
  );
}

/** DuckDB formats exports of other engines too; it is loaded with the first of them. */
function stagedOnDemand(store: Store, folder: string): ExportEngine {
  return {
    async open(request) {
      const { createStagedRows } = require('../ingest/export/staged-rows.ts') as StagedRows;
      return createStagedRows(store, folder).open(request);
    },
  };
}

function folderOf({ process }: Env): string {
  return join(process.DATA_DIR, 'exports');
}
