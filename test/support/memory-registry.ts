import type { Account } from '../../broker/contract/access.ts';
import type { Device, Provider, ReportedStatus } from '../../broker/contract/device.ts';
import { type DeviceKey, deviceKey } from '../../broker/contract/ids.ts';
import type { Registry, RegistryChange } from '../../broker/contract/registry.ts';

/** A registry in memory with the rules that tests need; the real one has its own tests. */
export function createMemoryRegistry(): Registry {
  const devices = new Map<DeviceKey, Device>();
  const providers = new Map<string, Provider>();
  const statuses = new Map<DeviceKey, ReportedStatus>();
  const tokens = new Map<string, Account>();
  const listeners = new Set<(change: RegistryChange) => void>();
  const tell = (change: RegistryChange): void => {
    for (const listener of listeners) listener(change);
  };
  let issued = 0;
  return {
    device: (key) => devices.get(key),
    devices: () => devices.values(),
    deviceCount: () => devices.size,
    async putDevice(device) {
      const key = deviceKey(device.provider, device.id);
      devices.set(key, device);
      tell({ kind: 'device', key, device });
    },
    async deleteDevice(key) {
      const existed = devices.delete(key);
      statuses.delete(key);
      tell({ kind: 'device', key, device: undefined });
      return existed;
    },
    provider: (id) => providers.get(id),
    providers: () => providers.values(),
    async putProvider(provider) {
      providers.set(provider.id, provider);
      tell({ kind: 'provider', id: provider.id, provider });
    },
    reportedStatus: (key) => statuses.get(key),
    async putReportedStatus(key, status) {
      statuses.set(key, status);
      tell({ kind: 'status', key, status });
    },
    accountOf: (token) => tokens.get(token),
    async issueToken(account) {
      const token = `token-${++issued}`;
      tokens.set(token, account);
      return token;
    },
    async revokeTokens(account) {
      const before = tokens.size;
      for (const [token, owner] of tokens)
        if (JSON.stringify(owner) === JSON.stringify(account)) tokens.delete(token);
      return tokens.size < before;
    },
    tokenAccounts: () => tokens.values(),
    onChange(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    async close() {},
  };
}
