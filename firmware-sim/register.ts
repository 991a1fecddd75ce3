import type { Logger } from 'pino';
import type { ApiClient } from './api-client.ts';
import { concurrently } from './concurrently.ts';
import type { PlannedDevice } from './fleet.ts';
import { providers } from './fleet.ts';
import type { SignIn } from './run-fleet.ts';

export interface RegisterDeps {
  log: Logger;
  /** Aborted: nothing more is begun. */
  signal: AbortSignal;
  /** Told of each device that is known from now on. */
  onDevice?: () => void;
}

/** Requests at the same time. */
const requestsMax = 8;

/**
 * Makes the providers and the devices known to the platform. What is there is kept, but for
 * what it is made of; tokens are rotated, for they are shown only once.
 *
 * @returns how a device signs in: as its provider
 * @throws ApiFailure
 */
export async function register(
  devices: readonly PlannedDevice[],
  api: ApiClient,
  { log, signal, onDevice }: RegisterDeps,
): Promise<SignIn> {
  const used = new Set(devices.map(({ provider }) => provider));
  const tokens = new Map<string, string>();
  for (const provider of providers) {
    if (used.has(provider.id) && !signal.aborted)
      tokens.set(provider.id, await api.provideToken(provider));
  }
  const counts = { created: 0, kept: 0, changed: 0 };
  await concurrently(devices, requestsMax, async (device) => {
    if (signal.aborted) return;
    counts[await api.putDevice(device)] += 1;
    onDevice?.();
  });
  log.info(counts, 'devices are registered');
  return (provider) => {
    const token = tokens.get(provider);
    return token === undefined ? undefined : { username: provider, password: token };
  };
}
