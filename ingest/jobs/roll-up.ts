import type { Downsampler } from '../stages/downsample.ts';
import type { Job } from './scheduler.ts';

/**
 * Keeps the tiers up to date: minutes and hours soon, and every five minutes all of them, and with them the position
 * up to which a restart need not mark again.
 */
export function rollUpJobs(downsampler: Pick<Downsampler, 'rollUpTo' | 'settle'>): Job[] {
  return [
    {
      name: 'roll-up-minutes',
      what: 'makes the minutes anew that have new readings',
      cron: '*/5 * * * * *',
      run: () => downsampler.rollUpTo('1m'),
    },
    {
      name: 'roll-up-hours',
      what: 'makes minutes and hours anew that have new readings',
      cron: '*/30 * * * * *',
      run: () => downsampler.rollUpTo('1h'),
    },
    {
      name: 'settle',
      what: 'makes every tier anew where it has new readings',
      cron: '*/5 * * * *',
      run: () => downsampler.settle(),
    },
  ];
}
