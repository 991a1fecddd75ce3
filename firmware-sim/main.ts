import { once } from 'node:events';
import { pino } from 'pino';
import { parseOptions } from './options.ts';
import { formatReport } from './report.ts';
import { startSimulation } from './simulation.ts';

/** `npm run sim`: a process of its own, so it makes its clock, log and signals itself. */
const parsed = parseOptions(process.argv.slice(2), process.env);

if ('help' in parsed) {
  console.log(parsed.help);
} else if ('faults' in parsed) {
  for (const fault of parsed.faults) console.error(fault);
  console.error('--help shows all options');
  process.exitCode = 2;
} else {
  process.exitCode = await run(parsed.options);
}

async function run(options: Extract<typeof parsed, { options: unknown }>['options']) {
  const log = pino({ name: 'sim' }, pino.destination(2));
  const simulation = startSimulation(options.simulation, { clock: Date.now, log });
  const interrupted = Promise.race([once(process, 'SIGINT'), once(process, 'SIGTERM')]);
  let code = 0;
  try {
    await Promise.race([simulation.start(), interrupted]);
    await Promise.race([finished(simulation, options.durationMs), interrupted]);
  } catch (error) {
    log.fatal({ err: error }, 'the simulation could not go on');
    code = 1;
  }
  await simulation.stop();
  const report = simulation.report();
  try {
    if (options.verify && code === 0) report.verification = await simulation.verify();
  } catch (error) {
    log.fatal({ err: error }, 'what was acknowledged could not be read back');
    code = 1;
  }
  const { lost = 0, changed = 0 } = report.verification ?? {};
  if (lost + changed > 0) code = 1;
  console.log(options.json ? JSON.stringify(report, null, 2) : formatReport(report));
  return code;
}

/** The duration is over and the history is filled; without a duration never. */
async function finished(
  simulation: ReturnType<typeof startSimulation>,
  durationMs: number | undefined,
): Promise<void> {
  if (durationMs === undefined) await new Promise(() => undefined);
  await new Promise((resolve) => setTimeout(resolve, durationMs));
  await simulation.historyDone();
}
