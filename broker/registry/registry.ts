import { createHash, randomBytes } from 'node:crypto';
import type { Account } from '../contract/access.ts';
import { type DeviceKey, deviceKey } from '../contract/ids.ts';
import { limits } from '../contract/limits.ts';
import { type Registry, type RegistryChange, RegistryFull } from '../contract/registry.ts';
import { RegistryFile, type Write } from './registry-file.ts';
import type { LoggedChange } from './schema.ts';

export interface RegistryDeps {
  /** Told when changes of another process could not be read; the next poll tries again. */
  onPollError?: (error: unknown) => void;
}

/** How often changes of other processes are looked for. */
const pollMs = 500;
/** Bytes of a token: as hard to guess as a 256-bit key. */
const tokenBytes = 32;

/** Opens the registry at a path (a folder that is made when missing). See {@link Registry} for what it promises. */
export function createRegistry({ path }: { path: string }, deps: RegistryDeps = {}): Registry {
  const file = new RegistryFile(path);
  let { state, seq } = file.load();
  const listeners = new Set<(change: RegistryChange) => void>();
  const write = createBatcher(file);

  function announce(change: LoggedChange): void {
    for (const listener of listeners) listener(withoutHash(change));
  }

  /** Brings memory up to the file: the one way in for changes of our own and of others, in one order. */
  function catchUp(): void {
    if (file.lastChange() === seq) return;
    const changes = file.changesAfter(seq);
    if (!changes) {
      reload();
      return;
    }
    for (const { seq: next, change } of changes) {
      state.apply(change);
      seq = next;
      announce(change);
    }
  }

  function reload(): void {
    const before = state;
    ({ state, seq } = file.load());
    for (const change of before.differencesTo(state)) announce(change);
  }

  async function commit(decide: Write): Promise<void> {
    await write(decide);
    catchUp();
  }

  const stopPolling = repeat(catchUp, deps.onPollError);

  return {
    device: (key) => state.devices.get(key),
    devices: () => state.devices.values(),
    deviceCount: () => state.devices.size,
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

    provider: (id) => state.providers.get(id),
    providers: () => state.providers.values(),
    putProvider(provider) {
      const { id } = provider;
      return commit(() => {
        if (!file.hasProvider(id) && file.providerCount() >= limits.providersMax)
          throw new RegistryFull(`no more than ${limits.providersMax} providers`);
        return [{ kind: 'provider', id, provider }];
      });
    },

    reportedStatus: (key) => state.statuses.get(key),
    putReportedStatus: (key, status) => commit(() => [{ kind: 'status', key, status }]),

    accountOf: (token) => state.accountOfHash.get(hashOf(token)),
    async issueToken(account) {
      const token = newToken();
      await commit(() => [{ kind: 'tokens', account, hash: hashOf(token) }]);
      return token;
    },
    async revokeTokens(account) {
      const existed = state.hashOf(account) !== undefined;
      await commit(() => (file.hasToken(account) ? [{ kind: 'tokens', account }] : []));
      return existed;
    },
    tokenAccounts: () => state.accountOfHash.values(),

    onChange(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    async close() {
      stopPolling();
      listeners.clear();
      await file.close();
    },
  };
}

/** Does it every {@link pollMs}. Returns the way to stop. */
function repeat(work: () => void, onError: RegistryDeps['onPollError']): () => void {
  const timer = setInterval(() => {
    try {
      work();
    } catch (error) {
      onError?.(error);
    }
  }, pollMs);
  timer.unref();
  return () => clearInterval(timer);
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

function withoutHash(change: LoggedChange): RegistryChange {
  switch (change.kind) {
    case 'tokens':
      return { kind: 'tokens', account: change.account };
    case 'device':
      return { kind: 'device', key: change.key, device: change.device };
    case 'provider':
      return { kind: 'provider', id: change.id, provider: change.provider };
    default:
      return change;
  }
}

/** The prefix keeps a leading '-' from command lines, and tells scanners for leaked secrets what it is. */
function newToken(): string {
  return `sp_${randomBytes(tokenBytes).toString('base64url')}`;
}

function hashOf(token: string): string {
  return createHash('sha256').update(token).digest('base64url');
}
