import type { DeviceKey } from '../../broker/contract/ids.ts';
import type { MetricName } from '../../broker/contract/metrics.ts';
import { type Resolution, type Tier, tiers, tierWidthMs } from '../../broker/contract/windows.ts';
import { createInfluxStore } from '../../ingest/store/influx/influx-store.ts';
import { batchOf } from '../../ingest/store/reading-batch.ts';
import type { RebuildSpan, Store } from '../../ingest/store/store.ts';
import { type InfluxServer, influxMissing, startInfluxServer } from '../support/influx-server.ts';
import { silentLog } from '../support/log.ts';
import { stored } from '../support/stored.ts';
import { median } from './figures.ts';

const day = Date.UTC(2025, 10, 13);
const dayMs = 86_400_000;
const intervalMs = 60_000;
const days = 5;
const metrics: readonly MetricName[] = ['pm10', 'temperature'];
const devices = Array.from({ length: 10 }, (_, n): DeviceKey => `bench/device-${n}`);
const series = devices.flatMap((device) =>
  metrics.map((metric) => ({ device, metric, intervalMs })),
);
const span: RebuildSpan = { series, from: day, to: day + days * dayMs };
const rawRows = (series.length * days * dayMs) / intervalMs;
const readings = 50;

type Print = (line: string) => void;
/** Runs a statement past the store and parses its answer. */
type Ask = (resolution: Resolution, statement: string) => Promise<void>;

/**
 * Recomputing and reading on InfluxDB: the store, which computes a row of twenty columns itself so that every engine
 * has the same bits, beside what InfluxDB can compute alone (mean, min, max, count), of the same rows in the same run.
 */
export async function benchInfluxReads(print: Print): Promise<void> {
  const missing = influxMissing();
  if (missing) return print(`  skipped: ${missing}`);
  const server = await startInfluxServer();
  const store = createInfluxStore({ url: server.url, bucket: 'bench' }, { log: silentLog });
  try {
    await store.start();
    await fill(store);
    const ask: Ask = async (resolution, statement) => {
      await server.query(statement, `bench_${resolution}`);
    };
    print(`  ${rawRows} raw rows, ${series.length} series, ${days} days at ${intervalMs / 1000} s`);
    await benchRebuild({ store, server, ask, print });
    await benchReads({ store, ask, print });
  } finally {
    await store.stop();
    await server.remove();
  }
}

async function fill(store: Store): Promise<void> {
  for (let from = day; from < span.to; from += dayMs / 2) {
    const batch = series.flatMap(({ device, metric }, n) =>
      Array.from({ length: dayMs / 2 / intervalMs }, (_, row) => {
        const at = from + row * intervalMs;
        return stored({ device, metric, at, value: 20 + Math.sin(row / 97 + n), flag: 1 });
      }),
    );
    await store.write(batchOf(batch));
  }
}

async function benchRebuild(of: {
  store: Store;
  server: InfluxServer;
  ask: Ask;
  print: Print;
}): Promise<void> {
  const { store, server, ask, print } = of;
  await server.query('CREATE DATABASE plain');
  for (const tier of tiers) {
    const source: Resolution = tier === '1d' ? '1h' : tier === '1h' ? '1m' : 'raw';
    const rows = source === 'raw' ? rawRows : (series.length * days * dayMs) / tierWidthMs[source];
    const plainMs = await elapsedMs(async () => {
      for (const metric of metrics) await ask(source, aggregate(tier, source, metric));
    });
    const intoMs = await elapsedMs(async () => {
      for (const metric of metrics) {
        await ask(source, aggregate(tier, source, metric, `INTO "plain".."${tier} ${metric}"`));
      }
    });
    const firstMs = await elapsedMs(() => store.rebuild(tier, span, day + 30 * dayMs));
    const againMs = await elapsedMs(() => store.rebuild(tier, span, day + 31 * dayMs));
    const rate = (ms: number) => `${Math.round(rows / (ms / 1000))}`.padStart(7);
    print(
      `  rebuild ${tier} from ${source.padEnd(3)} ${rate(firstMs)} rows/s, without a change ${rate(againMs)};` +
        ` InfluxQL alone ${rate(plainMs)}, written by INTO ${rate(intoMs)};` +
        ` time of the rebuild to INTO ${(firstMs / intoMs).toFixed(2)}, without a change to InfluxQL alone ${(againMs / plainMs).toFixed(2)}`,
    );
  }
}

function aggregate(tier: Tier, source: Resolution, metric: MetricName, into = ''): string {
  const columns =
    source === 'raw'
      ? 'mean("value"), min("value"), max("value"), count("value")'
      : 'mean("mean"), min("min"), max("max"), sum("count")';
  return `SELECT ${columns} ${into} FROM "${metric}" WHERE time >= ${span.from}ms AND time < ${span.to}ms
    GROUP BY time(${tierWidthMs[tier]}ms), "provider", "device" fill(none)`;
}

async function benchReads(of: { store: Store; ask: Ask; print: Print }): Promise<void> {
  const { store, ask, print } = of;
  const query = (from: number, to: number, n: number) => {
    const { device, metric } = series[n % series.length] ?? { device: 'a/b', metric: 'pm10' };
    return { device, metric, from, to, rowsMax: 100_000 };
  };
  const select = (columns: string, { device, metric, from, to }: ReturnType<typeof query>) =>
    `SELECT ${columns} FROM "${metric}" WHERE "device" = '${device.slice('bench/'.length)}'
      AND time >= ${from}ms AND time < ${to}ms`;
  const cases: {
    name: string;
    ours: (n: number) => Promise<unknown>;
    plain: (n: number) => Promise<void>;
  }[] = [
    {
      name: 'a day of raw, 1440 rows',
      ours: (n) => store.raw(query(day, day + dayMs, n)),
      plain: (n) => ask('raw', select('"value"', query(day, day + dayMs, n))),
    },
    {
      name: 'a day of minutes, 1440 rows',
      ours: (n) => store.rollups('1m', query(day, day + dayMs, n)),
      plain: (n) => ask('1m', select('"mean", "min", "max", "count"', query(day, day + dayMs, n))),
    },
    {
      name: 'a week of hours, 168 rows',
      ours: (n) => store.rollups('1h', query(span.from, span.to, n)),
      plain: (n) =>
        ask('1h', select('"mean", "min", "max", "count"', query(span.from, span.to, n))),
    },
    {
      name: `the newest of ${series.length} series`,
      ours: () => store.latest(),
      plain: async () => {
        for (const metric of metrics) {
          await ask('raw', `SELECT last("value") FROM "${metric}" GROUP BY "provider", "device"`);
        }
      },
    },
  ];
  for (const { name, ours, plain } of cases) {
    const oursMs: number[] = [];
    const plainMs: number[] = [];
    for (let n = 0; n < readings; n++) {
      oursMs.push(await elapsedMs(() => ours(n)));
      plainMs.push(await elapsedMs(() => plain(n)));
    }
    const [own, peer] = [median(oursMs), median(plainMs)];
    print(
      `  ${name.padEnd(28)} ${own.toFixed(1)} ms, as InfluxQL with four columns at the most ${peer.toFixed(1)} ms, ratio ${(own / peer).toFixed(2)}`,
    );
  }
}

async function elapsedMs(work: () => Promise<unknown>): Promise<number> {
  const begin = performance.now();
  await work();
  return performance.now() - begin;
}
