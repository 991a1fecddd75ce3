import type { Downsampler } from '../stages/downsample.ts';
import type { Job } from './scheduler.ts';

/**
 * Keeps the tiers up to date: minutes and hours soon after they are over, and every five minutes all that has new
 * readings, and with it the position up to which a restart need not mark again.
 */
export function rollUpJobs(downsampler: Pick<Downsampler, 'rollUpClosed' | 'settle'>): Job[] {
  return [
    {
      name: 'roll-up-minutes',
      what: 'makes the minutes that are over and have new readings',
      cron: '*/5 * * * * *',
      run: () => downsampler.rollUpClosed('1m'),
    },
    {
      name: 'roll-up-hours',
      what: 'makes the minutes and hours that are over and have new readings',
      cron: '*/30 * * * * *',
      run: () => downsampler.rollUpClosed('1h'),
    },
    {
      name: 'settle',
      what: 'makes every tier anew where it has new readings',
      cron: '*/5 * * * *',
      run: () => downsampler.settle(),
    },
  ];
}
