import { once } from 'node:events';
import { copyFileSync, readFileSync, rmSync } from 'node:fs';
import { get, type IncomingMessage } from 'node:http';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { DuckDBInstance } from '@duckdb/node-api';
import { type MetricName, metricOf } from '../../broker/contract/metrics.ts';
import { createStatements } from '../../ingest/store/embedded/schema.ts';
import { adminToken, type Platform, startPlatform } from '../support/platform.ts';
import { makeTempFolder } from '../support/temp-folder.ts';
import { median } from './figures.ts';

/** Fewer for a quick look; the targets are for ten million. */
const rows = Number(process.env.BENCH_EXPORT_ROWS ?? 10_000_000);
const devices = 250;
const metrics: readonly MetricName[] = ['pm10', 'pm2_5', 'temperature', 'relative_humidity'];
const minuteMs = 60_000;
const minutes = rows / (devices * metrics.length);
const rounds = 3;
/** Last midnight backwards, so that retention has nothing to forget. */
const end = Math.floor(Date.now() / 86_400_000) * 86_400_000;
const start = end - minutes * minuteMs;

interface Peer {
  seconds: number;
  cpuSeconds: number;
}

interface Sample extends Peer {
  firstByteMs: number;
  bytes: number;
  grownMb: number;
}

/**
 * Ten million raw rows of 1,000 series through HTTP, in order of day, device, metric and time, beside DuckDB's
 * own COPY of the same rows with the same columns to a file, unordered, with all cores and all the memory that it
 * wants.
 */
export async function benchExport(print: (line: string) => void): Promise<void> {
  const folder = makeTempFolder();
  const peerFile = join(folder.path, 'peer.duckdb');
  await fill(join(folder.path, 'series.duckdb'));
  copyFileSync(join(folder.path, 'series.duckdb'), peerFile);
  const platform = await startPlatform({ dataDir: folder.path });
  try {
    await register(platform);
    for (const format of ['csv', 'parquet'] as const) {
      const peers: Peer[] = [];
      const samples: Sample[] = [];
      for (let round = 0; round < rounds; round++) {
        peers.push(await copyBeside(peerFile, format));
        samples.push(await download(platform, format));
      }
      tell(print, format, { peers, samples });
    }
  } finally {
    await platform.stop();
    folder.remove();
  }
}

function tell(
  print: (line: string) => void,
  format: string,
  { peers, samples }: { peers: Peer[]; samples: Sample[] },
): void {
  const copyS = median(peers.map(({ seconds }) => seconds));
  const exportS = median(samples.map(({ seconds }) => seconds));
  const mb = (samples[0]?.bytes ?? 0) / 1e6;
  print(
    `  ${format.padEnd(8)} plain COPY (same columns) TO file ${copyS.toFixed(2)} s (${rate(copyS)}), export through ` +
      `HTTP ${exportS.toFixed(2)} s (${rate(exportS)}, ${mb.toFixed(0)} MB): ratio ${(copyS / exportS).toFixed(2)} (target 0.5)`,
  );
  const cpu = (of: readonly Peer[]) => median(of.map(({ cpuSeconds }) => cpuSeconds)).toFixed(2);
  print(`  ${' '.repeat(8)} CPU: COPY ${cpu(peers)} s, platform ${cpu(samples)} s`);
  const firstByte = Math.max(...samples.map(({ firstByteMs }) => firstByteMs));
  const grown = Math.max(...samples.map(({ grownMb }) => grownMb));
  print(
    `  ${' '.repeat(8)} first byte after ${firstByte.toFixed(0)} ms at the most (target 300), ` +
      `process memory grew by ${grown.toFixed(0)} MB at the most (target 200)`,
  );
}

function rate(seconds: number): string {
  return `${(rows / seconds / 1e6).toFixed(2)} M rows/s`;
}

/** A database as the store leaves it after a week of 1,000 series. */
async function fill(path: string): Promise<void> {
  const instance = await DuckDBInstance.create(path);
  const connection = await instance.connect();
  for (const statement of createStatements) await connection.run(statement);
  const perMinute = devices * metrics.length;
  const list = metrics.map((name) => `'${name}'`).join(', ');
  await connection.run(`INSERT INTO series SELECT i + 1, 'bench/d' || lpad((i // ${metrics.length})::VARCHAR, 4, '0'),
    ([${list}])[i % ${metrics.length} + 1] FROM range(${perMinute}) t(i)`);
  await connection.run(`SELECT setseed(0.5)`);
  await connection.run(`INSERT INTO raw SELECT i % ${perMinute} + 1,
    ${start} + (i // ${perMinute}) * ${minuteMs} + (i % ${perMinute}) * 7, round(random() * 100, 2),
    CASE WHEN random() < 0.02 THEN 3 ELSE 1 END, CASE WHEN random() < 0.02 THEN 4 ELSE 0 END,
    ${start} + (i // ${perMinute}) * ${minuteMs} + (i % ${perMinute}) * 7 + 400 FROM range(${rows}) t(i)`);
  await connection.run('CHECKPOINT');
  connection.closeSync();
  instance.closeSync();
}

async function register(platform: Platform): Promise<void> {
  await platform.provider('bench');
  for (let index = 0; index < devices; index++) {
    const response = await platform.api('/api/v1/devices', {
      method: 'POST',
      body: JSON.stringify({
        provider: 'bench',
        id: `d${String(index).padStart(4, '0')}`,
        kind: 'air',
        public: true,
      }),
    });
    if (response.status !== 201) throw new Error(await response.text());
  }
}

/** DuckDB by itself: the same rows with the same columns, in whatever order it finds best. */
async function copyBeside(path: string, format: 'csv' | 'parquet'): Promise<Peer> {
  const instance = await DuckDBInstance.create(path, { access_mode: 'READ_ONLY' });
  const connection = await instance.connect();
  const file = `${path}.${format}`;
  const units = metrics.map((name) => `('${name}', '${metricOf(name).unit}')`).join(', ');
  const from = performance.now();
  const cpuFrom = process.cpuUsage();
  await connection.run(`COPY (SELECT s.device, s.metric, u.unit, make_timestamp_ms(r.at_ms) AS at, r.value, r.flag,
    CASE WHEN r.reasons & 4 <> 0 THEN 'step' ELSE '' END AS reasons, make_timestamp_ms(r.received_at) AS received_at
    FROM raw AS r JOIN series AS s ON r.series = s.id JOIN (VALUES ${units}) AS u (metric, unit)
      ON s.metric = u.metric) TO '${file}' (FORMAT ${format})`);
  const seconds = (performance.now() - from) / 1_000;
  const { user, system } = process.cpuUsage(cpuFrom);
  connection.closeSync();
  instance.closeSync();
  rmSync(file);
  return { seconds, cpuSeconds: (user + system) / 1e6 };
}

async function download(platform: Platform, format: 'csv' | 'parquet'): Promise<Sample> {
  const pid = platform.process.pid ?? 0;
  const before = residentMb(pid);
  let most = before;
  const watch = setInterval(() => {
    most = Math.max(most, residentMb(pid));
  }, 50);
  const cpuBefore = cpuSecondsOf(pid);
  const query = `provider=bench&metric=${metrics.join()}&resolution=raw&from=${start}&to=${end}`;
  const from = performance.now();
  const response = await follow(`${platform.url}/api/v1/export?${query}&format=${format}`);
  let bytes = 0;
  let firstByteMs = Number.NaN;
  response.on('data', (chunk: Buffer) => {
    if (bytes === 0) firstByteMs = performance.now() - from;
    bytes += chunk.length;
  });
  await once(response, 'end');
  const seconds = (performance.now() - from) / 1_000;
  clearInterval(watch);
  const cpuSeconds = cpuSecondsOf(pid) - cpuBefore;
  const link = response.headers['content-location']?.replace('/file', '') ?? '';
  const told = await platform.json<{ rows: number; bytes: number; state: string }>(link);
  if (told.rows !== rows || told.bytes !== bytes) throw new Error(`wrong: ${JSON.stringify(told)}`);
  await platform.api(link, { method: 'DELETE' });
  await delay(500);
  return { seconds, cpuSeconds, firstByteMs, bytes, grownMb: most - before };
}

/** A client that costs little beside what it measures. */
async function follow(url: string): Promise<IncomingMessage> {
  const request = get(url, { headers: { authorization: `Bearer ${adminToken}` } });
  const [response] = (await once(request, 'response')) as [IncomingMessage];
  if (response.statusCode !== 200)
    throw new Error(`the export was answered ${response.statusCode}`);
  return response;
}

/** What a process has computed so far, in kernel ticks of 10 ms. */
function cpuSecondsOf(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? [];
  return (Number(fields[11]) + Number(fields[12])) / 100;
}

/** Memory of a process that is in RAM now, as the kernel counts it. */
function residentMb(pid: number): number {
  const [, kilobytes] = /VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? [];
  return Number(kilobytes) / 1024;
}
