import { Registry as MetricsRegistry } from 'prom-client';
import { expect, it, onTestFinished } from 'vitest';
import { createImporter } from '../../../ingest/import/import.ts';
import { startIngest } from '../../../ingest/ingest.ts';
import { createRejectionLog } from '../../../ingest/rejections/rejection-log.ts';
import { refusalOf } from '../../../ingest/stages/announce.ts';
import { createMemoryStore } from '../../../ingest/store/memory.ts';
import { silentLog } from '../../support/log.ts';
import { createMemoryRegistry } from '../../support/memory-registry.ts';
import { tempFolder } from '../../support/temp-folder.ts';
import { chunksOf, now } from './bench.ts';

const day = 86_400_000;
const hour = 3_600_000;

async function startPath() {
  const folder = tempFolder();
  const store = createMemoryStore();
  const registry = createMemoryRegistry();
  await registry.putProvider({ id: 'ulm', name: 'Ulm', createdAt: now, open: false });
  const metrics = new MetricsRegistry();
  const rejections = createRejectionLog({ path: `${folder}/rejections` });
  const ever = Number.POSITIVE_INFINITY;
  const ingest = await startIngest(
    {
      folder,
      journalBytesMax: 1e9,
      retention: { raw: 90 * day, '1m': ever, '1h': ever, '1d': ever },
      enrolment: 'provider',
    },
    {
      bus: { start: async () => {}, publish: async () => {}, stop: async () => {} },
      store,
      registry,
      rejections,
      metrics,
      clock: () => now,
      log: silentLog,
      liveWanted: () => false,
    },
  );
  onTestFinished(async () => {
    await ingest.stop();
    await rejections.close();
  });
  const importer = createImporter({
    accept: ingest.accept,
    refusalOf: (device) => refusalOf({ registry, enrolment: 'provider' }, device),
    oldestAt: () => now - 90 * day,
    async recompute(span) {
      await ingest.stored();
      await ingest.recompute(span);
    },
    clock: () => now,
    retryAfterMs: 10,
  });
  const count = async (name: string): Promise<number> => {
    const metric = await metrics.getSingleMetric(`readings_${name}_total`)?.get();
    return (metric?.values ?? []).reduce((sum, { value }) => sum + value, 0);
  };
  return { store, registry, rejections, importer, ingest, count };
}

it('a file that is imported twice is stored once, and all counters agree', async () => {
  const { store, registry, rejections, importer, ingest, count } = await startPath();
  const begin = Math.floor((now - 20 * day) / day) * day;
  const rows = Array.from({ length: 240 }, (_, index) => {
    const at = new Date(begin + index * 6 * 60_000).toISOString();
    return `ulm/old,pm10,${at},${index % 10}\n`;
  });
  const bad = `ulm/old,pm10,${new Date(begin).toISOString()},99999\n`;
  const text = `device,metric,at,value\n${rows.join('')}${bad}elsewhere/x,pm10,${now},1\n`;
  const request = { format: 'csv', account: { kind: 'admin' }, dryRun: false } as const;

  const dry = await importer.run({ ...request, dryRun: true, body: chunksOf(text) });
  expect(dry).toMatchObject({ accepted: 240, recomputed: null });
  expect(await count('received')).toBe(0);
  expect(registry.deviceCount()).toBe(0);
  expect(await store.latest()).toEqual([]);

  const first = await importer.run({ ...request, body: chunksOf(text) });
  const second = await importer.run({ ...request, body: chunksOf(text) });
  expect(second).toEqual(first);
  await ingest.stored();
  expect({
    received: await count('received'),
    stored: await count('stored'),
    duplicate: await count('duplicate'),
    rejected: await count('rejected'),
  }).toEqual({ received: 482, stored: 240, duplicate: 240, rejected: 2 });

  const span = { device: 'ulm/old', metric: 'pm10', from: begin, to: begin + day } as const;
  expect((await store.raw({ ...span, rowsMax: 1_000 })).at).toHaveLength(240);
  // Older than what is rolled up by itself: there all the same, and the same after the second time.
  const days = await store.rollups('1d', { ...span, rowsMax: 10 });
  expect(days).toMatchObject({ at: [begin], count: [240], mean: [4.5] });
  const hours = await store.rollups('1h', { ...span, to: begin + hour, rowsMax: 10 });
  expect(hours).toMatchObject({ count: [10], mean: [4.5] });
  // What was rejected is kept for inspection, as of a device; that of a foreign provider is in the report only.
  expect(rejections.list({ limit: 10 })).toMatchObject([
    { device: 'ulm/old', rejections: [{ reason: 'out-of-range' }] },
    { device: 'ulm/old', rejections: [{ reason: 'out-of-range' }] },
  ]);
  expect(first.rejected.map(({ reason, count: rejected }) => [reason, rejected])).toEqual([
    ['out-of-range', 1],
    ['unknown-device', 1],
  ]);
});
