import { isDeepStrictEqual } from 'node:util';
import { accountKey } from '../account.ts';
import type { Account } from '../contract/access.ts';
import type { Device, Provider, ReportedStatus } from '../contract/device.ts';
import type { DeviceKey } from '../contract/ids.ts';
import type { LoggedChange } from './schema.ts';

/** The registry in memory, from which all reads are answered. */
export class RegistryState {
  readonly devices = new Map<DeviceKey, Device>();
  readonly providers = new Map<string, Provider>();
  readonly statuses = new Map<DeviceKey, ReportedStatus>();
  /** One token at the most for each account. */
  readonly accountOfHash = new Map<string, Account>();
  readonly #hashOfAccount = new Map<string, string>();

  apply(change: LoggedChange): void {
    switch (change.kind) {
      case 'device':
        if (change.device) this.devices.set(change.key, change.device);
        else {
          this.devices.delete(change.key);
          this.statuses.delete(change.key);
        }
        return;
      case 'provider':
        if (change.provider) this.providers.set(change.id, change.provider);
        else this.providers.delete(change.id);
        return;
      case 'status':
        this.statuses.set(change.key, change.status);
        return;
      case 'tokens':
        this.#setToken(change.account, change.hash);
        return;
    }
  }

  hashOf(account: Account): string | undefined {
    return this.#hashOfAccount.get(accountKey(account));
  }

  #setToken(account: Account, hash: string | undefined): void {
    const key = accountKey(account);
    const former = this.#hashOfAccount.get(key);
    if (former !== undefined) this.accountOfHash.delete(former);
    if (hash === undefined) {
      this.#hashOfAccount.delete(key);
      return;
    }
    this.#hashOfAccount.set(key, hash);
    this.accountOfHash.set(hash, account);
  }

  /** The changes that lead from this state to another one. */
  *differencesTo(next: RegistryState): Generator<LoggedChange> {
    for (const [key, device] of differing(this.devices, next.devices))
      yield { kind: 'device', key, device };
    for (const [id, provider] of differing(this.providers, next.providers))
      yield { kind: 'provider', id, provider };
    for (const [key, status] of differing(this.statuses, next.statuses))
      if (status) yield { kind: 'status', key, status };
    for (const [hash, account] of this.accountOfHash)
      if (!next.accountOfHash.has(hash))
        yield { kind: 'tokens', account, hash: next.hashOf(account) };
    for (const [hash, account] of next.accountOfHash)
      if (this.hashOf(account) === undefined) yield { kind: 'tokens', account, hash };
  }
}

function* differing<K, V>(from: Map<K, V>, to: Map<K, V>): Generator<[K, V | undefined]> {
  for (const key of from.keys()) if (!to.has(key)) yield [key, undefined];
  for (const [key, value] of to) {
    if (!isDeepStrictEqual(from.get(key), value)) yield [key, value];
  }
}
