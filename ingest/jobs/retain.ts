import { type Resolution, resolutions } from '../../broker/contract/windows.ts';
import type { Store } from '../store/store.ts';
import type { Job } from './scheduler.ts';

/** How long each resolution is kept, ms; `Infinity` = for ever. */
export type Retention = Readonly<Record<Resolution, number>>;

/** Forgets what has outlived its retention, once an hour. */
export function retainJob(deps: { store: Store; retention: Retention; clock: () => number }): Job {
  return {
    name: 'retain',
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
