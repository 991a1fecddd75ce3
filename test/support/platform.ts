import { type ChildProcess, spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { endWithProcess } from './end-with-process.ts';
import { freePort } from './free-port.ts';
import { makeTempFolder } from './temp-folder.ts';
import { until } from './until.ts';

const root = join(import.meta.dirname, '..', '..');
const { scripts } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
  scripts: { start: string };
};
/** Those that `npm start` gives to Node. */
const nodeOptions = scripts.start.split(' ').slice(1, -1);
export const adminToken = 'admin-token-of-the-tests';

export interface PlatformOptions {
  /** What to run: `start.mjs` with its arguments, or `demo.mjs`. */
  script?: 'start' | 'demo';
  args?: readonly string[];
  env?: Readonly<Record<string, string>>;
  /** Keeps an earlier platform's data. */
  dataDir?: string;
  /** Takes an earlier platform's ports over. */
  ports?: { httpPort: number; mqttPort: number };
  /** Open files that it may have, where the system lets them be raised; default: as many as this process. */
  filesMax?: number;
}

export interface Platform {
  httpPort: number;
  mqttPort: number;
  dataDir: string;
  url: string;
  process: ChildProcess;
  /** Everything it printed so far. */
  output(): string;
  api(path: string, init?: RequestInit & { token?: string | undefined }): Promise<Response>;
  /** The body of a successful GET. */
  json<T>(path: string): Promise<T>;
  /** Registers a provider and returns its token. */
  provider(id: string): Promise<string>;
  /** The value of a counter or gauge of `/metrics`, labels summed up. */
  metric(name: string, label?: string): Promise<number>;
  /** Ends it with a signal and waits; resolves with the exit code, null after a kill. */
  stop(signal?: NodeJS.Signals): Promise<number | null>;
}

/** Starts the platform as its user would, on free loopback ports, with a data folder of its own. */
export async function startPlatform(options: PlatformOptions = {}): Promise<Platform> {
  const platform = await spawnPlatform(options);
  try {
    await until('the platform to be ready', () => isReady(platform, options.args ?? []), 60_000);
  } catch (error) {
    await platform.stop('SIGKILL');
    throw error;
  }
  return platform;
}

/** The same without waiting until it works: see {@link isReady}. */
export async function spawnPlatform(options: PlatformOptions = {}): Promise<Platform> {
  const { script = 'start', args = [], env = {}, dataDir = makeTempFolder().path } = options;
  const { httpPort, mqttPort } = options.ports ?? {
    httpPort: await freePort(),
    mqttPort: await freePort(),
  };
  const [command, first] = nodeWith(options.filesMax);
  const child = spawn(command, [...first, ...nodeOptions, `deploy/${script}.mjs`, ...args], {
    cwd: root,
    env: {
      PATH: process.env.PATH,
      HOME: process.env.HOME,
      HTTP_PORT: String(httpPort),
      MQTT_PORT: String(mqttPort),
      DATA_DIR: dataDir,
      ADMIN_TOKEN: adminToken,
      LOG_LEVEL: 'warn',
      ...env,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  endWithProcess(child);
  return describePlatform(child, { httpPort, mqttPort, dataDir });
}

/** Node, or a shell that raises its limit and becomes Node, under the same process id. */
function nodeWith(filesMax: number | undefined): [command: string, args: readonly string[]] {
  if (filesMax === undefined) return [process.execPath, []];
  return ['bash', ['-c', `ulimit -n ${filesMax} && exec "$0" "$@"`, process.execPath]];
}

/** Whether it does what its arguments say. @throws Error when it has ended */
export async function isReady(platform: Platform, args: readonly string[]): Promise<boolean> {
  const { exitCode } = platform.process;
  if (exitCode !== null) throw new Error(`it ended with ${exitCode}:\n${platform.output()}`);
  const servesHttp = args.length === 0 || args.includes('dashboard');
  if (!servesHttp) return platform.output().includes('Ready');
  return platform.api('/readyz', { token: '' }).then(
    ({ ok }) => ok,
    () => false,
  );
}

function describePlatform(
  child: ChildProcess,
  at: { httpPort: number; mqttPort: number; dataDir: string },
): Platform {
  // Bounded: a test that needs the start of a long output reads it early.
  const outputCharsMax = 1_000_000;
  let output = '';
  const add = (chunk: Buffer): void => {
    output = (output + chunk).slice(-outputCharsMax);
  };
  child.stdout?.on('data', add);
  child.stderr?.on('data', add);
  const url = `http://127.0.0.1:${at.httpPort}`;
  const platform: Platform = {
    ...at,
    url,
    process: child,
    output: () => output,
    api(path, { token = adminToken, ...init } = {}) {
      const headers = new Headers(init.headers);
      if (token) headers.set('authorization', `Bearer ${token}`);
      if (init.body && !headers.has('content-type'))
        headers.set('content-type', 'application/json');
      return fetch(url + path, { ...init, headers });
    },
    async json<T>(path: string) {
      const response = await platform.api(path);
      if (!response.ok) throw new Error(`${path}: ${await response.text()}`);
      return (await response.json()) as T;
    },
    async provider(id) {
      const response = await platform.api('/api/v1/providers', {
        method: 'POST',
        body: JSON.stringify({ id, name: id }),
      });
      if (response.status !== 201) throw new Error(`provider ${id}: ${await response.text()}`);
      return ((await response.json()) as { token: string }).token;
    },
    async metric(name, label) {
      const text = await (await platform.api('/metrics')).text();
      return text
        .split('\n')
        .filter((line) => line.startsWith(`${name} `) || line.startsWith(`${name}{`))
        .filter((line) => !label || line.includes(label))
        .reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(' ') + 1)), 0);
    },
    stop(signal = 'SIGTERM') {
      if (child.exitCode !== null || child.signalCode !== null)
        return Promise.resolve(child.exitCode);
      return new Promise((resolve) => {
        child.once('exit', (code) => resolve(code));
        child.kill(signal);
      });
    },
  };
  return platform;
}
