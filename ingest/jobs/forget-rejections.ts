import { type RejectionLog, rejectionsKeptMs } from '../../broker/contract/rejection.ts';
import type { Job } from './scheduler.ts';

/** Forgets rejected messages that have outlived {@link rejectionsKeptMs}, once an hour. */
export function forgetRejectionsJob(deps: {
  rejections: Pick<RejectionLog, 'forgetBefore'>;
  clock: () => number;
}): Job {
  return {
    name: 'forget-rejections',
    cron: '37 * * * *',
    async run() {
      await deps.rejections.forgetBefore(deps.clock() - rejectionsKeptMs);
    },
  };
}
