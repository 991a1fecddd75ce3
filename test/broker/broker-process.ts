import { type ChildProcess, spawn } from 'node:child_process';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { createRegistry } from '../../broker/registry/registry.ts';
import { freePort } from '../support/free-port.ts';
import { tempFolder } from '../support/temp-folder.ts';
import { until } from '../support/until.ts';
import { adminToken } from './harness.ts';
import type { ChildOptions } from './persistence-child.ts';

/** A broker in a process of its own, on a folder that outlives it. */
export interface BrokerProcess {
  port: number;
  folder: string;
  /** Signs in device `umwelt/a1`. */
  asDevice: { username: string; password: string };
  asProvider: { username: string; password: string };
  /** Ends it with SIGKILL, in the middle of whatever it does. */
  kill(): Promise<void>;
  /** Starts it again, on the same folder and port. */
  start(): Promise<void>;
}

export async function startBrokerProcess(
  options: Pick<ChildOptions, 'apart' | 'limits'> = {},
): Promise<BrokerProcess> {
  const folder = tempFolder();
  const port = await freePort();
  const tokens = await register(folder);
  let child: ChildProcess | undefined;

  const broker: BrokerProcess = {
    port,
    folder,
    ...tokens,
    async kill() {
      const ended = child;
      child = undefined;
      if (!ended || ended.exitCode !== null || ended.signalCode !== null) return;
      await new Promise((resolve) => {
        ended.once('exit', resolve);
        ended.kill('SIGKILL');
      });
    },
    async start() {
      const argument = JSON.stringify({ ...options, folder, port, adminToken });
      const script = join(import.meta.dirname, 'persistence-child.ts');
      const started = spawn(process.execPath, ['--import', 'tsx', script, argument], {
        stdio: ['ignore', 'pipe', 'pipe'],
      });
      child = started;
      let output = '';
      const add = (chunk: Buffer) => {
        output = (output + chunk).slice(-10_000);
      };
      started.stdout?.on('data', add);
      started.stderr?.on('data', add);
      await until(
        'the broker',
        () => {
          if (started.exitCode !== null) throw new Error(output);
          return output.includes('ready');
        },
        20_000,
      );
    },
  };
  onTestFinished(() => broker.kill());
  await broker.start();
  return broker;
}

async function register(folder: string): Promise<Pick<BrokerProcess, 'asDevice' | 'asProvider'>> {
  const registry = createRegistry({ path: join(folder, 'registry') });
  await registry.putProvider({ id: 'umwelt', name: 'Umweltamt', createdAt: 1, open: false });
  const device = {
    provider: 'umwelt',
    id: 'a1',
    kind: 'air',
    public: false,
    createdAt: 1,
  } as const;
  await registry.putDevice(device);
  const [providerToken, deviceToken] = await Promise.all([
    registry.issueToken({ kind: 'provider', provider: 'umwelt' }),
    registry.issueToken({ kind: 'device', device: 'umwelt/a1' }),
  ]);
  await registry.close();
  return {
    asDevice: { username: 'umwelt/a1', password: deviceToken },
    asProvider: { username: 'umwelt', password: providerToken },
  };
}
