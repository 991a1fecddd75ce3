import { schedule } from 'node-cron';
import type { Logger } from 'pino';
import { JobRunning, type JobState, type Jobs, NoSuchJob } from '../../broker/contract/jobs.ts';

/** Something done by the clock or by hand. Running it twice does no harm. */
export interface Job {
  name: string;
  /** What it does, in one line for operators. */
  what: string;
  /** (Second,) minute, hour, day of month, month, day of week; UTC. Without it: by hand only. */
  cron?: string;
  run(context: JobContext): Promise<void>;
}

export interface JobContext {
  /** What came with a run by hand; the job checks it. */
  args: unknown;
  /** Says how far it is and what it counted: `done`, `total`, ... Replaces what was said before. */
  report(figures: Readonly<Record<string, number>>): void;
  /** Aborted when the process stops: a long run ends at its next step then. */
  signal: AbortSignal;
}

export interface JobRunner extends Jobs {
  /** Starts no further run, tells those under way to end, and waits for them. */
  stop(): Promise<void>;
}

/**
 * Runs jobs at their times and by hand, each one run at a time: by the clock, one that is still running is
 * left out. The only importer of node-cron.
 */
export function startJobs(
  jobs: readonly Job[],
  { clock, log }: { clock: () => number; log: Logger },
): JobRunner {
  const stopping = new AbortController();
  const known = new Map(
    jobs.map((job) => [job.name, new RunningJob(job, { clock, log, signal: stopping.signal })]),
  );
  if (known.size !== jobs.length) throw new Error('two jobs have the same name');
  const tasks = jobs.flatMap(({ name, cron }) =>
    cron === undefined
      ? []
      : schedule(cron, () => known.get(name)?.runByClock(), {
          name,
          timezone: 'UTC',
          // A turn that is left out under load is made up for by the next one.
          suppressMissedWarning: true,
        }),
  );
  return {
    list: () => [...known.values()].map(({ state }) => state),
    async run(name, args) {
      const job = known.get(name);
      if (!job) throw new NoSuchJob(`there is no job ${name}`);
      return job.run(args);
    },
    async stop() {
      stopping.abort();
      for (const task of tasks) await task.destroy();
      await Promise.all([...known.values()].map((job) => job.ended()));
    },
  };
}

/** A job with the state of its runs. */
class RunningJob {
  readonly #job: Job;
  readonly #deps: { clock: () => number; log: Logger; signal: AbortSignal };
  #state: JobState;
  #run: Promise<unknown> = Promise.resolve();

  constructor(job: Job, deps: { clock: () => number; log: Logger; signal: AbortSignal }) {
    const { name, what, cron } = job;
    this.#job = job;
    this.#deps = deps;
    this.#state = { name, what, ...(cron ? { cron } : {}), isRunning: false, figures: {} };
  }

  get state(): JobState {
    return this.#state;
  }

  async run(args: unknown): Promise<JobState> {
    const { signal, clock } = this.#deps;
    if (this.#state.isRunning) throw new JobRunning(`${this.#job.name} is running already`);
    if (signal.aborted) throw new JobRunning('the process is being stopped');
    const { error: _, ...before } = this.#state;
    this.#state = { ...before, isRunning: true, startedAt: clock(), figures: {} };
    const run = this.#finish(args);
    this.#run = run.catch(() => {});
    await run;
    return this.#state;
  }

  async #finish(args: unknown): Promise<void> {
    const { signal, clock } = this.#deps;
    const report = (figures: Readonly<Record<string, number>>): void => {
      this.#state = { ...this.#state, figures: { ...figures } };
    };
    let failure: { error?: string } = {};
    try {
      await this.#job.run({ args, report, signal });
    } catch (error) {
      failure = { error: error instanceof Error ? error.message : String(error) };
      throw error;
    } finally {
      this.#state = { ...this.#state, isRunning: false, endedAt: clock(), ...failure };
    }
  }

  async runByClock(): Promise<void> {
    if (this.#state.isRunning || this.#deps.signal.aborted) return;
    const { name } = this.#job;
    try {
      await this.run(undefined);
      this.#deps.log.debug({ job: name }, 'job done');
    } catch (err) {
      const isAway = (err as { code?: unknown } | null)?.code === 'store-unavailable';
      this.#deps.log[isAway ? 'warn' : 'error']({ err, job: name }, 'job failed');
    }
  }

  async ended(): Promise<void> {
    await this.#run;
  }
}
