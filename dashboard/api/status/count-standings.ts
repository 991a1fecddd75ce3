import type { Device } from '../../../broker/contract/device.ts';
import { expectedIntervalMs } from '../../../broker/contract/device.ts';
import { deviceKey } from '../../../broker/contract/ids.ts';
import type { StandingCounts } from '../../../broker/contract/platform-status.ts';
import { deviceStatus, type Standing, standingOf } from '../../../broker/contract/standing.ts';
import { assess } from '../../../ingest/domain/finding.ts';
import type { Context } from '../context.ts';
import { lastSeenAt } from '../live/live-state.ts';

type Counting = Pick<Context, 'deps' | 'state'>;

/** Counts the devices that an audience sees by how they stand, by the rule of the page. */
export function countStandings(
  context: Counting,
  sees: (device: Device) => boolean,
): StandingCounts {
  const counts: StandingCounts = { abnormal: 0, stale: 0, offline: 0, ok: 0 };
  const now = context.deps.clock();
  for (const device of context.deps.registry.devices()) {
    if (sees(device)) counts[standing(context, device, now)] += 1;
  }
  return counts;
}

function standing({ state }: Counting, device: Device, now: number): Standing {
  const key = deviceKey(device.provider, device.id);
  const live = state.device(key);
  const seen = { lastSeenAt: lastSeenAt(live), reported: state.reportedStatus(key) };
  const intervalMs = expectedIntervalMs(device);
  const status = deviceStatus(intervalMs, seen, now);
  const judged = { ...device, expectedIntervalMs: intervalMs };
  const finding = assess(judged, (metric) => live?.slots.get(metric));
  return standingOf(status, finding !== undefined);
}
