import { createHash, randomBytes } from 'node:crypto';
import type { Account } from '../contract/access.ts';
import { type DeviceKey, deviceKey } from '../contract/ids.ts';
import { limits } from '../contract/limits.ts';
import { type Registry, RegistryFull } from '../contract/registry.ts';
import { Mirror } from './mirror.ts';
import { RegistryFile, type Write } from './registry-file.ts';
import type { LoggedChange } from './schema.ts';

export interface RegistryDeps {
  /** Told when changes of another process could not be read; the next poll tries again. */
  onPollError?: (error: unknown) => void;
}

/** Bytes of a token: as hard to guess as a 256-bit key. */
const tokenBytes = 32;

/** Opens the registry at a path (a folder that is made when missing). See {@link Registry} for what it promises. */
export function createRegistry({ path }: { path: string }, deps: RegistryDeps = {}): Registry {
  const file = new RegistryFile(path);
  const mirror = new Mirror(file, deps.onPollError ?? (() => {}));
  const write = createBatcher(file);

  async function commit(decide: Write): Promise<void> {
    await write(decide);
    mirror.catchUp();
  }

  return {
    device: (key) => mirror.find(({ devices }) => devices.get(key)),
    devices: () => mirror.state.devices.values(),
    deviceCount: () => mirror.state.devices.size,
    putDevice(device) {
      const key = deviceKey(device.provider, device.id);
      return commit(() => {
        if (!file.hasDevice(key) && file.deviceCount() >= limits.devicesMax)
          throw new RegistryFull(`no more than ${limits.devicesMax} devices`);
        return [{ kind: 'device', key, device }];
      });
    },
    async deleteDevice(key) {
      let existed = false;
      await commit(() => {
        existed = file.hasDevice(key);
        return existed ? removal(key) : [];
      });
      return existed;
    },

    provider: (id) => mirror.find(({ providers }) => providers.get(id)),
    providers: () => mirror.state.providers.values(),
    putProvider(provider) {
      const { id } = provider;
      return commit(() => {
        if (!file.hasProvider(id) && file.providerCount() >= limits.providersMax)
          throw new RegistryFull(`no more than ${limits.providersMax} providers`);
        return [{ kind: 'provider', id, provider }];
      });
    },

    reportedStatus: (key) => mirror.state.statuses.get(key),
    putReportedStatus: (key, status) => commit(() => [{ kind: 'status', key, status }]),

    accountOf(token) {
      const hash = hashOf(token);
      return mirror.find(({ accountOfHash }) => accountOfHash.get(hash));
    },
    async issueToken(account) {
      const token = newToken();
      await commit(() => [{ kind: 'tokens', account, hash: hashOf(token) }]);
      return token;
    },
    async revokeTokens(account) {
      const existed = mirror.state.hashOf(account) !== undefined;
      await commit(() => (file.hasToken(account) ? [{ kind: 'tokens', account }] : []));
      return existed;
    },
    tokenAccounts: () => mirror.state.accountOfHash.values(),

    onChange: (listener) => mirror.onChange(listener),
    async close() {
      mirror.close();
      await file.close();
    },
  };
}

/** Collects the writes of one turn of the event loop into one transaction. */
function createBatcher(file: RegistryFile): (write: Write) => Promise<void> {
  let waiting: { write: Write; settle: (error?: Error) => void }[] = [];
  let isScheduled = false;

  async function flush(): Promise<void> {
    isScheduled = false;
    const batch = waiting;
    waiting = [];
    try {
      const outcomes = await file.commit(batch.map(({ write }) => write));
      for (const [index, { settle }] of batch.entries()) settle(outcomes[index]);
    } catch (error) {
      const cause = error instanceof Error ? error : new Error('registry write', { cause: error });
      for (const { settle } of batch) settle(cause);
    }
  }

  return (write) =>
    new Promise((resolve, reject) => {
      waiting.push({ write, settle: (error) => (error ? reject(error) : resolve()) });
      if (isScheduled) return;
      isScheduled = true;
      setImmediate(() => void flush());
    });
}

/** A device that is gone takes its token with it. */
function removal(key: DeviceKey): LoggedChange[] {
  const account: Account = { kind: 'device', device: key };
  return [
    { kind: 'device', key },
    { kind: 'tokens', account },
  ];
}

/** The prefix keeps a leading '-' from command lines, and tells scanners for leaked secrets what it is. */
function newToken(): string {
  return `sp_${randomBytes(tokenBytes).toString('base64url')}`;
}

function hashOf(token: string): string {
  return createHash('sha256').update(token).digest('base64url');
}
