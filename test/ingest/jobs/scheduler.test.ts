import { describe, expect, it, onTestFinished } from 'vitest';
import { type Job, type JobRunner, startJobs } from '../../../ingest/jobs/scheduler.ts';
import { silentLog } from '../../support/log.ts';
import { until } from '../../support/until.ts';

/** Jobs under a clock that goes on by one at each look. */
function runnerOf(...jobs: Partial<Job>[]): JobRunner {
  let now = 0;
  const runner = startJobs(
    jobs.map((job, index) => ({
      name: `job-${index}`,
      what: 'does nothing',
      run: async () => {},
      ...job,
    })),
    { clock: () => ++now, log: silentLog },
  );
  onTestFinished(() => runner.stop());
  return runner;
}

/** Work that ends when it is told to. */
function held() {
  let end = (): void => {};
  const ended = new Promise<void>((resolve) => {
    end = resolve;
  });
  return { run: () => ended, end };
}

describe('a job', () => {
  it('that is not there cannot be run, and two of one name cannot be', async () => {
    await expect(runnerOf({}).run('nothing')).rejects.toMatchObject({ code: 'not-found' });
    expect(() => runnerOf({ name: 'twice' }, { name: 'twice' })).toThrow('same name');
  });

  it('is known before its first run', () => {
    expect(runnerOf({ cron: '0 4 * * *' }, {}).list()).toEqual([
      { name: 'job-0', what: 'does nothing', cron: '0 4 * * *', isRunning: false, figures: {} },
      { name: 'job-1', what: 'does nothing', isRunning: false, figures: {} },
    ]);
  });

  it('runs once at a time', async () => {
    const { run, end } = held();
    const runner = runnerOf({ run });
    const first = runner.run('job-0');
    await expect(runner.run('job-0')).rejects.toMatchObject({ code: 'job-running' });
    end();
    expect(await first).toMatchObject({ isRunning: false, startedAt: 1, endedAt: 2 });
    expect(await runner.run('job-0')).toMatchObject({ startedAt: 3, endedAt: 4 });
  });

  it('gets its arguments, says how far it is, and what it counted stays', async () => {
    const { run: wait, end } = held();
    const runner = runnerOf({
      async run({ args, report }) {
        report({ done: 1, total: (args as { total: number }).total });
        await wait();
        report({ done: 7, total: 7 });
      },
    });
    const run = runner.run('job-0', { total: 7 });
    await until('its first words', () => runner.list()[0]?.figures.done === 1);
    expect(runner.list()[0]).toMatchObject({ isRunning: true, figures: { done: 1, total: 7 } });
    end();
    expect(await run).toMatchObject({ isRunning: false, figures: { done: 7, total: 7 } });
  });

  it('that fails tells whoever ran it, and its state until the next run', async () => {
    let failures = 1;
    const runner = runnerOf({
      async run() {
        if (failures-- > 0) throw new Error('the disk is full');
      },
    });
    await expect(runner.run('job-0')).rejects.toThrow('the disk is full');
    expect(runner.list()[0]).toMatchObject({ isRunning: false, error: 'the disk is full' });
    await runner.run('job-0');
    expect(runner.list()[0]).not.toHaveProperty('error');
  });

  it('runs by the clock, is left out while it still runs, and survives its failures', async () => {
    let runs = 0;
    const { run: wait, end } = held();
    const runner = runnerOf({
      cron: '* * * * * *',
      async run() {
        runs++;
        if (runs === 1) throw new Error('the first time');
        await wait();
      },
    });
    await until('the second run', () => runs === 2);
    expect(runner.list()[0]).toMatchObject({ isRunning: true });
    await expect(runner.run('job-0')).rejects.toMatchObject({ code: 'job-running' });
    end();
  });

  it('under way is told to end when the runner stops, and waited for; none begins any more', async () => {
    const ends: string[] = [];
    const runner = runnerOf({
      run: ({ signal }) =>
        new Promise((resolve) => {
          signal.addEventListener('abort', () => {
            setTimeout(() => {
              ends.push('told');
              resolve();
            }, 20);
          });
        }),
    });
    const run = runner.run('job-0');
    await runner.stop();
    expect(ends).toEqual(['told']);
    await run;
    await expect(runner.run('job-0')).rejects.toMatchObject({ code: 'job-running' });
  });
});
