import { writeFileSync } from 'node:fs';
import { type Options, readOptions, usage } from './options.ts';
import { checkLine, stepLine, summary } from './print.ts';
import { torture } from './run.ts';

/** `npm run torture -- --kills 200`: exit code 0 only when nothing was lost, doubled or changed. */
const args = process.argv.slice(2);
if (args.includes('--help')) {
  console.log(usage);
  process.exit(0);
}
// A process that is ended early takes what it started with it.
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(130));

const options = optionsOrExit();
console.log(
  `seed ${options.seed}; ${options.topology}, ${options.store}: ${options.kills} troubles`,
);
const report = await torture(options, {
  step: (step) => console.log(stepLine(step)),
  check: (check) => console.log(checkLine(check)),
}).catch((error: unknown) => {
  console.error(`seed ${options.seed}:`, error);
  process.exit(1);
});
console.log(`\n${summary(report)}`);
if (options.json) writeFileSync(options.json, `${JSON.stringify(report, undefined, 2)}\n`);
process.exit(report.kept ? 0 : 1);

function optionsOrExit(): Options {
  try {
    return readOptions(args, Date.now() % 0xffff_ffff);
  } catch (error) {
    console.error(`${(error as Error).message}\n\n${usage}`);
    process.exit(2);
  }
}
