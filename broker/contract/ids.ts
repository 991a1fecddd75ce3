import { z } from 'zod';

/** Provider and device ids as they appear in topics, URLs and user names. */
export const Id = z
  .string()
  .regex(/^[A-Za-z0-9_-]{1,64}$/, 'must be 1 to 64 characters out of A-Z a-z 0-9 _ -');

/** Ids that no provider may take: `live` is a topic level, the others are accounts of the platform. */
export const reservedProviderIds: ReadonlySet<string> = new Set(['live', 'admin', 'service']);

export const ProviderId = Id.refine((id) => !reservedProviderIds.has(id), 'is reserved');

/** The name of a device everywhere: `<provider>/<device>`. */
export type DeviceKey = `${string}/${string}`;

export const DeviceKey = z
  .templateLiteral([Id, '/', Id])
  .describe('<provider>/<device>') as unknown as z.ZodType<DeviceKey>;

/** Joins two ids that were validated before. */
export function deviceKey(provider: string, device: string): DeviceKey {
  return `${provider}/${device}`;
}

/** The provider of a device key. */
export function providerOf(key: DeviceKey): string {
  return key.slice(0, key.indexOf('/'));
}

/** The device's id within its provider. */
export function deviceIdOf(key: DeviceKey): string {
  return key.slice(key.indexOf('/') + 1);
}

/** True for a well-formed id; the hot path's form of {@link Id}. */
export function isId(text: string): boolean {
  return idPattern.test(text);
}

const idPattern = /^[A-Za-z0-9_-]{1,64}$/;
