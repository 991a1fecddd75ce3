import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { parseArgs } from 'node:util';
import type { Logger } from 'pino';
import type { AdminToken } from './admin-token.ts';
import { type Service, services } from './assembly.ts';
import { buildDashboard, buildId } from './build-dashboard.ts';
import { type Env, printable, readEnv } from './env.ts';
import { type Part, StartFailure, sentenceFor, startParts, stopOnSignal } from './lifecycle.ts';
import { createLog } from './log.ts';
import type * as Platform from './platform.ts';

type Source = Readonly<Record<string, string | undefined>>;

export interface ProcessOptions {
  /** Command line behind the script: services to run (none = all), `--check`. */
  args: readonly string[];
  /** The environment; a file `.env` of the working folder was read into it before. */
  source: Source;
  demo?: boolean;
  /** Path of the base map, where the caller makes one. */
  baseMap?: (env: Env) => string;
  /** What more is started once the platform works, and stopped before it. */
  more?: (started: { env: Env; log: Logger }) => Part;
}

const require = createRequire(import.meta.url);

const print = (line: string): void => {
  process.stdout.write(`${line}\n`);
};

/** Reads arguments and environment, starts, prints where everything is, and stops on a signal. */
export async function runProcess(options: ProcessOptions): Promise<void> {
  try {
    const { chosen, check } = readArguments(options.args);
    const result = readEnv(options.source);
    if (check) printConfiguration(options.source);
    if ('faults' in result) {
      for (const { variable, message, got } of result.faults)
        print(`${variable} ${message}; got ${got}`);
      process.exit(1);
    }
    if (!check) await start(result.env, chosen, options);
    else print('The configuration has no fault.');
  } catch (error) {
    const sentence = sentenceFor(error);
    process.stderr.write(`${sentence ?? (error as Error).stack}\n`);
    process.exit(1);
  }
}

function readArguments(args: readonly string[]): { chosen: ReadonlySet<Service>; check: boolean } {
  const { values, positionals } = parseArgs({
    args: [...args],
    options: { check: { type: 'boolean', default: false } },
    allowPositionals: true,
  });
  const unknown = positionals.filter((name) => !services.some((service) => service === name));
  if (unknown.length > 0) {
    throw new StartFailure(
      `There is no service ${unknown.join(', ')}; there are ${services.join(', ')}.`,
    );
  }
  const chosen = new Set(positionals.length > 0 ? (positionals as Service[]) : services);
  return { chosen, check: values.check };
}

function printConfiguration(source: Source): void {
  for (const line of printable(source)) print(line);
}

async function start(
  env: Env,
  chosen: ReadonlySet<Service>,
  options: ProcessOptions,
): Promise<void> {
  const log = createLog(env.process.LOG_LEVEL);
  const webRoot = chosen.has('dashboard') ? buildDashboard(print) : undefined;
  // Only now: a fault of the configuration is said in a third of the time.
  const { platformParts } = require('./platform.ts') as typeof Platform;
  const { parts, admin } = platformParts({
    env,
    chosen,
    log,
    clock: Date.now,
    demo: options.demo ?? false,
    ...(webRoot ? { web: { root: webRoot, build: buildId() } } : {}),
    ...(options.baseMap ? { baseMap: options.baseMap(env) } : {}),
  });
  const announcement: Part = {
    name: 'addresses',
    async start() {
      printAddresses(env, chosen, admin);
      return async () => {};
    },
  };
  const more = options.more ? [options.more({ env, log })] : [];
  const running = startParts([...parts, announcement, ...more], log);
  stopOnSignal(running.stop, log);
  await running.started;
}

function printAddresses(env: Env, chosen: ReadonlySet<Service>, admin: AdminToken): void {
  const { HOST, HTTP_PORT } = env.api;
  const host = HOST.includes(':') ? `[${HOST}]` : HOST;
  print('');
  if (chosen.has('dashboard')) {
    print(`  Dashboard   http://${host}:${HTTP_PORT}/`);
    print(`  API         http://${host}:${HTTP_PORT}/api/docs`);
  }
  if (chosen.has('broker')) {
    if (env.broker.MQTT_PORT > 0) print(`  MQTT        mqtt://${host}:${env.broker.MQTT_PORT}`);
    if (env.broker.MQTTS_PORT > 0) print(`  MQTT (TLS)  mqtts://${host}:${env.broker.MQTTS_PORT}`);
    if (chosen.has('dashboard')) print(`  MQTT (web)  ws://${host}:${HTTP_PORT}/mqtt`);
    if (env.broker.ENROLMENT === 'open') {
      print('');
      print('  ENROLMENT=open: ANYONE ON THE NETWORK MAY PUBLISH FOR NEW DEVICES.');
    }
  }
  if (admin.shownOnce) {
    print('');
    print(`  Administrator's token (shown this once): ${admin.shownOnce}`);
    print('  Sign in with it on the dashboard, or send it as a bearer token.');
  }
  print('');
  print('Ready.');
}

/** Reads `.env` of the working folder into the environment; variables that are set already stay. */
export function loadEnvFile(): void {
  if (existsSync('.env')) process.loadEnvFile('.env');
}
