import { describe, expect, test } from 'vitest';
import { JobArgsInvalid, JobList, JobState } from '../../../broker/contract/jobs.ts';
import { RecomputeRefused } from '../../../ingest/stages/recompute.ts';
import { startTestApi } from './support/test-api.ts';

const run = { method: 'POST', as: 'admin' } as const;
const span = { from: '2026-05-01T00:00:00Z', to: 1_780_000_000 };

describe('jobs', () => {
  test('are answered with 503 where ingest runs in another process', async () => {
    const { ask } = await startTestApi({ isSplit: true });
    const answers = await Promise.all([
      ask({ url: '/api/v1/jobs', as: 'admin' }),
      ask({ ...run, url: '/api/v1/jobs/retain/run' }),
      ask({ ...run, url: '/api/v1/recompute', payload: span }),
    ]);
    for (const answer of answers) {
      expect([answer.statusCode, answer.json().code]).toEqual([503, 'ingest-elsewhere']);
    }
  });

  test('are listed, and run with their arguments; who did it is in the audit log', async () => {
    const { ask, jobs, audit } = await startTestApi();
    const list = await ask({ url: '/api/v1/jobs', as: 'admin' });
    expect(JobList.parse(list.json()).jobs.map(({ name }) => name)).toEqual([
      'retain',
      'recompute',
    ]);
    const ended = await ask({ ...run, url: '/api/v1/jobs/retain/run', payload: { year: 2026 } });
    expect(ended.statusCode).toBe(200);
    expect(JobState.parse(ended.json())).toMatchObject({ name: 'retain', isRunning: false });
    expect((await ask({ ...run, url: '/api/v1/jobs/retain/run' })).statusCode).toBe(200);
    expect(jobs.ran).toEqual([
      { name: 'retain', args: { year: 2026 } },
      { name: 'retain', args: undefined },
    ]);
    expect(audit.events.map(({ actor, action, object }) => [actor, action, object])).toEqual([
      ['admin', 'runJob', 'retain'],
      ['admin', 'runJob', 'retain'],
    ]);
  });

  test('say why they were not run', async () => {
    const { ask, jobs } = await startTestApi();
    const answerOf = async (url: string, outcome: Error) => {
      jobs.outcome = outcome;
      const { statusCode, ...answer } = await ask({ ...run, url, payload: span });
      return [statusCode, answer.json().code, answer.json().detail];
    };
    expect(await answerOf('/api/v1/jobs/retain/run', new JobArgsInvalid('from: no'))).toEqual([
      400,
      'invalid-request',
      'from: no',
    ]);
    expect(await answerOf('/api/v1/recompute', new RecomputeRefused('begin later'))).toEqual([
      422,
      'recompute-refused',
      'begin later',
    ]);
    // What happened inside is for the log.
    expect(await answerOf('/api/v1/recompute', new Error('hunter2'))).toEqual([
      500,
      'internal',
      undefined,
    ]);
  });

  test('that take long are answered before they end, and not started again meanwhile', async () => {
    const { ask, jobs } = await startTestApi();
    jobs.outcome = 'goes on';
    const first = await ask({ ...run, url: '/api/v1/recompute', payload: span });
    expect(first.statusCode).toBe(202);
    expect(first.json()).toMatchObject({
      name: 'recompute',
      isRunning: true,
      figures: { done: 3 },
    });
    const again = await ask({ ...run, url: '/api/v1/recompute', payload: span });
    expect([again.statusCode, again.json().code]).toEqual([409, 'job-running']);
  });

  test('recompute takes a device, a metric and a span, and no other words', async () => {
    const { ask, jobs, audit } = await startTestApi();
    for (const payload of [
      {},
      { from: span.from },
      { ...span, device: 'ulm' },
      { ...span, metric: 'nonsense' },
      { ...span, from: 'yesterday' },
      { ...span, from: 1e300 },
      { ...span, devices: ['ulm/a1'] },
    ]) {
      const answer = await ask({ ...run, url: '/api/v1/recompute', payload });
      expect([payload, answer.statusCode]).toEqual([payload, 400]);
    }
    const good = { ...span, device: 'ulm/a1', metric: 'pm10' };
    expect((await ask({ ...run, url: '/api/v1/recompute', payload: good })).statusCode).toBe(200);
    expect(jobs.ran).toEqual([
      {
        name: 'recompute',
        args: {
          devices: ['ulm/a1'],
          metrics: ['pm10'],
          from: Date.parse('2026-05-01T00:00:00Z'),
          to: 1_780_000_000_000,
        },
      },
    ]);
    expect(audit.events.at(-1)).toMatchObject({
      action: 'recompute',
      object: 'ulm/a1/pm10/2026-05-01T00:00:00.000Z/2026-05-28T20:26:40.000Z',
    });
  });
});
