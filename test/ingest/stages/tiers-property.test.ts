import fc from 'fast-check';
import { expect, it } from 'vitest';
import { type MetricName, metricOf } from '../../../broker/contract/metrics.ts';
import type { QualityFlag } from '../../../broker/contract/quality.ts';
import { tiers } from '../../../broker/contract/windows.ts';
import { keptForEver, keptFrom } from '../../../ingest/domain/retention.ts';
import { Downsampler } from '../../../ingest/stages/downsample.ts';
import { createMemoryStore } from '../../../ingest/store/memory.ts';
import { batchOf } from '../../../ingest/store/reading-batch.ts';
import type { Store, StoredReading } from '../../../ingest/store/store.ts';
import { silentLog } from '../../support/log.ts';
import { stored } from '../../support/stored.ts';

const minute = 60_000;
const day = 1440 * minute;
const device = 'ulm/node-1';
const day0 = Date.parse('2026-10-24T00:00:00Z');
const now = day0 + 2 * day;
const span = { from: day0 - day, to: now + day };

const Sample = fc.record({
  at: fc.oneof(
    fc.integer({ min: 0, max: 2 * day - 1 }),
    // Edges of windows, and many within one minute.
    fc.integer({ min: 0, max: 2 * 1440 - 1 }).map((index) => index * minute),
    fc.integer({ min: 600 * minute, max: 601 * minute }),
  ),
  value: fc.constantFrom(0, 1),
  flag: fc.constantFrom<QualityFlag>(1, 1, 2, 3, 4),
});

/** Some samples in any order, what is sent again, and where the batches end. */
const Arrivals = fc
  .uniqueArray(Sample, { selector: ({ at }) => at, minLength: 1, maxLength: 60 })
  .chain((samples) =>
    fc.record({
      samples: fc.shuffledSubarray(samples, { minLength: samples.length }),
      again: fc.subarray(samples),
      batchMax: fc.integer({ min: 1, max: 20 }),
      settles: fc.array(fc.boolean(), { minLength: 120, maxLength: 120 }),
    }),
  );

async function tiersOf(store: Store, metric: MetricName) {
  const query = { device, metric, ...span, rowsMax: 1e6 } as const;
  const columns = await Promise.all(tiers.map((tier) => store.rollups(tier, query)));
  // When a row came to be, and how often it changed, depends on the order; what it says does not.
  return columns.map(({ revision: _, resultAt: __, ...rest }) => rest);
}

it.each(['pm10', 'lamp_on'] as const)(
  'readings of %s in any order, split, repeated and late give the tiers that a recomputation gives',
  async (metric) => {
    const intervals = fc.constantFrom(minute, 7 * minute, 60 * minute, 300 * minute);
    await fc.assert(
      fc.asyncProperty(Arrivals, intervals, async (arrivals, intervalMs) => {
        const { samples, again, batchMax, settles } = arrivals;
        const readings = [...samples, ...again].map(
          ({ at, value, flag }): StoredReading =>
            stored({ device, metric, at: day0 + at, value, flag, receivedAt: now }),
        );
        const store = createMemoryStore();
        const downsampler = new Downsampler(
          {
            store,
            intervalMsOf: () => intervalMs,
            kept: () => keptFrom(keptForEver, now),
            clock: () => now,
            log: silentLog,
          },
          0,
        );
        for (let from = 0; from < readings.length; from += batchMax) {
          const batch = readings.slice(from, from + batchMax);
          await store.write(batchOf(batch));
          await downsampler.mark(batchOf(batch));
          if (settles[from]) await downsampler.settle();
        }
        await downsampler.settle();

        const naive = createMemoryStore();
        await naive.write(batchOf(readings));
        const series = [{ device, metric, intervalMs }] as const;
        for (const tier of tiers) await naive.rebuild(tier, { series, ...span }, now);
        expect(await tiersOf(store, metric)).toEqual(await tiersOf(naive, metric));
        expect(metricOf(metric).kind).toBe(metric === 'pm10' ? 'gauge' : 'state');
      }),
      { seed: 4, numRuns: 60 },
    );
  },
  60_000,
);
