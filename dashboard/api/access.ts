import type { Account, Role } from '../../broker/contract/access.ts';
import type { Device } from '../../broker/contract/device.ts';
import { type DeviceKey, deviceKey } from '../../broker/contract/ids.ts';

/** Who makes a request. A device's token reads as the public does, and itself. */
export interface Caller {
  role: Role;
  name?: string;
  provider?: string;
  device?: DeviceKey;
  /** Undefined: no credentials. */
  account: Account | undefined;
  /** How it proved that; a session is what a browser sends by itself, on any page's behalf. */
  via: 'nothing' | 'token' | 'session';
  /** Whether the credentials still hold: asked again while a stream is open. */
  stillValid(): boolean;
}

/** A group of callers who may see the same devices; they share one stream of live frames. */
export interface Audience {
  id: string;
  /** Sees values four times a second rather than once. */
  isOperations: boolean;
  sees(device: Device): boolean;
}

/** The one place that says which devices a caller may see. */
export function audienceOf(caller: Caller, publicRead: boolean): Audience {
  if (caller.role === 'admin' || caller.role === 'operator') {
    return { id: 'all', isOperations: true, sees: () => true };
  }
  const isPublic = (device: Device) => publicRead && device.public;
  const { provider, device: own } = caller;
  if (provider !== undefined) {
    const sees = (device: Device) => isPublic(device) || device.provider === provider;
    return { id: `provider:${provider}`, isOperations: false, sees };
  }
  if (own !== undefined) {
    const sees = (device: Device) =>
      isPublic(device) || deviceKey(device.provider, device.id) === own;
    return { id: `device:${own}`, isOperations: false, sees };
  }
  return { id: 'public', isOperations: false, sees: isPublic };
}

/** The one place that says whose devices a caller may add, change and remove. */
export function mayWriteFor(caller: Caller, provider: string): boolean {
  return caller.role === 'admin' || (caller.role === 'provider' && caller.provider === provider);
}

/** What an account is to the API. */
export function callerOf(
  account: Account | undefined,
  via: Caller['via'],
  stillValid: () => boolean,
): Caller {
  const common = { account, via, stillValid };
  switch (account?.kind) {
    case 'admin':
      return { role: 'admin', ...common };
    case 'operator':
      return { role: 'operator', name: account.name, ...common };
    case 'provider':
      return { role: 'provider', provider: account.provider, ...common };
    case 'device':
      return { role: 'public', device: account.device, ...common };
    default:
      return { role: 'public', ...common };
  }
}
