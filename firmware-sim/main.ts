import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import type { Logger } from 'pino';
import { pino } from 'pino';
import type { Options } from './options.ts';
import { parseOptions } from './options.ts';
import type { SimulationReport } from './report.ts';
import { formatReport } from './report.ts';
import { retentionWarning } from './retention.ts';
import { formatRunReport } from './run/format-report.ts';
import type { Phase } from './run/progress.ts';
import { ProgressDisplay } from './run/progress.ts';
import type { RunReport } from './run/run-report.ts';
import { createRunReport } from './run/run-report.ts';
import type { ScenarioRunConfig } from './run/scenario-run.ts';
import { runScenario } from './run/scenario-run.ts';
import { surroundings } from './run/surroundings.ts';
import { isAfterwards } from './run/watch.ts';
import { startSimulation } from './simulation.ts';

/** `npm run sim`: a process of its own, so it makes its clock, log and signals itself. */
const parsed = parseOptions(process.argv.slice(2), process.env, Date.now());

if ('help' in parsed) {
  console.log(parsed.help);
} else if ('faults' in parsed) {
  for (const fault of parsed.faults) console.error(fault);
  console.error('--help shows all options');
  process.exitCode = 2;
} else {
  const { options } = parsed;
  const log = pino({ name: 'sim' }, pino.destination({ fd: 2, sync: true }));
  process.exitCode =
    'scenario' in options ? await playScenario(options, log) : await runCity(options, log);
}

type Of<Kind extends string> = Extract<Options, Record<Kind, unknown>>;

/** Resolves at the next Ctrl-C or SIGTERM; one that nobody waits for ends the process at once. */
async function interruption(): Promise<void> {
  const others = new AbortController();
  const { signal } = others;
  await Promise.race(['SIGINT', 'SIGTERM'].map((name) => once(process, name, { signal })));
  others.abort();
}

/** The first interruption ends the run, one while it is read back (so a second one) that as well. */
async function playScenario(options: Of<'scenario'>, log: Logger) {
  const [end, giveUp] = [new AbortController(), new AbortController()];
  let phase: Phase | undefined;
  void (async () => {
    await interruption();
    end.abort();
    if (!phase || !isAfterwards(phase)) await interruption();
    giveUp.abort();
  })();
  const display = new ProgressDisplay({
    isTty: process.stderr.isTTY === true,
    columns: () => process.stderr.columns,
    write: (text) => process.stderr.write(text),
  });
  warnOfRetention(options.scenario, log);
  try {
    const outcome = await runScenario(options.scenario, {
      clock: Date.now,
      log,
      signal: end.signal,
      giveUp: giveUp.signal,
      onProgress: (progress) => {
        ({ phase } = progress);
        display.show(progress);
      },
    });
    const report = createRunReport(outcome, surroundings());
    tell(report, options, formatRunReport(report));
    return report.faults.length > 0 ? 1 : 0;
  } catch (error) {
    log.fatal({ err: error }, 'the scenario could not be played to its end');
    return 1;
  }
}

function warnOfRetention({ scenario }: ScenarioRunConfig, log: Logger): void {
  const warning = retentionWarning(scenario, Date.now());
  if (warning !== undefined) log.warn(warning);
}

async function runCity(options: Of<'simulation'>, log: Logger) {
  const interrupted = interruption();
  const simulation = startSimulation(options.simulation, { clock: Date.now, log });
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
  tell(report, options, formatReport(report));
  return code;
}

function tell(report: RunReport | SimulationReport, options: Options, text: string): void {
  const json = JSON.stringify(report, null, 2);
  if (options.reportPath !== undefined) writeFileSync(options.reportPath, `${json}\n`);
  console.log(options.json ? json : text);
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
