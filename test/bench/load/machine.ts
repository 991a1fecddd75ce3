import { execFileSync, spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { cpus, loadavg, release, totalmem } from 'node:os';
import { join } from 'node:path';
import { nodeRedVersions } from './node-red.ts';
import { filesMax } from './open-files.ts';
import type { Heading } from './table.ts';

const root = join(import.meta.dirname, '..', '..', '..');

/** What the figures depend on: the machine and the versions of everything that takes part. */
export function headingOf(settings: { rounds: number; scale: number }): Heading {
  const cores = cpus();
  const scaled = settings.scale === 1 ? '' : `, counts times ${settings.scale}: NOT COMPARABLE`;
  return [
    ['date', new Date().toISOString()],
    ['machine', `${cores.length} × ${cores[0]?.model ?? 'unknown CPU'}, ${gib()} GiB`],
    ['system', `${distribution()}, kernel ${release()}, open files ${filesMax()}`],
    [
      'load before',
      loadavg()
        .map((load) => load.toFixed(2))
        .join(' '),
    ],
    ['platform', commit()],
    [
      'versions',
      [
        `Node ${process.versions.node}`,
        `Aedes ${packageVersion('aedes')}`,
        `DuckDB ${packageVersion('@duckdb/node-api')}`,
        firstLine('/usr/sbin/mosquitto', ['-h']),
        firstLine('influxd', ['version']),
        `Node-RED ${nodeRedVersions['node-red']} (fetched when its line is measured)`,
      ].join(', '),
    ],
    ['rounds', `median of ${settings.rounds} (min..max)${scaled}`],
    ['layout', 'loader and server on this machine, over loopback, on the same cores'],
  ];
}

const gib = (): number => Math.round(totalmem() / 2 ** 30);

function distribution(): string {
  try {
    return /PRETTY_NAME="(.+)"/.exec(readFileSync('/etc/os-release', 'utf8'))?.[1] ?? 'unknown';
  } catch {
    return 'unknown';
  }
}

function commit(): string {
  try {
    const git = (...args: string[]) =>
      execFileSync('git', args, { cwd: root, encoding: 'utf8' }).trim();
    const isChanged = git('status', '--porcelain') !== '';
    return `${git('rev-parse', '--short', 'HEAD')}${isChanged ? ' with changes' : ''}`;
  } catch {
    return 'no commit known';
  }
}

function packageVersion(name: string): string {
  const path = join(root, 'node_modules', name, 'package.json');
  return (JSON.parse(readFileSync(path, 'utf8')) as { version: string }).version;
}

function firstLine(command: string, args: readonly string[]): string {
  const { stdout } = spawnSync(command, args, { encoding: 'utf8' });
  return stdout?.split('\n')[0]?.trim() || `${command} is not installed`;
}
