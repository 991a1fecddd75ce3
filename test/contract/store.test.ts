import { join } from 'node:path';
import { pino } from 'pino';
import { afterAll, beforeAll } from 'vitest';
import { createEmbeddedStore } from '../../ingest/store/embedded/embedded-store.ts';
import { createInfluxStore } from '../../ingest/store/influx/influx-store.ts';
import { createMemoryStore } from '../../ingest/store/memory.ts';
import {
  describeWithInflux,
  type InfluxServer,
  startInfluxServer,
} from '../support/influx-server.ts';
import { makeTempFolder } from '../support/temp-folder.ts';
import { describeStore } from './store-contract.ts';

const log = pino({ level: 'silent' });

const openMemory = async () => {
  const store = createMemoryStore();
  await store.start();
  return { store, close: () => store.stop() };
};
describeStore('memory', openMemory, { durable: false });

describeStore('embedded', async () => {
  const folder = makeTempFolder();
  const start = async () => {
    const store = createEmbeddedStore({ path: join(folder.path, 'series.duckdb') }, { log });
    await store.start();
    return store;
  };
  let store = await start();
  return {
    store,
    reopen: async () => {
      await store.stop();
      store = await start();
      return store;
    },
    close: async () => {
      await store.stop();
      folder.remove();
    },
  };
});

describeWithInflux('InfluxDB', () => {
  let server: InfluxServer;
  let opened = 0;

  beforeAll(async () => {
    server = await startInfluxServer();
  });

  afterAll(() => server?.remove());

  describeStore('influx', async () => {
    const bucket = `contract ${++opened}`;
    const start = async () => {
      const store = createInfluxStore({ url: server.url, bucket }, { log });
      await store.start();
      return store;
    };
    let store = await start();
    return {
      store,
      reopen: async () => {
        await store.stop();
        store = await start();
        return store;
      },
      close: () => store.stop(),
    };
  });
});
