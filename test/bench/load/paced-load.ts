import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { endWithProcess } from '../../support/end-with-process.ts';
import type { PacedReport } from '../paced-loader.ts';
import type { Peer } from '../peers.ts';
import { argumentsOf, scriptPath, signIn } from './run-loader.ts';

/** A running `paced-loader.ts`. */
export interface PacedLoad {
  /** How it stands; times of acknowledgements since the last answer. */
  report(): Promise<PacedReport>;
  setRate(messagesPerS: number): Promise<PacedReport>;
  /** Stops publishing, waits for what is under way, and ends. */
  finish(): Promise<PacedReport>;
  /** Ends it in any case. */
  kill(): void;
}

interface PacedOptions {
  devices: number;
  connections: number;
  /** Messages per second; 0: nothing until {@link PacedLoad.setRate}. */
  rate: number;
  metrics: readonly string[];
  /** After so long it ends by itself. */
  seconds: number;
}

/** Starts a loader and resolves when all its connections are signed in. */
export async function startPacedLoad(peer: Peer, options: PacedOptions): Promise<PacedLoad> {
  const all = { ...signIn(peer), ...options, metrics: options.metrics.join(',') };
  const args = ['--import', 'tsx', scriptPath('paced-loader.ts'), ...argumentsOf(all)];
  const child = spawn(process.execPath, args, { stdio: ['pipe', 'pipe', 'inherit'] });
  endWithProcess(child);
  const lines = createInterface({ input: child.stdout });
  const ended = once(child, 'exit').then(([code]) => {
    throw new Error(`the loader ended with ${code}`);
  });
  // Heard by whoever asks next.
  ended.catch(() => {});
  const ask = async (line: string): Promise<PacedReport> => {
    const answer = Promise.race([once(lines, 'line'), ended]);
    child.stdin.write(`${line}\n`);
    const [text] = (await answer) as [string];
    return JSON.parse(text) as PacedReport;
  };
  const load: PacedLoad = {
    report: () => ask('report'),
    setRate: (messagesPerS) => ask(`rate ${messagesPerS}`),
    finish: () => ask('finish'),
    kill: () => child.kill('SIGKILL'),
  };
  while (!(await load.report()).isReady) await sleep(100);
  return load;
}
