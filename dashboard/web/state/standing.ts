import type { DeviceView } from '../../../broker/contract/api.ts';
import type { DeviceStatus, ReportedStatus } from '../../../broker/contract/device.ts';

/**
 * How a device stands now. The same rule as `deviceStatus` of the contract, which a test holds this to;
 * it is not imported because the contract's schemas would bring zod (25 KB) into the first load.
 */
export function statusNow(
  device: Pick<DeviceView, 'expectedIntervalMs'>,
  seen: { lastSeenAt?: number | undefined; reported?: ReportedStatus | undefined },
  now: number,
): DeviceStatus {
  const { lastSeenAt, reported } = seen;
  if (reported && !reported.online && reported.at >= (lastSeenAt ?? 0)) return 'offline';
  if (lastSeenAt === undefined) return 'never';
  const silentMs = now - lastSeenAt;
  if (silentMs > offlineAfterIntervals * device.expectedIntervalMs) return 'offline';
  return silentMs > staleAfterIntervals * device.expectedIntervalMs ? 'stale' : 'ok';
}

/** Intervals without a message after which what is shown is called stale; also what makes a gap in a chart. */
export const staleAfterIntervals = 2.5;
const offlineAfterIntervals = 10;
