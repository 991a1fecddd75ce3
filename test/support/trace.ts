import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { mosquittoPub } from './mosquitto-pub.ts';
import type { Platform } from './platform.ts';
import { makeTempFolder } from './temp-folder.ts';
import { until } from './until.ts';

export type TracedStep = 'write journal' | 'fdatasync' | 'puback';

/**
 * Publishes one QoS 1 reading while the platform's system calls are traced, and says in which order the
 * kernel was asked to write the journal, to sync it, and to send the PUBACK (0x40 0x02).
 */
export async function traceSyncAndAck(
  platform: Platform,
  account: { user: string; token: string },
): Promise<TracedStep[]> {
  const folder = makeTempFolder();
  const path = join(folder.path, 'trace');
  const calls = 'trace=pwrite64,pwritev,write,writev,fdatasync,fsync';
  const strace = spawn('strace', [
    '-f',
    '-yy',
    '-x',
    '-e',
    calls,
    '-o',
    path,
    '-p',
    String(platform.process.pid),
  ]);
  let said = '';
  strace.stderr.on('data', (chunk) => {
    said += chunk;
  });
  try {
    await until('strace to be attached', () => {
      if (strace.exitCode !== null) throw new Error(`strace: ${said}`);
      return said.includes('attached');
    });
    const { user, token } = account;
    const topic = `city/v1/${user}/traced/readings`;
    await mosquittoPub({
      port: platform.mqttPort,
      user,
      password: token,
      topic,
      payload: '{"pm10":1}',
    });
    strace.kill('SIGINT');
    await once(strace, 'exit');
    return readSteps(readFileSync(path, 'utf8'));
  } finally {
    folder.remove();
  }
}

function readSteps(trace: string): TracedStep[] {
  const steps: TracedStep[] = [];
  /** Threads whose sync of the journal the trace shows in two lines. */
  const syncing = new Set<string>();
  for (const line of trace.split('\n')) {
    const thread = line.slice(0, line.indexOf(' '));
    if (/fdatasync\(.*\.journal> <unfinished/.test(line)) syncing.add(thread);
    const resumed = line.includes('fdatasync resumed') && syncing.delete(thread);
    const step = resumed ? 'fdatasync' : stepOf(line);
    if (step && steps.at(-1) !== step) steps.push(step);
  }
  return steps.slice(0, steps.indexOf('puback') + 1);
}

function stepOf(line: string): TracedStep | undefined {
  if (/pwrite(v|64)\(.*\.journal>/.test(line)) return 'write journal';
  if (/fdatasync\(.*\.journal>\)\s+= 0/.test(line)) return 'fdatasync';
  // PUBACK: type 4 ('@'), remaining length 2; written whole or as a vector of its parts.
  if (/writev?\(\d+<TCP.*"(@"|\\x40\\x02)/.test(line)) return 'puback';
  return undefined;
}
