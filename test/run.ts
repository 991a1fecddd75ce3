import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';

/**
 * `npm test`: everything that must hold. Installs the servers and the browser that the tests use where
 * it is allowed to (Debian or Ubuntu, as root or with sudo that asks nothing), says what is skipped
 * elsewhere, and ends with the line `N passed, N failed`.
 */
const root = join(import.meta.dirname, '..');
const artifacts = join(import.meta.dirname, 'artifacts');
const inCi = process.env.CI === 'true';

const needed: readonly { command: string; package: string }[] = [
  { command: 'influxd', package: 'influxdb' },
  { command: 'mosquitto', package: 'mosquitto' },
  { command: 'mosquitto_pub', package: 'mosquitto-clients' },
  { command: 'chromium-headless-shell', package: 'chromium-headless-shell' },
  { command: 'strace', package: 'strace' },
];

const checks: readonly { name: string; command: readonly string[] }[] = [
  { name: 'lint and format', command: ['biome', 'check', '--error-on-warnings', '.'] },
  { name: 'types', command: ['tsc', '-p', '.'] },
  {
    name: 'types of the dashboard',
    command: [
      'svelte-check',
      '--workspace',
      'dashboard',
      '--tsconfig',
      './tsconfig.json',
      '--fail-on-warnings',
    ],
  },
  { name: 'dead code', command: ['knip'] },
];

function has(command: string): boolean {
  return (
    spawnSync('sh', ['-c', `command -v ${command}`], { env: { ...process.env, PATH: searchPath } })
      .status === 0
  );
}

/** Debian keeps servers in /usr/sbin, which is not on every user's path. */
const searchPath = `${process.env.PATH}:/usr/sbin:/usr/local/sbin`;

function installWhatIsMissing(): void {
  const missing = needed.filter(({ command }) => !has(command));
  if (missing.length === 0) return;
  const packages = missing.map((entry) => entry.package);
  const prefix = process.getuid?.() === 0 ? [] : ['sudo', '-n'];
  if (!existsSync('/etc/debian_version')) {
    skipOrFail(packages);
    return;
  }
  console.log(`installing ${packages.join(', ')}`);
  for (const args of [
    ['update', '-qq'],
    ['install', '-y', '-qq', '--no-install-recommends', ...packages],
  ]) {
    const [command = '', ...rest] = [...prefix, 'apt-get', ...args];
    const result = spawnSync(command, rest, {
      encoding: 'utf8',
      env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
    });
    if (result.status !== 0) {
      console.log(result.stderr ?? String(result.error));
      skipOrFail(packages);
      return;
    }
  }
}

function skipOrFail(packages: readonly string[]): void {
  const what = `not installed: ${packages.join(', ')}`;
  if (inCi) {
    console.error(`${what}; with CI=true nothing is skipped`);
    console.log('0 passed, 1 failed');
    process.exit(1);
  }
  console.log(`${what}; tests that need them are skipped`);
}

const toolEnv = { ...process.env, PATH: `${join(root, 'node_modules', '.bin')}:${searchPath}` };

function run(command: readonly string[]): boolean {
  const [name = '', ...args] = command;
  return spawnSync(name, args, { cwd: root, stdio: 'inherit', env: toolEnv }).status === 0;
}

/** Runs beside others; what it printed is shown when it has ended, so that no two outputs mix. */
function check({ name, command }: (typeof checks)[number]): Promise<boolean> {
  const [program = '', ...args] = command;
  const child = spawn(program, args, { cwd: root, env: toolEnv });
  const output: Buffer[] = [];
  child.stdout.on('data', (chunk: Buffer) => output.push(chunk));
  child.stderr.on('data', (chunk: Buffer) => output.push(chunk));
  return new Promise((resolve) => {
    const done = (ok: boolean, more = '') => {
      process.stdout.write(Buffer.concat(output));
      console.log(`${more}${ok ? '✓' : '✗'} ${name}`);
      resolve(ok);
    };
    child.once('error', (error) => done(false, `${error.message}\n`));
    child.once('close', (code) => done(code === 0));
  });
}

installWhatIsMissing();
mkdirSync(artifacts, { recursive: true });
let passed = 0;
let failed = 0;
for (const ok of await Promise.all(checks.map(check))) {
  if (ok) passed++;
  else failed++;
}

const report = join(artifacts, 'vitest.json');
rmSync(report, { force: true });
const vitestOk = run([
  'vitest',
  'run',
  '--config',
  'test/vitest.config.ts',
  '--reporter=default',
  '--reporter=json',
  `--outputFile.json=${report}`,
]);
interface VitestReport {
  numPassedTests: number;
  numFailedTests: number;
  numFailedTestSuites: number;
  numPendingTests: number;
}
const counts: VitestReport = existsSync(report)
  ? (JSON.parse(readFileSync(report, 'utf8')) as VitestReport)
  : { numPassedTests: 0, numFailedTests: 1, numFailedTestSuites: 0, numPendingTests: 0 };
passed += counts.numPassedTests;
// A file that cannot even be loaded has no failed test, but vitest ends with an error.
failed += vitestOk ? counts.numFailedTests : Math.max(1, counts.numFailedTests);
const skipped = counts.numPendingTests;
if (skipped > 0 && inCi) failed++;
console.log(`${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`);
process.exit(failed > 0 ? 1 : 0);
