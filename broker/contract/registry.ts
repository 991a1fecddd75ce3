import type { Account } from './access.ts';
import type { Device, Provider, ReportedStatus } from './device.ts';
import type { DeviceKey } from './ids.ts';

/**
 * Who there is: providers, devices, what devices reported of themselves, and the hashes of tokens.
 * Reads are synchronous and answered from memory; a write resolves when it is durable. Several
 * processes on one machine may share a registry: what another one added is found at once when it is
 * asked for by name, other changes arrive within a second.
 */
export interface Registry {
  device(key: DeviceKey): Device | undefined;
  devices(): Iterable<Device>;
  deviceCount(): number;
  /** Adds or replaces. @throws RegistryFull */
  putDevice(device: Device): Promise<void>;
  /** Removes the device, its tokens and its reported status. False when there was none. */
  deleteDevice(key: DeviceKey): Promise<boolean>;

  provider(id: string): Provider | undefined;
  providers(): Iterable<Provider>;
  /** Adds or replaces. @throws RegistryFull */
  putProvider(provider: Provider): Promise<void>;

  reportedStatus(key: DeviceKey): ReportedStatus | undefined;
  putReportedStatus(key: DeviceKey, status: ReportedStatus): Promise<void>;

  /** The account of a token, or undefined. Tokens are kept as SHA-256 only and looked up by it. */
  accountOf(token: string): Account | undefined;
  /** Makes a new token for an account; tokens that it had before stop being valid. Shown once. */
  issueToken(account: Account): Promise<string>;

  /** Ends the tokens of an account without a new one. False when it had none. */
  revokeTokens(account: Account): Promise<boolean>;
  /** Accounts that have a token. */
  tokenAccounts(): Iterable<Account>;

  /** Called after each change, own or another process's. Returns the way to stop listening. */
  onChange(listener: (change: RegistryChange) => void): () => void;
  close(): Promise<void>;
}

export type RegistryChange =
  | { kind: 'device'; key: DeviceKey; device: Device | undefined }
  | { kind: 'provider'; id: string; provider: Provider | undefined }
  | { kind: 'status'; key: DeviceKey; status: ReportedStatus }
  /** The tokens of this account were replaced or removed: its open connections must end. */
  | { kind: 'tokens'; account: Account };

/** A limit of `limits.ts` was reached: no further device or provider can be added. */
export class RegistryFull extends Error {
  readonly code = 'registry-full';
}
