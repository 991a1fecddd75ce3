import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { mkdirSync, openSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe } from 'vitest';
import { freePort } from './free-port.ts';
import { makeTempFolder } from './temp-folder.ts';
import { until } from './until.ts';

/** A real InfluxDB 1.x of its own: free loopback ports, own folder, nothing shared with another. */
export interface InfluxServer {
  /** The same after a restart. */
  url: string;
  /** Where it logs. */
  logPath: string;
  /** Ends the server and keeps its data; resolves when it is gone. */
  stop(signal?: 'SIGTERM' | 'SIGKILL'): Promise<void>;
  /** Starts it again after `stop`, or stops it first; resolves when it answers. */
  restart(): Promise<void>;
  /** Ends the server and removes its folder. */
  remove(): Promise<void>;
  /** Runs a statement past the code under test; answers the parsed JSON. */
  query(statement: string, database?: string): Promise<unknown>;
  /** Writes lines past the code under test; answers the HTTP status. */
  write(database: string, lines: string): Promise<number>;
}

export interface InfluxServerOptions {
  /** Sign-in is required as this user, who may do all. */
  admin?: { user: string; password: string };
}

/** Starts Debian's `influxd` and waits until it answers. */
export async function startInfluxServer(options: InfluxServerOptions = {}): Promise<InfluxServer> {
  const folder = makeTempFolder();
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const configPath = join(folder.path, 'influxdb.conf');
  const logPath = join(folder.path, 'influxd.log');
  for (const name of ['meta', 'data', 'wal']) mkdirSync(join(folder.path, name));
  const config = { folder: folder.path, port, rpcPort: await freePort() };
  writeFileSync(configPath, configText({ ...config, authenticated: options.admin !== undefined }));

  let child: ChildProcess | undefined;
  const start = async () => {
    child = spawnServer(configPath, logPath);
    await until('influxd to answer', () => answers(url), 20_000).catch((cause: unknown) => {
      throw new Error(`influxd did not start; its log:\n${readFileSync(logPath)}`, { cause });
    });
  };
  const stop = async (signal: 'SIGTERM' | 'SIGKILL' = 'SIGTERM') => {
    const stopping = child;
    child = undefined;
    if (!stopping || stopping.exitCode !== null || stopping.signalCode !== null) return;
    const gone = new Promise((resolve) => stopping.once('exit', resolve));
    stopping.kill(signal);
    await gone;
  };
  const authorization = options.admin && basic(options.admin);
  const post = (path: string, body: string | URLSearchParams) =>
    fetch(`${url}${path}`, {
      method: 'POST',
      body,
      ...(authorization && { headers: { authorization } }),
    });

  await start();
  const server: InfluxServer = {
    url,
    logPath,
    stop,
    restart: async () => {
      await stop();
      await start();
    },
    remove: async () => {
      await stop('SIGKILL');
      folder.remove();
    },
    query: async (statement, database = '') => {
      const path = `/query?${new URLSearchParams({ db: database, epoch: 'ms' })}`;
      return (await post(path, new URLSearchParams({ q: statement }))).json();
    },
    write: async (database, lines) => {
      const path = `/write?${new URLSearchParams({ db: database, precision: 'ms' })}`;
      return (await post(path, lines)).status;
    },
  };
  if (options.admin) {
    const { user, password } = options.admin;
    await server.query(`CREATE USER "${user}" WITH PASSWORD '${password}' WITH ALL PRIVILEGES`);
  }
  return server;
}

/**
 * `describe` for tests that need `influxd`. Where it is not installed they are skipped and the reason
 * is printed; with `CI` set they run and fail.
 */
export function describeWithInflux(name: string, body: () => void): void {
  const missing = influxMissing();
  if (missing) console.warn(`skipped: ${name}: ${missing}`);
  describe.skipIf(missing !== undefined)(name, body);
}

/** Why tests against a real InfluxDB are skipped here; undefined when they run. */
export function influxMissing(): string | undefined {
  if (process.env.CI) return undefined;
  try {
    execFileSync('influxd', ['version'], { stdio: 'ignore' });
    return undefined;
  } catch {
    return 'influxd is not installed (Debian: apt-get install influxdb)';
  }
}

function spawnServer(configPath: string, logPath: string): ChildProcess {
  const log = openSync(logPath, 'a');
  const child = spawn('influxd', ['-config', configPath], { stdio: ['ignore', log, log] });
  // A test run that is aborted leaves no server behind.
  const kill = () => child.kill('SIGKILL');
  process.once('exit', kill);
  child.once('exit', () => process.off('exit', kill));
  child.once('error', (error) => console.error(`influxd: ${error.message}`));
  return child;
}

async function answers(url: string): Promise<boolean> {
  try {
    return (await fetch(`${url}/ping`)).status === 204;
  } catch {
    return false;
  }
}

function basic({ user, password }: { user: string; password: string }): string {
  return `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`;
}

function configText(config: {
  folder: string;
  port: number;
  rpcPort: number;
  authenticated: boolean;
}): string {
  return `
reporting-disabled = true
bind-address = "127.0.0.1:${config.rpcPort}"
[meta]
  dir = "${join(config.folder, 'meta')}"
[data]
  dir = "${join(config.folder, 'data')}"
  wal-dir = "${join(config.folder, 'wal')}"
[monitor]
  store-enabled = false
[http]
  bind-address = "127.0.0.1:${config.port}"
  auth-enabled = ${config.authenticated}
  log-enabled = false
`;
}
