import { Registry as MetricsRegistry } from 'prom-client';
import { beforeAll, expect, it, onTestFinished } from 'vitest';
import { createReadingCounters } from '../../../ingest/counters.ts';
import { encodeEntry, type JournalEntry } from '../../../ingest/journal/entry.ts';
import { Journal } from '../../../ingest/journal/journal.ts';
import { createAssessor } from '../../../ingest/stages/assess.ts';
import { toLive } from '../../../ingest/stages/gather.ts';
import { RecordReader } from '../../../ingest/stages/read-records.ts';
import { Sink, type SinkDeps } from '../../../ingest/stages/sink.ts';
import { createMemoryStore } from '../../../ingest/store/memory.ts';
import { type StoredReading, StoreUnavailable } from '../../../ingest/store/store.ts';
import { silentLog } from '../../support/log.ts';
import { createMemoryRegistry } from '../../support/memory-registry.ts';
import { tempFolder } from '../../support/temp-folder.ts';
import { until } from '../../support/until.ts';

const now = Date.parse('2026-11-22T10:00:00Z');

const registry = createMemoryRegistry();
const assessor = createAssessor({ registry });
beforeAll(async () => {
  const correction = { method: 'koehler', kappa: 0.3 } as const;
  await registry.putDevice({
    provider: 'ulm',
    id: 'node-1',
    kind: 'air',
    public: false,
    createdAt: 0,
    correction,
    corrections: [{ since: 0, correction }],
  });
});

/** An entry as it is journalled, of a device that is corrected. */
function humid(at: number): JournalEntry {
  return assessor.assess({
    device: 'ulm/node-1',
    receivedAt: at,
    readings: [
      { metric: 'pm10', at, value: 50 },
      { metric: 'relative_humidity', at, value: 80 },
    ],
  });
}

/** A sink whose store fails as often as said. */
async function bench({ failures = 0 } = {}) {
  const journal = await Journal.open({ folder: tempFolder(), journalBytesMax: 1e9 }, silentLog);
  const store = createMemoryStore();
  const metrics = new MetricsRegistry();
  const marked: StoredReading[] = [];
  let left = failures;
  const sink = new Sink(
    {
      journal,
      store: {
        ...store,
        async write(batch) {
          if (left-- > 0) throw new StoreUnavailable('away');
          return store.write(batch);
        },
      },
      registry,
      rejections: { append: async () => {} } as unknown as SinkDeps['rejections'],
      counters: createReadingCounters(metrics),
      clock: () => now,
      log: silentLog,
      markStored: async (batch) => void marked.push(...batch.readings()),
    },
    0,
  );
  onTestFinished(async () => {
    await sink.stop();
    await journal.close();
  });
  const append = (entry: JournalEntry) =>
    new Promise<void>((resolve, reject) =>
      journal.append(encodeEntry(entry), (error) => (error ? reject(error) : resolve())),
    );
  const counts = async () => {
    const sums: Record<string, number> = {};
    for (const name of ['received', 'stored', 'rejected', 'duplicate', 'derived']) {
      const { values = [] } =
        (await metrics.getSingleMetric(`readings_${name}_total`)?.get()) ?? {};
      sums[name] = values.reduce((sum, { value }) => sum + value, 0);
    }
    return sums;
  };
  const rest = () => until('the sink to be done', () => sink.position === journal.end, 15_000);
  return { sink, store, marked, append, counts, rest };
}

it.each([0, 1])(
  'corrected readings are stored and rolled up, and counted apart (after %d failures)',
  async (failures) => {
    const { sink, store, marked, append, counts, rest } = await bench({ failures });
    // What the journal held at the start counts as received by the sink, which is as good as `accept` here.
    sink.start();
    await append(humid(now));
    await append(humid(now + 60_000));
    await rest();
    const query = { device: 'ulm/node-1' as const, from: 0, to: 1e15, rowsMax: 10 };
    const rows = await store.raw({ ...query, metric: 'pm10_corrected' });
    expect(rows).toMatchObject({ at: [now, now + 60_000], flag: [1, 1], reasons: [0, 0] });
    expect(rows.value[0]).toBeCloseTo(28.947368421, 8);
    expect((await store.raw({ ...query, metric: 'pm10' })).value).toEqual([50, 50]);
    expect(marked.filter(({ metric }) => metric === 'pm10_corrected')).toHaveLength(2);
    expect(await counts()).toMatchObject({ stored: 4, duplicate: 0, rejected: 0, derived: 2 });
    await append(humid(now));
    await rest();
    expect(await counts()).toMatchObject({ stored: 4, duplicate: 2, derived: 2 });
  },
);

it('live views and the marks after a restart know of corrected readings', () => {
  const metrics = (readings: readonly { metric: string }[] = []) =>
    readings.map(({ metric }) => metric);
  const all = ['pm10', 'relative_humidity', 'pm10_corrected'];
  expect(metrics(toLive(humid(now))?.readings)).toEqual(all);
  const record = (text: string) => ({ position: 0, payload: Buffer.from(text) });
  const records = [record('{'), record(encodeEntry(humid(now)))];
  const { received, derived } = new RecordReader().read({ records });
  expect(metrics([...received.readings(), ...derived.readings()])).toEqual(all);
});
