import { type ChildProcess, spawn } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { freePort } from '../support/free-port.ts';
import { startPlatform } from '../support/platform.ts';
import { makeTempFolder } from '../support/temp-folder.ts';
import { until } from '../support/until.ts';

/** A broker under load. */
export interface Peer {
  name: string;
  port: number;
  pid: number;
  user?: string;
  password?: string;
  /** Waits until all that was acknowledged has arrived where it should, and says what was lost. */
  settle?(): Promise<{ received: number; stored: number; duplicate: number; rejected: number }>;
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

/** The whole platform as it runs for its users: validated, journalled with fsync, stored. */
export async function startSensorplatz(env: Record<string, string> = {}): Promise<Peer> {
  const folder = makeTempFolder();
  const platform = await startPlatform({ dataDir: folder.path, env });
  const password = await platform.provider('bench');
  const counts = async () => {
    const [received, stored, duplicate, rejected] = await Promise.all(
      ['received', 'stored', 'duplicate', 'rejected'].map((name) =>
        platform.metric(`readings_${name}_total`),
      ),
    );
    return {
      received: received ?? 0,
      stored: stored ?? 0,
      duplicate: duplicate ?? 0,
      rejected: rejected ?? 0,
    };
  };
  return {
    name: 'Sensorplatz (durable)',
    port: platform.mqttPort,
    pid: platform.process.pid ?? 0,
    user: 'bench',
    password,
    settle: () =>
      until(
        'everything to be stored',
        async () => {
          const now = await counts();
          return (
            now.received > 0 && now.received === now.stored + now.duplicate + now.rejected && now
          );
        },
        120_000,
      ),
    async stop() {
      await platform.stop();
      folder.remove();
    },
  };
}
