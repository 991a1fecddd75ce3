import { join } from 'node:path';
import { pino } from 'pino';
import { describe, expect, onTestFinished, test } from 'vitest';
import type { DeviceKey } from '../../../../broker/contract/ids.ts';
import { type QualityFlag, qualityFlags } from '../../../../broker/contract/quality.ts';
import { rollUpSamples } from '../../../../ingest/domain/roll-up.ts';
import { createEmbeddedStore } from '../../../../ingest/store/embedded/embedded-store.ts';
import { createMemoryStore } from '../../../../ingest/store/memory.ts';
import { batchOf } from '../../../../ingest/store/reading-batch.ts';
import type { RebuildSpan, Store, StoredReading } from '../../../../ingest/store/store.ts';
import { expectedOf, type TierRow, tierColumns } from '../../../../ingest/store/tier-rows.ts';
import {
  day,
  dayMs,
  hourMs,
  later,
  minuteMs,
  reading,
  seeded,
  whole,
} from '../../../contract/store-samples.ts';
import { tempFolder } from '../../../support/temp-folder.ts';

const started = async (): Promise<Store> => {
  const path = join(tempFolder(), 'series.duckdb');
  const store = createEmbeddedStore({ path }, { log: pino({ level: 'silent' }) });
  onTestFinished(() => store.stop());
  await store.start();
  return store;
};

const flags: readonly QualityFlag[] = Object.values(qualityFlags);

describe('a minute with one sample', () => {
  test('has the row that the domain makes of it, for every flag, interval and value', async () => {
    const store = await started();
    const intervals = [1_000, 7_000, minuteMs, 145_000, hourMs, dayMs];
    const values = [0, -0, 0.1, -40.25, 1e-300, 1.7e308, -1.7e308, 123_456_789.123];
    const series = intervals.map((intervalMs) => ({
      device: `museum/every-${intervalMs}` as DeviceKey,
      metric: 'pm10' as const,
      intervalMs,
    }));
    const samples = values.flatMap((value, row) =>
      flags.map((flag, column) => {
        const index = row * flags.length + column;
        return { at: day + index * minuteMs + ((index * 7_919) % minuteMs), value, flag };
      }),
    );
    await store.write(
      batchOf(
        series.flatMap(({ device }) =>
          samples.map(({ at, value, flag }) => ({ ...reading(at, value, 'pm10', device), flag })),
        ),
      ),
    );
    await store.rebuild('1m', { series, from: day, to: day + hourMs }, later);

    for (const { device, intervalMs } of series) {
      const rows = samples.map(({ at, value, flag }): TierRow => {
        const only = { at: [at], value: [value + 0], flag: [flag] };
        const start = at - (at % minuteMs);
        const row = rollUpSamples('1m', { kind: 'gauge', intervalMs }, start, {
          samples: only,
          begin: 0,
          end: 1,
        });
        if (!row) throw new Error('one sample makes a row');
        return { ...row, expected: expectedOf('1m', intervalMs), revision: 0, resultAt: later };
      });
      expect(await store.rollups('1m', whole({ device }))).toEqual(tierColumns('1m', rows));
    }
  });
});

/** Readings of one hour: most minutes have one, some none or several, some of which are bad. */
function hourOf(series: RebuildSpan['series'], random: () => number): StoredReading[] {
  return series.flatMap(({ device, metric }) =>
    Array.from({ length: 60 }, (_, minute) => {
      const count = random() < 0.8 ? 1 : Math.floor(random() * 4);
      return Array.from({ length: count }, (_, index): StoredReading => {
        const at = day + minute * minuteMs + index * 15_000 + Math.floor(random() * 15_000);
        const value = metric === 'lamp_on' ? Math.round(random()) : Math.round(random() * 400) / 10;
        return {
          ...reading(at, value, metric, device),
          flag: flags[Math.floor(random() * flags.length)] ?? 2,
        };
      });
    }).flat(),
  );
}

describe('a rebuild of minutes', () => {
  test('comes to the same as in memory, at first and after every kind of change', async () => {
    const random = seeded(4);
    const embedded = await started();
    const memory = createMemoryStore();
    await memory.start();
    const both = [embedded, memory];
    const series = Array.from({ length: 6 }, (_, index) => ({
      device: `museum/room-${index}` as DeviceKey,
      metric: (['pm10', 'lamp_on'] as const)[index % 3 === 2 ? 1 : 0],
      intervalMs: minuteMs,
    }));
    const written = hourOf(series, random);
    const span: RebuildSpan = { series, from: day, to: day + hourMs };
    const changes: ((store: Store) => Promise<unknown>)[] = [
      (store) => store.write(batchOf(written)),
      // Nothing has changed.
      async () => undefined,
      (store) =>
        store.judge(
          written.filter((_, index) => index % 9 === 0).map((each) => ({ ...each, flag: 4 })),
        ),
      (store) =>
        store.write(
          batchOf(
            written.filter((_, index) => index % 7 === 0).map((each) => ({ ...each, value: 1 })),
          ),
        ),
      (store) =>
        store.write(
          batchOf(hourOf(series.slice(0, 3), seeded(5)).filter((_, index) => index % 3 === 0)),
        ),
      // All rows lose their samples.
      (store) => store.forgetBefore('raw', day + dayMs),
    ];
    for (const [round, change] of changes.entries()) {
      for (const store of both) {
        await change(store);
        await store.rebuild('1m', span, later + round);
      }
      for (const { device, metric } of series) {
        const [got, expected] = await Promise.all(
          both.map((store) => store.rollups('1m', whole({ device, metric }))),
        );
        expect(got).toEqual(expected);
      }
    }
  });

  test('that has more minutes with several samples than are taken one by one misses none', async () => {
    const store = await started();
    const count = 60_000;
    const minutes = Array.from({ length: count }, (_, index) => day + index * minuteMs);
    for (let begin = 0; begin < count; begin += 20_000) {
      await store.write(
        batchOf(
          minutes
            .slice(begin, begin + 20_000)
            .flatMap((at, index) =>
              index % 10 === 0 ? [reading(at, 1)] : [reading(at, 1), reading(at + 1_000, 2)],
            ),
        ),
      );
    }
    const series = [
      { device: reading(0, 0).device, metric: 'pm10' as const, intervalMs: minuteMs },
    ];
    const to = day + count * minuteMs;
    await store.rebuild('1m', { series, from: day, to }, later);
    const rows = await store.rollups('1m', whole({ to, rowsMax: count }));
    expect(rows.at).toEqual(minutes);
    expect(rows.count).toEqual(minutes.map((_, index) => (index % 10 === 0 ? 1 : 2)));
  });
});
