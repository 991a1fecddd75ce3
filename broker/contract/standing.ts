/**
 * How a device stands. Free of schemas, so that the page can use the very same rule without loading them.
 */
export const deviceStatuses = ['ok', 'stale', 'offline', 'never'] as const;
export type DeviceStatus = (typeof deviceStatuses)[number];

/** Expected intervals without a message after which what is shown is called stale; also a gap in a chart. */
export const staleAfterIntervals = 2.5;
const offlineAfterIntervals = 10;

/** What is known of a device's presence; instants are arrivals, epoch ms UTC. */
export interface Seen {
  lastSeenAt?: number | undefined;
  /** What it last said of itself, or its will for it. */
  reported?: { online: boolean; at: number } | undefined;
}

/** Stale when silent for too long, offline when silent for longer or when it said so after its last reading. */
export function deviceStatus(expectedIntervalMs: number, seen: Seen, now: number): DeviceStatus {
  const { lastSeenAt, reported } = seen;
  if (reported && !reported.online && reported.at >= (lastSeenAt ?? 0)) return 'offline';
  if (lastSeenAt === undefined) return 'never';
  const silentMs = now - lastSeenAt;
  if (silentMs > offlineAfterIntervals * expectedIntervalMs) return 'offline';
  return silentMs > staleAfterIntervals * expectedIntervalMs ? 'stale' : 'ok';
}

/** The four heaps that every device is in one of. */
export const standings = ['abnormal', 'stale', 'offline', 'ok'] as const;
export type Standing = (typeof standings)[number];

/**
 * Abnormal stays abnormal while it is stale: an overfull bin does not empty by falling silent. A device that is
 * offline is first of all offline.
 */
export function standingOf(status: DeviceStatus, isAbnormal: boolean): Standing {
  if (status === 'offline' || status === 'never') return 'offline';
  return isAbnormal ? 'abnormal' : status;
}
