import type { Device, DeviceKind } from '../../broker/contract/device.ts';
import type { DeviceKey } from '../../broker/contract/ids.ts';
import type { LiveReadings } from '../../broker/contract/live.ts';
import type { Context } from './context.ts';
import type { LiveDevice } from './live/live-state.ts';

interface KindWatcher {
  /** A device has sent; its newest values are in `live` already. `at`: event time of the newest reading of the message. */
  onReadings(device: Device, live: LiveDevice, at: number): void;
  onGone(key: DeviceKey): void;
}

/**
 * Tells of the messages of one kind of devices. To be called when the live state listens already, since listeners
 * are told in the order in which they came. Gives the way to stop.
 */
export function watchKind(
  { deps: { feed, registry, clock }, state }: Context,
  kind: DeviceKind,
  watcher: KindWatcher,
): () => void {
  const take = ({ device: key, readings }: LiveReadings): void => {
    const live = state.device(key);
    if (live?.description?.kind !== kind) return;
    let at = Number.NEGATIVE_INFINITY;
    for (const reading of readings) at = Math.max(at, reading.at);
    // A clock that is ahead must not keep what follows from being looked at.
    if (Number.isFinite(at)) watcher.onReadings(live.description, live, Math.min(at, clock()));
  };
  const stopReadings = feed.onReadings((batch) => {
    for (const message of batch) take(message);
  });
  const stopChanges = registry.onChange((change) => {
    if (change.kind === 'device' && change.device?.kind !== kind) watcher.onGone(change.key);
  });
  return () => {
    stopReadings();
    stopChanges();
  };
}
