import { type ChildProcess, spawn } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { DuckDBInstance } from '@duckdb/node-api';
import { endWithProcess } from '../support/end-with-process.ts';
import { freePort } from '../support/free-port.ts';
import { type Platform, type PlatformOptions, startPlatform } from '../support/platform.ts';
import { makeTempFolder } from '../support/temp-folder.ts';
import { until } from '../support/until.ts';

/** A broker under load. */
export interface Peer {
  name: string;
  port: number;
  pid: number;
  user?: string;
  password?: string;
  /** Waits until all that was acknowledged has arrived where it should. */
  settle?(): Promise<Fates>;
  stop(): Promise<void>;
}

const root = join(import.meta.dirname, '..', '..');

/** Mosquitto in memory, its default; queue limits off, so that nothing is dropped. */
export async function startMosquitto(): Promise<Peer> {
  const folder = makeTempFolder();
  const port = await freePort();
  const config = join(folder.path, 'mosquitto.conf');
  writeFileSync(
    config,
    `listener ${port} 127.0.0.1\nallow_anonymous true\npersistence false\nmax_queued_messages 0\nmax_inflight_messages 0\nset_tcp_nodelay true\n`,
  );
  const child = spawn('/usr/sbin/mosquitto', ['-c', config], { stdio: 'ignore' });
  return peerOf('Mosquitto (memory)', child, port, () => folder.remove());
}

/** Aedes without anything of ours. */
export async function startPlainAedes(): Promise<Peer> {
  const port = await freePort();
  const child = spawn(
    process.execPath,
    ['--import', 'tsx', 'test/bench/plain-aedes.ts', String(port)],
    {
      cwd: root,
      stdio: 'ignore',
    },
  );
  return peerOf('plain Aedes (memory)', child, port);
}

async function peerOf(
  name: string,
  child: ChildProcess,
  port: number,
  cleanUp = () => {},
): Promise<Peer> {
  endWithProcess(child);
  await until(`${name} to listen`, () => listens(port), 15_000);
  return {
    name,
    port,
    pid: child.pid ?? 0,
    stop: () =>
      new Promise((resolve) => {
        child.once('exit', () => {
          cleanUp();
          resolve();
        });
        child.kill();
      }),
  };
}

function listens(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ port, host: '127.0.0.1' });
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });
}

/** Readings by what became of them, as the platform counts them. */
export interface Fates {
  received: number;
  stored: number;
  duplicate: number;
  rejected: number;
}

/** The platform as a broker under load. */
export interface Sensorplatz extends Peer {
  platform: Platform;
  user: string;
  password: string;
  fates(): Promise<Fates>;
  settle(timeoutMs?: number): Promise<Fates>;
  /** Ends it, and counts the different keys that its store has then on disk: reading back past the platform. */
  stopAndCount(): Promise<number>;
}

/** The whole platform as it runs for its users: validated, journalled with fsync, stored. */
export async function startSensorplatz(
  env: Record<string, string> = {},
  options: Pick<PlatformOptions, 'dataDir' | 'filesMax'> = {},
): Promise<Sensorplatz> {
  const folder = options.dataDir ? undefined : makeTempFolder();
  const dataDir = options.dataDir ?? folder?.path ?? '';
  const platform = await startPlatform({ ...options, dataDir, env });
  const password = await platform.provider('bench');
  return {
    name: 'Sensorplatz (durable)',
    platform,
    port: platform.mqttPort,
    pid: platform.process.pid ?? 0,
    user: 'bench',
    password,
    fates: () => fatesOf(platform),
    settle: (timeoutMs = 120_000) => settled(platform, timeoutMs),
    async stopAndCount() {
      await platform.stop();
      return countKeys(dataDir);
    },
    async stop() {
      await platform.stop();
      folder?.remove();
    },
  };
}

/** Asked seldom: an answer is work of the platform, whose CPU time is being measured. */
const settlePollMs = 200;

async function settled(platform: Platform, timeoutMs: number): Promise<Fates> {
  const deadline = performance.now() + timeoutMs;
  for (;;) {
    const now = await fatesOf(platform);
    if (now.received > 0 && waitingOf(now) === 0) return now;
    if (performance.now() > deadline)
      throw new Error(`${waitingOf(now)} readings not stored within ${timeoutMs} ms`);
    await sleep(settlePollMs);
  }
}

/** Readings whose fate is not known yet. */
export function waitingOf({ received, stored, duplicate, rejected }: Fates): number {
  return received - stored - duplicate - rejected;
}

/** All counters out of one answer, so that they belong together. */
export async function fatesOf(platform: Platform): Promise<Fates> {
  const text = await (await platform.api('/metrics')).text();
  const sums = { received: 0, stored: 0, duplicate: 0, rejected: 0 };
  for (const [, name, value] of text.matchAll(/^readings_(\w+)_total(?:\{.*\})? (\S+)$/gm)) {
    if (name && name in sums) sums[name as keyof Fates] += Number(value);
  }
  return sums;
}

/** Parts in which keys are told apart, so that the memory of one is enough. */
const keyParts = 16;

/** Different keys in the raw table of an embedded store that nobody has open. */
export async function countKeys(dataDir: string): Promise<number> {
  const path = join(dataDir, 'series.duckdb');
  const instance = await DuckDBInstance.create(path, { access_mode: 'READ_ONLY' });
  const connection = await instance.connect();
  let keys = 0;
  for (let part = 0; part < keyParts; part += 1) {
    const statement = `SELECT count(*)::DOUBLE FROM
      (SELECT DISTINCT series, at_ms FROM raw WHERE series % ${keyParts} = ${part})`;
    const [row] = await (await connection.run(statement)).getRows();
    keys += Number(row?.[0]);
  }
  connection.closeSync();
  instance.closeSync();
  return keys;
}
