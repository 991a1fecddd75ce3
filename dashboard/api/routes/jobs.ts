import { z } from 'zod';
import { JobList, JobState, type Jobs, RecomputeRequest } from '../../../broker/contract/jobs.ts';
import { only } from '../authenticate.ts';
import type { Api, Context } from '../context.ts';
import { ApiError } from '../errors.ts';
import { apiLimits } from '../limits.ts';
import { tags } from '../openapi.ts';

const answers = {
  200: JobState.describe('it has ended'),
  202: JobState.describe('it goes on; `GET /api/v1/jobs` says how far it is'),
};

/** What is done by the clock, and by hand. */
export function jobsRoutes(app: Api, context: Context): void {
  listing(app, context);
  running(app, context);
  recomputing(app, context);
}

function listing(app: Api, context: Context): void {
  app.route({
    method: 'GET',
    url: '/api/v1/jobs',
    schema: {
      operationId: 'listJobs',
      tags: [tags.system],
      summary: 'What is done by the clock, and how the last run of each went',
      response: { 200: JobList },
    },
    onRequest: only('operator', 'admin'),
    handler: async () => ({ jobs: jobsOf(context).list() }),
  });
}

function running(app: Api, context: Context): void {
  app.route({
    method: 'POST',
    url: '/api/v1/jobs/:name/run',
    schema: {
      operationId: 'runJob',
      tags: [tags.system],
      summary: 'Run a job now; running it twice does no harm',
      params: z.object({ name: z.string().max(100) }),
      body: z
        .record(z.string().max(100), z.unknown())
        .nullish()
        .describe('arguments, of jobs that take some'),
      response: answers,
    },
    onRequest: only('admin'),
    handler: async ({ params, body }, reply) => {
      const state = await runOf(jobsOf(context), params.name, body ?? undefined);
      return reply.code(state.isRunning ? 202 : 200).send(state);
    },
  });
}

function recomputing(app: Api, context: Context): void {
  app.route({
    method: 'POST',
    url: '/api/v1/recompute',
    schema: {
      operationId: 'recompute',
      tags: [tags.system],
      summary: 'Make every tier of whole UTC days anew from raw values, late ones included',
      description:
        'Readings that arrive more than 48 h after their event time correct no tier by themselves; this does it. ' +
        'Rows that come out as they were stay as they are; others raise their revision. ' +
        'Days whose raw values are forgotten are refused.',
      body: RecomputeRequest,
      response: answers,
    },
    onRequest: only('admin'),
    handler: async ({ body }, reply) => {
      const { device, metric, from, to } = body;
      const args = {
        ...(device ? { devices: [device] } : {}),
        ...(metric ? { metrics: [metric] } : {}),
        from,
        to,
      };
      const state = await runOf(jobsOf(context), 'recompute', args);
      return reply.code(state.isRunning ? 202 : 200).send(state);
    },
  });
}

function jobsOf({ deps }: Context): Jobs {
  if (!deps.jobs) throw new ApiError('ingest-elsewhere');
  return deps.jobs;
}

/** Waits for the end of a run, but not for long: a longer one is answered with how far it is. */
async function runOf(jobs: Jobs, name: string, args: unknown): Promise<JobState> {
  const run = jobs.run(name, args);
  // What it fails of after the answer stands in its state, and in the log.
  run.catch(() => {});
  let timer: NodeJS.Timeout | undefined;
  const patience = new Promise<undefined>((resolve) => {
    timer = setTimeout(() => resolve(undefined), apiLimits.jobAnswerMsMax);
  });
  const ended = await Promise.race([run, patience]).finally(() => clearTimeout(timer));
  const state = ended ?? jobs.list().find((job) => job.name === name);
  if (!state) throw new ApiError('not-found');
  return state;
}
