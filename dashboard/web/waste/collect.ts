import type { Session } from '../../../broker/contract/api.ts';
import type { DeviceKey } from '../../../broker/contract/ids.ts';

/** Who may report what a crew found: operators, and a provider of its own containers; the server says so too. */
export function mayCollect(
  { role, provider }: Pick<Session, 'role' | 'provider'>,
  device: DeviceKey,
): boolean {
  if (role === 'operator' || role === 'admin') return true;
  return role === 'provider' && provider !== undefined && device.startsWith(`${provider}/`);
}
