import type { AlarmScope } from '../../../broker/contract/alarm-rules.ts';
import type { Device } from '../../../broker/contract/device.ts';
import { deviceKey } from '../../../broker/contract/ids.ts';

/** Whether a rule is about a device: every part that is given must fit. */
export function isInScope({ kinds, providers, devices }: AlarmScope, device: Device): boolean {
  if (kinds && !kinds.includes(device.kind)) return false;
  if (providers && !providers.includes(device.provider)) return false;
  return !devices || devices.includes(deviceKey(device.provider, device.id));
}
