import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { StartFailure } from './lifecycle.ts';

const root = join(import.meta.dirname, '..');
const sources = [join(root, 'dashboard', 'web'), join(root, 'broker', 'contract')];
const builtIndex = join(root, 'dashboard', 'web', 'dist', 'index.html');

/** Folder of the built dashboard; builds it first when it is missing or older than its sources. */
export function buildDashboard(print: (line: string) => void): string {
  if (isStale()) {
    print('Building the dashboard …');
    const vite = join(root, 'node_modules', 'vite', 'bin', 'vite.js');
    const result = spawnSync(
      process.execPath,
      [vite, 'build', '--config', join(root, 'dashboard', 'vite.config.ts'), '--logLevel', 'warn'],
      // Whatever the process runs as: a development build has no service worker, and is slow.
      { cwd: root, encoding: 'utf8', env: { ...process.env, NODE_ENV: 'production' } },
    );
    if (result.status !== 0) {
      throw new StartFailure(`The dashboard could not be built:\n${result.stderr}${result.stdout}`);
    }
  }
  return join(builtIndex, '..');
}

/** Changes with every build: open pages reload when they see another one. */
export function buildId(): string {
  return createHash('sha256').update(readFileSync(builtIndex)).digest('hex').slice(0, 12);
}

function isStale(): boolean {
  if (!existsSync(builtIndex)) return true;
  // An image that carries only the build has no sources to compare with.
  const builtAt = statSync(builtIndex).mtimeMs;
  return sources.some((folder) => existsSync(folder) && newestIn(folder) > builtAt);
}

function newestIn(folder: string): number {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && !entry.parentPath.includes(`${join('web', 'dist')}`))
    .reduce(
      (newest, entry) => Math.max(newest, statSync(join(entry.parentPath, entry.name)).mtimeMs),
      0,
    );
}
