import { z } from 'zod';
import { DeviceKey } from '../../broker/contract/ids.ts';
import { Instant } from '../../broker/contract/instant.ts';
import { JobArgsInvalid } from '../../broker/contract/jobs.ts';
import { MetricName } from '../../broker/contract/metrics.ts';
import { type Recomputation, type RecomputeDeps, recompute } from '../stages/recompute.ts';
import type { Job } from './scheduler.ts';

const Args = z.strictObject({
  devices: z.array(DeviceKey).optional(),
  metrics: z.array(MetricName).optional(),
  from: Instant,
  to: Instant,
});

/** By hand only, since it may change what was published: every tier anew from raw. */
export function recomputeJob(deps: RecomputeDeps): Job {
  return {
    name: 'recompute',
    what: 'makes every tier anew from raw; args: from, to, devices, metrics',
    async run({ args, report, signal }) {
      await recompute(parseArgs(args), deps, {
        report: (figures) => report({ ...figures }),
        signal,
      });
    },
  };
}

function parseArgs(args: unknown): Recomputation {
  const parsed = Args.safeParse(args ?? {});
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    throw new JobArgsInvalid(`${issue?.path.join('.')}: ${issue?.message}`);
  }
  const { devices, metrics, from, to } = parsed.data;
  return { ...(devices ? { devices } : {}), ...(metrics ? { metrics } : {}), from, to };
}
