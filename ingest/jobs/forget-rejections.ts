import { type RejectionLog, rejectionsKeptMs } from '../../broker/contract/rejection.ts';
import type { Job } from './scheduler.ts';

/** Forgets rejected messages that have outlived {@link rejectionsKeptMs}, once an hour. */
export function forgetRejectionsJob(deps: {
  rejections: Pick<RejectionLog, 'forgetBefore'>;
  clock: () => number;
}): Job {
  return {
    name: 'forget-rejections',
    what: 'forgets rejected messages that have outlived their time',
    cron: '37 * * * *',
    async run({ report }) {
      const forgotten = await deps.rejections.forgetBefore(deps.clock() - rejectionsKeptMs);
      report({ forgotten });
    },
  };
}
