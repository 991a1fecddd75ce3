import { readFileSync } from 'node:fs';

/** How many files, sockets among them, this process may have open. */
export function filesMax(): number {
  const limits = readFileSync('/proc/self/limits', 'utf8');
  return Number(/Max open files\s+(\d+)/.exec(limits)?.[1] ?? Number.NaN);
}
