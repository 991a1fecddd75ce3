import { createRandom } from '../../firmware-sim/random.ts';
import { until } from '../support/until.ts';
import { type Check, checkAll } from './check.ts';
import { isKept } from './judge.ts';
import { type Load, startLoad } from './load.ts';
import type { Options } from './options.ts';
import { drawStep, type Step } from './plan.ts';
import type { OwnEnd, Supervised } from './supervised.ts';
import { startTopology, type Topology } from './topology.ts';

/** A trouble that was made. */
export interface StepDone extends Step {
  number: number;
  name: string;
  /** Readings acknowledged so far, before the trouble. */
  acked: number;
  /** Time from the last start of the victim to the trouble. */
  ageMs: number;
  /** Which process `killed` was. */
  killedName: string | undefined;
  /** Whether the victim was ready when it was hit. */
  ready: boolean;
}

export interface Report {
  options: Options;
  kept: boolean;
  steps: StepDone[];
  checks: Check[];
  repeated: number;
  lives: Record<string, number>;
  ownEnds: OwnEnd[];
  /** Exit codes of the stop in peace at the end. */
  exitCodes: Record<string, number | null>;
  seconds: number;
}

export interface Told {
  step(step: StepDone): void;
  check(check: Check): void;
}

const progressMsMax = 60_000;

/** Makes trouble as the options say and checks what is left. @throws Error when the platform stays down */
export async function torture(options: Options, told: Told): Promise<Report> {
  const startedAt = Date.now();
  const topology = await startTopology(options);
  let load: Load | undefined;
  try {
    const token = await topology.api.platform.provider('torture');
    await letIn(topology, token);
    load = await startLoad(topology, { seed: options.seed, rate: options.rate, token });
    const { steps, checks } = await makeTrouble({ topology, load, options, told, startedAt });
    const repeated = load.repeatedCount();
    await load.stop();
    const lives = Object.fromEntries(topology.processes.map(({ name, lives }) => [name, lives]));
    const ownEnds = topology.ownEnds();
    const exitCodes = await topology.stop();
    const kept = checks.every(isKept) && Object.values(exitCodes).every((code) => code === 0);
    const seconds = Math.round((Date.now() - startedAt) / 1000);
    return { options, kept, steps, checks, repeated, lives, ownEnds, exitCodes, seconds };
  } catch (error) {
    await load?.stop();
    await topology.stop().catch(() => {});
    throw error;
  }
}

/** A broker in a process of its own hears of a new provider a little later. */
async function letIn({ broker, processes }: Topology, token: string): Promise<void> {
  if (processes.length === 1) return;
  const { connectAsync } = (await import('mqtt')).default;
  const url = `mqtt://127.0.0.1:${broker.platform.mqttPort}`;
  const sign = { username: 'torture', password: token, clientId: 'torture-probe' };
  await until('the provider to be let in', async () => {
    const client = await connectAsync(url, { ...sign, reconnectPeriod: 0 }).catch(() => undefined);
    await client?.endAsync();
    return client !== undefined;
  });
}

interface Scene {
  topology: Topology;
  load: Load;
  options: Options;
  told: Told;
  startedAt: number;
}

async function makeTrouble(scene: Scene): Promise<{ steps: StepDone[]; checks: Check[] }> {
  const { topology, load, options, told, startedAt } = scene;
  const random = createRandom(options.seed);
  const choice = { troubles: options.troubles, processes: topology.processes.length };
  const steps: StepDone[] = [];
  const checks: Check[] = [];
  const endAt = startedAt + options.minutesMax * 60_000;
  for (let number = 1; number <= options.kills; number++) {
    const step = drawStep(random, choice);
    const done = await makeStep(scene, { ...step, number });
    steps.push(done);
    told.step(done);
    const isLast = number === options.kills || Date.now() > endAt;
    if (!isLast && number % options.checkEvery !== 0) continue;
    const check = await checkAll(topology, load, { afterStep: number });
    checks.push(check);
    told.check(check);
    if (isLast) break;
    load.resume();
  }
  return { steps, checks };
}

async function makeStep(
  { topology, load }: Scene,
  step: Step & { number: number },
): Promise<StepDone> {
  const victim = topology.processes[step.victim];
  if (!victim) throw new Error(`no process ${step.victim}`);
  if (step.phase === 'load') {
    await topology.untilReady();
    const before = load.ackedCount();
    await until('an acknowledgement', () => load.ackedCount() > before, progressMsMax);
    await pause(step.waitMs);
  } else {
    const startedAt = Math.max(...topology.processes.map((process) => process.startedAt));
    await pause(startedAt + step.waitMs - Date.now());
  }
  const { exitCode } = victim.platform.process;
  const done: StepDone = {
    ...step,
    name: victim.name,
    killedName: step.withKill ? topology.processes[step.killed]?.name : undefined,
    acked: load.ackedCount(),
    ageMs: Date.now() - victim.startedAt,
    ready: exitCode === null && (await quickly(victim.isReady())),
  };
  await trouble(topology, victim, step);
  return done;
}

async function trouble(topology: Topology, victim: Supervised, step: Step): Promise<void> {
  const { influx, disk } = topology;
  const half = async (): Promise<void> => {
    await pause(step.lastMs / 2);
    if (step.withKill) await topology.processes[step.killed]?.kill();
    await pause(step.lastMs / 2);
  };
  switch (step.trouble) {
    case 'kill':
      return victim.kill();
    case 'pause': {
      const { process: paused } = victim.platform;
      paused.kill('SIGSTOP');
      await half();
      // After a kill in between it is another process that runs, and this one is gone.
      paused.kill('SIGCONT');
      return;
    }
    case 'influx':
      await influx?.stop('SIGKILL');
      await half();
      await influx?.restart();
      return;
    case 'disk':
      await fullDisk(disk, half);
  }
}

/** The platform frees room now and then (old segments): it is taken again at once. */
async function fullDisk(disk: Topology['disk'], during: () => Promise<void>): Promise<void> {
  disk?.fill();
  const timer = setInterval(() => disk?.fill(), 200);
  try {
    await during();
  } finally {
    clearInterval(timer);
    disk?.free();
  }
}

/** Readiness as of now: a process that cannot answer at once is not ready. */
async function quickly(probe: Promise<boolean>): Promise<boolean> {
  return Promise.race([probe, pause(200).then(() => false)]);
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, Math.max(0, ms)));
}
