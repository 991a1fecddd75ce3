import { readFileSync } from 'node:fs';
import { cpus, release, totalmem, type } from 'node:os';
import { z } from 'zod';
import type { Surroundings } from './run-report.ts';

const Package = z.object({ version: z.string() });

/** What this process runs on, and what it has used so far. */
export function surroundings(): Surroundings {
  const { user, system } = process.cpuUsage();
  const file = new URL('../../package.json', import.meta.url);
  return {
    cpu: cpus()[0]?.model.trim() ?? 'unknown',
    cores: cpus().length,
    memoryGb: Math.round(totalmem() / 2 ** 30),
    os: `${type()} ${release()}`,
    node: process.versions.node,
    version: Package.parse(JSON.parse(readFileSync(file, 'utf8'))).version,
    cpuS: (user + system) / 1e6,
    rssMb: process.memoryUsage.rss() / 1e6,
  };
}
