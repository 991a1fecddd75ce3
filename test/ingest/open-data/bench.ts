import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import type { Device } from '../../../broker/contract/device.ts';
import type { MetricName } from '../../../broker/contract/metrics.ts';
import { tierWidthMs, windowStart } from '../../../broker/contract/windows.ts';
import { openDataJob } from '../../../ingest/open-data/open-data-job.ts';
import { createShelf, type Shelf } from '../../../ingest/open-data/shelf.ts';
import { createMemoryStore } from '../../../ingest/store/memory.ts';
import { batchOf } from '../../../ingest/store/reading-batch.ts';
import type { Store } from '../../../ingest/store/store.ts';
import { silentLog } from '../../support/log.ts';
import { createMemoryRegistry } from '../../support/memory-registry.ts';
import { stored } from '../../support/stored.ts';
import { tempFolder } from '../../support/temp-folder.ts';

export const intervalMs = 900_000;

/** A store with real tiers, a registry, and the job over them. */
export class Bench {
  readonly folder = tempFolder();
  readonly shelf: Shelf = createShelf(this.folder);
  readonly store: Store = createMemoryStore();
  readonly registry = createMemoryRegistry();
  now = Date.parse('2026-11-10T00:00:00Z');
  figures: Readonly<Record<string, number>> = {};
  hoursFrom = Number.NEGATIVE_INFINITY;

  async device(id: string, more: Partial<Device> = {}): Promise<void> {
    await this.registry.putDevice({
      provider: 'ulm',
      id,
      kind: 'air',
      public: true,
      createdAt: 0,
      ...more,
    });
  }

  /** A value every quarter of an hour, in store and tiers. */
  async measure(
    id: string,
    [from, to]: [from: string, to: string],
    { metric = 'pm10' as MetricName, value = 10 } = {},
  ): Promise<void> {
    const device = `ulm/${id}` as const;
    const [begin, end] = [Date.parse(from), Date.parse(to)];
    const readings = [];
    for (let at = begin; at < end; at += intervalMs) {
      readings.push(stored({ device, metric, at, value }));
    }
    await this.store.write(batchOf(readings));
    for (const tier of ['1m', '1h', '1d'] as const) {
      const span = {
        series: [{ device, metric, intervalMs }],
        from: windowStart('1d', begin),
        to: windowStart('1d', end - 1) + tierWidthMs['1d'],
      };
      await this.store.rebuild(tier, span, this.now);
    }
  }

  async run(): Promise<void> {
    const job = openDataJob({
      store: this.store,
      registry: this.registry,
      shelf: this.shelf,
      hoursFrom: () => this.hoursFrom,
      clock: () => this.now,
      log: silentLog,
    });
    await job.run({
      args: undefined,
      report: (figures) => {
        this.figures = figures;
      },
      signal: new AbortController().signal,
    });
  }

  /** Published files of CSV; each has its twin in Parquet. */
  async names(): Promise<string[]> {
    const { files } = await this.shelf.read();
    return files
      .filter(({ format }) => format === 'csv')
      .map(({ kind, name }) => `${kind}/${name}`)
      .sort();
  }

  bytes(path: string): Buffer {
    return readFileSync(join(this.folder, path));
  }

  /** The lines of a published file, without their line breaks; the first one is the header. */
  lines(path: string): string[] {
    return gunzipSync(this.bytes(path)).toString().trimEnd().split('\r\n');
  }
}
