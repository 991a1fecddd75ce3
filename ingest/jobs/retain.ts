import { resolutions } from '../../broker/contract/windows.ts';
import type { Retention } from '../domain/retention.ts';
import type { Store } from '../store/store.ts';
import type { Job } from './scheduler.ts';

/** Forgets what has outlived its retention, once an hour. */
export function retainJob(deps: { store: Store; retention: Retention; clock: () => number }): Job {
  return {
    name: 'retain',
    what: 'forgets what has outlived its retention',
    cron: '17 * * * *',
    async run() {
      for (const resolution of resolutions) {
        const keptMs = deps.retention[resolution];
        if (Number.isFinite(keptMs))
          await deps.store.forgetBefore(resolution, deps.clock() - keptMs);
      }
    },
  };
}
