import { z } from 'zod';
import { DeviceKey } from './ids.ts';
import { Instant } from './instant.ts';
import { MetricName } from './metrics.ts';

/** What is done by the clock or by hand, and how its last run went. */
export const JobState = z.object({
  name: z.string(),
  what: z.string().describe('what it does, in one line'),
  cron: z
    .string()
    .optional()
    .describe('when it runs by itself: (second,) minute, hour, day, month, weekday in UTC'),
  isRunning: z.boolean(),
  startedAt: z.int().optional().describe('of the last run, epoch ms UTC'),
  endedAt: z.int().optional().describe('of the last run that has ended'),
  error: z.string().optional().describe('why the last run that has ended failed'),
  figures: z
    .record(z.string(), z.number())
    .describe('what the last run counted; `done` of `total` while it goes on'),
});
export type JobState = z.infer<typeof JobState>;

export const JobList = z.object({ jobs: z.array(JobState) });

/** Which windows to make anew from raw; they are widened to whole UTC days. */
export const RecomputeRequest = z.strictObject({
  device: DeviceKey.optional().describe('default: all'),
  metric: MetricName.optional().describe('default: all'),
  from: Instant.describe('start, included'),
  to: Instant.describe('end, excluded'),
});
export type RecomputeRequest = z.infer<typeof RecomputeRequest>;

/** The jobs of the process that runs ingest, as the API sees them. */
export interface Jobs {
  list(): JobState[];
  /**
   * Runs a job now; resolves with its state when it has ended, and rejects with what it failed of.
   * @throws NoSuchJob, JobRunning, JobArgsInvalid
   */
  run(name: string, args?: unknown): Promise<JobState>;
}

export class NoSuchJob extends Error {
  readonly code = 'not-found';
}

/** One run at a time of each. */
export class JobRunning extends Error {
  readonly code = 'job-running';
}

export class JobArgsInvalid extends Error {
  readonly code = 'invalid-request';
}
