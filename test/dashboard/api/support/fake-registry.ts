import { createHash, randomBytes } from 'node:crypto';
import type { Account } from '../../../../broker/contract/access.ts';
import type { Device, Provider, ReportedStatus } from '../../../../broker/contract/device.ts';
import { type DeviceKey, deviceKey } from '../../../../broker/contract/ids.ts';
import type { Registry, RegistryChange } from '../../../../broker/contract/registry.ts';

/** A registry in memory that keeps to the contract. */
export class FakeRegistry implements Registry {
  readonly #devices = new Map<DeviceKey, Device>();
  readonly #providers = new Map<string, Provider>();
  readonly #statuses = new Map<DeviceKey, ReportedStatus>();
  readonly #accounts = new Map<string, Account>();
  readonly #listeners = new Set<(change: RegistryChange) => void>();

  device(key: DeviceKey): Device | undefined {
    return this.#devices.get(key);
  }
  devices(): Iterable<Device> {
    return this.#devices.values();
  }
  deviceCount(): number {
    return this.#devices.size;
  }
  async putDevice(device: Device): Promise<void> {
    const key = deviceKey(device.provider, device.id);
    await durable();
    this.#devices.set(key, device);
    this.#tell({ kind: 'device', key, device });
  }
  async deleteDevice(key: DeviceKey): Promise<boolean> {
    const existed = this.#devices.delete(key);
    this.#statuses.delete(key);
    this.#removeTokens({ kind: 'device', device: key });
    if (existed) this.#tell({ kind: 'device', key, device: undefined });
    return existed;
  }
  provider(id: string): Provider | undefined {
    return this.#providers.get(id);
  }
  providers(): Iterable<Provider> {
    return this.#providers.values();
  }
  async putProvider(provider: Provider): Promise<void> {
    await durable();
    this.#providers.set(provider.id, provider);
    this.#tell({ kind: 'provider', id: provider.id, provider });
  }
  reportedStatus(key: DeviceKey): ReportedStatus | undefined {
    return this.#statuses.get(key);
  }
  async putReportedStatus(key: DeviceKey, status: ReportedStatus): Promise<void> {
    this.#statuses.set(key, status);
    this.#tell({ kind: 'status', key, status });
  }
  accountOf(token: string): Account | undefined {
    return this.#accounts.get(hash(token));
  }
  async issueToken(account: Account): Promise<string> {
    this.#removeTokens(account);
    const token = randomBytes(24).toString('base64url');
    this.#accounts.set(hash(token), account);
    this.#tell({ kind: 'tokens', account });
    return token;
  }
  async revokeTokens(account: Account): Promise<boolean> {
    const existed = this.#removeTokens(account);
    if (existed) this.#tell({ kind: 'tokens', account });
    return existed;
  }
  tokenAccounts(): Iterable<Account> {
    return this.#accounts.values();
  }
  onChange(listener: (change: RegistryChange) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }
  async close(): Promise<void> {}

  /** Listeners that have not stopped listening. */
  get listenerCount(): number {
    return this.#listeners.size;
  }

  #removeTokens(account: Account): boolean {
    let existed = false;
    for (const [key, owner] of this.#accounts) {
      if (JSON.stringify(owner) !== JSON.stringify(account)) continue;
      existed = this.#accounts.delete(key);
    }
    return existed;
  }
  #tell(change: RegistryChange): void {
    for (const listener of this.#listeners) listener(change);
  }
}

/** A write is seen when it is on disk, not at once. */
const durable = () => new Promise((resolve) => setImmediate(resolve));

const hash = (token: string) => createHash('sha256').update(token).digest('hex');
