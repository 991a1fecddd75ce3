import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';

/** `npm run fuzz -- --minutes 10 [--seed N]`: the properties of this folder for longer, with a seed of its own that is printed. */
const { values } = parseArgs({
  options: { minutes: { type: 'string', default: '10' }, seed: { type: 'string' } },
});
const seed = values.seed ?? String(Date.now() % 2 ** 31);
const files = readdirSync(import.meta.dirname).filter((name) => name.endsWith('.test.ts'));
const properties = files.reduce(
  (sum, name) =>
    sum + (readFileSync(join(import.meta.dirname, name), 'utf8').match(/holds\(/g) ?? []).length,
  0,
);
const propertyMs = Math.ceil((Number(values.minutes) * 60_000) / Math.max(1, properties));
console.log(`${properties} properties, ${propertyMs} ms each, FUZZ_SEED=${seed}`);
const root = join(import.meta.dirname, '..', '..');
const { status } = spawnSync(
  join(root, 'node_modules', '.bin', 'vitest'),
  ['run', '--config', 'test/vitest.config.ts', '--project', 'unit', '--maxWorkers=1', 'fuzz/'],
  {
    cwd: root,
    stdio: 'inherit',
    env: { ...process.env, FUZZ_MS: String(propertyMs), FUZZ_SEED: seed },
  },
);
process.exit(status ?? 1);
