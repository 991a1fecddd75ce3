import { Registry as MetricsRegistry } from 'prom-client';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { RejectedMessage } from '../../../broker/contract/rejection.ts';
import { createReadingCounters } from '../../../ingest/counters.ts';
import { encodeEntry, type JournalEntry } from '../../../ingest/journal/entry.ts';
import { Journal } from '../../../ingest/journal/journal.ts';
import { ingestLimits } from '../../../ingest/limits.ts';
import { Sink, type SinkDeps } from '../../../ingest/stages/sink.ts';
import { createMemoryStore } from '../../../ingest/store/memory.ts';
import { batchOf, type ReadingBatch } from '../../../ingest/store/reading-batch.ts';
import { type StoredReading, StoreUnavailable } from '../../../ingest/store/store.ts';
import { silentLog } from '../../support/log.ts';
import { createMemoryRegistry } from '../../support/memory-registry.ts';
import { tempFolder } from '../../support/temp-folder.ts';
import { until } from '../../support/until.ts';

const now = Date.parse('2026-11-22T10:00:00Z');

function entry(count: number, more: Partial<JournalEntry> = {}): JournalEntry {
  const readings = Array.from({ length: count }, (_, index) => ({
    metric: 'pm10' as const,
    at: now + index,
    value: index,
    flag: 1,
    reasons: 0,
  }));
  return { device: 'ulm/node-1', receivedAt: now, readings, ...more };
}

/** A sink between a real journal and a store in memory; `overrides` break one of its neighbours. */
async function bench(overrides: (parts: { sizes: number[] }) => Partial<SinkDeps> = () => ({})) {
  const folder = tempFolder();
  const journal = await Journal.open({ folder, journalBytesMax: 1e9 }, silentLog);
  const memory = createMemoryStore();
  const metrics = new MetricsRegistry();
  const kept: RejectedMessage[] = [];
  const sizes: number[] = [];
  const marked: StoredReading[] = [];
  const store = {
    ...memory,
    async write(batch: ReadingBatch) {
      sizes.push(batch.length);
      return memory.write(batch);
    },
  };
  const registry = createMemoryRegistry();
  const deps = {
    journal,
    store,
    registry,
    rejections: {
      append: async (messages: readonly RejectedMessage[]) => void kept.push(...messages),
    } as unknown as SinkDeps['rejections'],
    counters: createReadingCounters(metrics),
    clock: () => now,
    log: silentLog,
    markStored: async (batch: ReadingBatch) => void marked.push(...batch.readings()),
  };
  const sink = new Sink({ ...deps, ...overrides({ sizes }) }, 0);
  onTestFinished(async () => {
    await sink.stop();
    await journal.close();
  });
  const append = (payload: Buffer | string) =>
    new Promise<void>((resolve, reject) =>
      journal.append(payload, (error) => (error ? reject(error) : resolve())),
    );
  const count = async (name: string) => {
    const values = (await metrics.getSingleMetric(`readings_${name}_total`)?.get())?.values ?? [];
    return values.reduce((sum, { value }) => sum + value, 0);
  };
  const rest = () => until('the sink to be done', () => sink.position === journal.end, 15_000);
  return { sink, journal, memory, kept, marked, sizes, append, count, rest };
}

const away = () => Promise.reject(new StoreUnavailable('the store is away'));

describe('the sink', () => {
  it('counts a confirmed batch once when there is no room for its marks', async () => {
    let failures = 2;
    const { sink, append, count, rest } = await bench(() => ({
      markStored: () => (failures-- > 0 ? away() : Promise.resolve()),
    }));
    await append(encodeEntry(entry(10)));
    sink.start();
    await until('the outage to be told', () => sink.outage);
    await rest();
    expect(sink.outage).toBeUndefined();
    expect([await count('stored'), await count('duplicate')]).toEqual([10, 0]);
  });

  it('stops while there is no room for marks, and what is stored counts as stored', async () => {
    const { sink, journal, append } = await bench(() => ({ markStored: away }));
    await append(encodeEntry(entry(10)));
    sink.start();
    await until('the outage to be told', () => sink.outage);
    await sink.stop();
    expect(sink.position).toBe(journal.end);
  });

  it('stops while something else than the store fails', async () => {
    const { sink, append } = await bench(() => ({
      rejections: {
        append: () => Promise.reject(new Error('disk full')),
      } as unknown as SinkDeps['rejections'],
    }));
    const rejected = { topic: 't', rejections: [], payload: '' };
    await append(encodeEntry(entry(1, { rejected })));
    await sink.stop();
    sink.start();
    await sink.stop();
    expect(sink.position).toBe(0);
  });

  it('tries a store that fails with less, and then with more again', async () => {
    const sizes: number[] = [];
    const memory = createMemoryStore();
    // Stands for a store that needs longer for a large batch than it is given.
    const write = async (batch: ReadingBatch) => {
      sizes.push(batch.length);
      return batch.length > 3_000 ? away() : memory.write(batch);
    };
    const { sink, append, count, rest } = await bench(() => ({ store: { ...memory, write } }));
    await append(encodeEntry(entry(10_000)));
    sink.start();
    await rest();
    expect(sizes.slice(0, 4)).toEqual([10_000, 10_000, 5_000, 2_500]);
    expect(sizes[4]).toBe(5_000);
    expect([await count('stored'), await count('duplicate')]).toEqual([10_000, 0]);
    expect(Math.min(...sizes)).toBeGreaterThanOrEqual(ingestLimits.sinkBatchMin);
  });

  it('counts what was confirmed before a failure once, whatever kind of failure it is', async () => {
    const memory = createMemoryStore();
    let calls = 0;
    const write = async (batch: ReadingBatch) => {
      calls++;
      if (calls === 1) return away();
      if (calls === 3) throw new TypeError('a fault in the store');
      return memory.write(batch);
    };
    const { sink, append, count, rest } = await bench(() => ({ store: { ...memory, write } }));
    await append(encodeEntry(entry(ingestLimits.sinkBatchMax)));
    sink.start();
    await rest();
    expect([await count('stored'), await count('duplicate')]).toEqual([20_000, 0]);
  });

  it('keeps a reading that the store refuses as a rejected message that can be sent again', async () => {
    const memory = createMemoryStore();
    const write = async (batch: ReadingBatch) => {
      const readings = batch.readings();
      const index = readings.findIndex(({ value }) => value === 2);
      const outcome = await memory.write(batchOf(readings.filter((_, place) => place !== index)));
      return index < 0 ? outcome : { ...outcome, refused: [{ index, detail: 'never' }] };
    };
    const { sink, append, count, kept, rest } = await bench(() => ({
      store: { ...memory, write },
    }));
    await append(encodeEntry(entry(1, { device: 'ulm/node-0' })));
    await append(encodeEntry(entry(5)));
    sink.start();
    await rest();
    expect([await count('stored'), await count('rejected')]).toEqual([5, 1]);
    expect(kept).toMatchObject([
      {
        device: 'ulm/node-1',
        at: now,
        topic: 'city/v1/ulm/node-1/readings',
        rejections: [{ reason: 'store-refused', field: 'pm10', detail: 'never' }],
      },
    ]);
    const sent = Buffer.from(kept[0]?.payload ?? '', 'base64').toString();
    expect(JSON.parse(sent)).toEqual({ at: now + 2, pm10: 2 });
  });

  it.each(['not json', 'null', '{"r":5}', '[]]'])(
    'is not held up by the whole but meaningless record %s',
    async (text) => {
      const { sink, append, count, kept, rest } = await bench();
      await append(Buffer.from(text));
      await append(encodeEntry(entry(1)));
      sink.start();
      await rest();
      expect(await count('stored')).toBe(1);
      expect(kept.map(({ payload }) => Buffer.from(payload, 'base64').toString())).toEqual([text]);
    },
  );
});
