import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { freePort } from './free-port.ts';
import { makeTempFolder } from './temp-folder.ts';
import { until } from './until.ts';

/** A real Mosquitto on a free loopback port, with persistence in a folder of its own. */
export interface MosquittoServer {
  port: number;
  /** Starts it again on the same port and folder after {@link stop}. */
  start(): Promise<void>;
  /** Ends it in peace: it saves sessions, queues and retained messages. */
  stop(): Promise<void>;
  /** Ends it and removes its folder. */
  remove(): Promise<void>;
}

/**
 * Whether Debian's `mosquitto` is installed. With `CI` set a missing one is an error; else the reason for
 * skipping is printed.
 */
export function hasMosquitto(): boolean {
  if (binary()) return true;
  const reason = 'mosquitto is not installed (apt-get install mosquitto)';
  if (process.env.CI) throw new Error(reason);
  console.warn(`skipped: ${reason}`);
  return false;
}

export async function startMosquitto(): Promise<MosquittoServer> {
  const path = binary();
  if (!path) throw new Error('mosquitto is not installed');
  const folder = makeTempFolder();
  const port = await freePort();
  const config = join(folder.path, 'mosquitto.conf');
  writeFileSync(
    config,
    [
      `listener ${port} 127.0.0.1`,
      'allow_anonymous true',
      'persistence true',
      `persistence_location ${folder.path}/`,
      'max_queued_messages 100000',
      'max_inflight_messages 1000',
      'user root',
      'log_type error',
    ].join('\n'),
  );
  let child: ChildProcess | undefined;

  async function start(): Promise<void> {
    child = spawn(path ?? '', ['-c', config], { stdio: 'ignore' });
    await until('mosquitto to listen', () => accepts(port));
  }
  async function stop(): Promise<void> {
    const running = child;
    child = undefined;
    if (!running || running.exitCode !== null) return;
    const exited = new Promise((resolve) => running.once('exit', resolve));
    running.kill('SIGTERM');
    await exited;
  }

  await start();
  return {
    port,
    start,
    stop,
    async remove() {
      await stop();
      folder.remove();
    },
  };
}

function binary(): string | undefined {
  return ['mosquitto', '/usr/sbin/mosquitto'].find(
    (path) => spawnSync(path, ['-h'], { stdio: 'ignore' }).error === undefined,
  );
}

function accepts(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ port, host: '127.0.0.1' });
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });
}
