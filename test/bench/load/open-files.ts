import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

/** How many files, sockets among them, this process may have open. */
export function filesMax(): number {
  const limits = readFileSync('/proc/self/limits', 'utf8');
  return Number(/Max open files\s+(\d+)/.exec(limits)?.[1] ?? Number.NaN);
}

/** Whether a process started from here may be given so many: root may raise the limit where the system lets it. */
export function canOpen(files: number): boolean {
  return spawnSync('bash', ['-c', `ulimit -n ${files}`], { stdio: 'ignore' }).status === 0;
}
