import { type Account, accountName, type Role } from '../../broker/contract/access.ts';
import type { AlarmAudience } from '../../broker/contract/alarms.ts';
import type { Device } from '../../broker/contract/device.ts';
import { type DeviceKey, deviceKey, providerOf } from '../../broker/contract/ids.ts';
import type { KeptMessage, RejectionFilter } from '../../broker/contract/rejection.ts';

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
  /** Missing: it sees no alarms. */
  alarms?: AlarmAudience;
}

/** The one place that says which devices and alarms a caller may see. */
export function audienceOf(caller: Caller, publicRead: boolean): Audience {
  if (caller.role === 'admin' || caller.role === 'operator') {
    const alarms = { seesAlarm: () => true };
    return { id: 'all', isOperations: true, sees: () => true, alarms };
  }
  const isPublic = (device: Device) => publicRead && device.public;
  const { provider, device: own } = caller;
  if (provider !== undefined) {
    const sees = (device: Device) => isPublic(device) || device.provider === provider;
    return { id: `provider:${provider}`, isOperations: false, sees, alarms: alarmsOf(provider) };
  }
  if (own !== undefined) {
    const sees = (device: Device) =>
      isPublic(device) || deviceKey(device.provider, device.id) === own;
    return { id: `device:${own}`, isOperations: false, sees };
  }
  return { id: 'public', isOperations: false, sees: isPublic };
}

/** A provider sees the alarms of its own devices and of their groups, and of no public ones. */
function alarmsOf(provider: string): AlarmAudience {
  const isOwn = (name: string | undefined) => name?.startsWith(`${provider}/`) ?? false;
  return { seesAlarm: ({ device, group }) => isOwn(device) || isOwn(group) };
}

/** The one place that says whose devices a caller may add, change and remove. */
export function mayWriteFor(caller: Caller, provider: string): boolean {
  return caller.role === 'admin' || (caller.role === 'provider' && caller.provider === provider);
}

/** Whether a caller may see what a device sent in the raw: who may write for it, itself, and operators. */
export function mayDiagnose(caller: Caller, key: DeviceKey): boolean {
  return (
    caller.role === 'operator' || caller.device === key || mayWriteFor(caller, providerOf(key))
  );
}

/** The one place that says whose devices a caller may tell what to do, and see what they were told. */
export function mayCommand(caller: Caller, provider: string): boolean {
  if (caller.role === 'admin' || caller.role === 'operator') return true;
  return caller.role === 'provider' && caller.provider === provider;
}

/** The one place that says for whose containers a caller may report what a crew found, and read such reports. */
export function mayReport(caller: Caller, provider: string): boolean {
  return caller.role === 'operator' || mayWriteFor(caller, provider);
}

/** A filter of rejected messages, narrowed to what the caller may see; undefined when that is nothing. */
export function narrowed(caller: Caller, filter: RejectionFilter): RejectionFilter | undefined {
  if (caller.role === 'admin' || caller.role === 'operator') return filter;
  const { provider, device } = caller;
  if (provider !== undefined) {
    if (filter.provider !== undefined && filter.provider !== provider) return undefined;
    return { ...filter, provider };
  }
  if (device === undefined) return undefined;
  if (filter.device !== undefined && filter.device !== device) return undefined;
  return { ...filter, device };
}

/** Whether a caller may hand a rejected message in again: operators all, a provider its own. */
export function mayReplay(caller: Caller, { device, sender }: KeptMessage): boolean {
  if (caller.role === 'admin' || caller.role === 'operator') return true;
  if (caller.role !== 'provider') return false;
  if (device !== undefined) return providerOf(device) === caller.provider;
  const account = sender?.account;
  return account?.kind === 'provider' && account.provider === caller.provider;
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

/** What is written down as who did something. */
export function actorOf({ account }: Pick<Caller, 'account'>): string {
  return account ? accountName(account).slice(0, 200) : 'public';
}
