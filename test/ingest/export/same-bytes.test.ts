import { describe, expect, it } from 'vitest';
import type { ExportRequest } from '../../../ingest/export/port.ts';
import { createInfluxStore } from '../../../ingest/store/influx/influx-store.ts';
import { createMemoryStore } from '../../../ingest/store/memory.ts';
import { batchOf } from '../../../ingest/store/reading-batch.ts';
import type { Store } from '../../../ingest/store/store.ts';
import { describeWithInflux, startInfluxServer } from '../../support/influx-server.ts';
import {
  dayMs,
  exportsOf,
  hourMs,
  log,
  made,
  minuteMs,
  reading,
  seriesOf,
  stagedExportsOf,
  start,
} from './support.ts';

/** Two days of two series with a gap, odd values, flags and reasons. */
const readings = Array.from({ length: 2 * 24 * 30 }, (_, index) => index)
  .filter((index) => index < 400 || index > 700)
  .flatMap((index) =>
    (['pm10', 'temperature'] as const).map((metric) =>
      reading(start + index * 2 * minuteMs, (index * 7 + 1) / 3 - 100, {
        metric,
        flag: index % 17 === 0 ? 4 : 1,
        reasons: index % 17 === 0 ? 1 : 0,
      }),
    ),
  );
const series = [seriesOf('pm10'), seriesOf('temperature')];
const span = { series, from: start + hourMs, to: start + 2 * dayMs - hourMs };
const wanted: Partial<ExportRequest>[] = [
  { format: 'csv' },
  { format: 'csv', variant: 'de' },
  { format: 'ndjson' },
  { format: 'geojson' },
  { format: 'line' },
  { format: 'parquet' },
  { format: 'csv', resolution: '1h', gaps: true },
  { format: 'parquet', resolution: '1h', gaps: true },
  { format: 'csv', resolution: '1d' },
  { format: 'ndjson', resolution: '1m' },
  { format: 'line', resolution: '1h' },
];

async function fill(store: Store): Promise<void> {
  await store.write(batchOf(readings));
  const spans = series.map(({ device, metric }) => ({ device, metric, intervalMs: 2 * minuteMs }));
  for (const tier of ['1m', '1h', '1d'] as const) {
    await store.rebuild(
      tier,
      { series: spans, from: start, to: start + 2 * dayMs },
      start + 3 * dayMs,
    );
  }
}

async function expectSame(store: Store): Promise<void> {
  await fill(store);
  const embedded = await exportsOf([]);
  await fill(embedded.store);
  const other = stagedExportsOf(store);
  const sliced = stagedExportsOf(store, 90);
  for (const one of wanted) {
    const expected = await made(embedded.exports, { ...span, ...one });
    expect(expected.length).toBeGreaterThan(500);
    const what = JSON.stringify(one);
    expect((await made(other.exports, { ...span, ...one })).equals(expected), what).toBe(true);
    if (one.format === 'parquet') continue;
    expect((await made(sliced.exports, { ...span, ...one })).equals(expected), what).toBe(true);
  }
}

describe('the same rows give the same bytes', () => {
  it('from the memory store as from the embedded one', async () => {
    const store = createMemoryStore();
    await store.start();
    await expectSame(store);
  });
});

describeWithInflux('the same rows give the same bytes', () => {
  it('from InfluxDB as from the embedded store', async () => {
    const server = await startInfluxServer();
    try {
      const store = createInfluxStore({ url: server.url, bucket: 'export' }, { log });
      await store.start();
      await expectSame(store);
      await store.stop();
    } finally {
      await server.remove();
    }
  }, 60_000);
});
