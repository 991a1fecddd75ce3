import { schedule } from 'node-cron';
import type { Logger } from 'pino';

/** Something done by the clock. Running it twice does no harm. */
export interface Job {
  name: string;
  /** Minute, hour, day of month, month, day of week; UTC. */
  cron: string;
  run(): Promise<void>;
}

/** Runs jobs at their times; one that is still running is not started again. The only importer of node-cron. */
export function startJobs(jobs: readonly Job[], log: Logger): { stop(): Promise<void> } {
  const tasks = jobs.map((job) =>
    schedule(job.cron, () => runJob(job, log), {
      name: job.name,
      timezone: 'UTC',
      noOverlap: true,
    }),
  );
  return {
    async stop() {
      for (const task of tasks) await task.destroy();
    },
  };
}

async function runJob(job: Job, log: Logger): Promise<void> {
  try {
    await job.run();
    log.debug({ job: job.name }, 'job done');
  } catch (err) {
    log.error({ err, job: job.name }, 'job failed');
  }
}
