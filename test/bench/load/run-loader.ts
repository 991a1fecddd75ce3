import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { endWithProcess } from '../../support/end-with-process.ts';
import type { Peer } from '../peers.ts';
import type { LoaderCost } from './row.ts';

/** What `loader.ts` says at its end. */
export interface LoaderResult {
  acked: number;
  complete: boolean;
  /** Of the first publish, epoch ms. */
  startedAt: number;
  seconds: number;
  acksPerS: number;
  loaderCpuS: number;
  loaderThreadS: number;
}

/** Runs `loader.ts` against a broker to its end. @throws Error when not everything was acknowledged */
export async function runLoader(
  peer: Peer,
  options: Readonly<Record<string, string | number>>,
): Promise<LoaderResult> {
  const output = await outputOf('loader.ts', { ...signIn(peer), ...options });
  const result = JSON.parse(output) as LoaderResult;
  if (!result.complete) throw new Error(`${peer.name}: not everything was acknowledged: ${output}`);
  return result;
}

export function signIn({ port, user, password }: Peer): Record<string, string | number> {
  return { port, ...(user && { user, password: password ?? '' }) };
}

/** Options of a script as its arguments. */
export function argumentsOf(options: Readonly<Record<string, string | number>>): string[] {
  return Object.entries(options).flatMap(([name, value]) => [`--${name}`, String(value)]);
}

/** Path of a script of the benchmarks. */
export const scriptPath = (name: string): string => join(import.meta.dirname, '..', name);

function outputOf(
  script: string,
  options: Readonly<Record<string, string | number>>,
): Promise<string> {
  const args = ['--import', 'tsx', scriptPath(script), ...argumentsOf(options)];
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  endWithProcess(child);
  let output = '';
  child.stdout.on('data', (chunk) => {
    output += chunk;
  });
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) =>
      output ? resolve(output) : reject(new Error(`${script} ended with ${code}`)),
    );
  });
}

/** Notes of each round what its loader cost. */
export class LoaderCosts implements LoaderCost {
  readonly usPerMessage: number[] = [];
  readonly busyPercent: number[] = [];

  add(of: { cpuS: number; threadS: number; seconds: number; messages: number }): void {
    this.usPerMessage.push((of.cpuS * 1e6) / of.messages);
    this.busyPercent.push((of.threadS * 100) / of.seconds);
  }
}
