import { type Database, open, type RootDatabase } from 'lmdb';
import { type DeviceKey, providerOf } from '../../broker/contract/ids.ts';
import { limits } from '../../broker/contract/limits.ts';
import type {
  KeptMessage,
  RejectionFilter,
  RejectionLog,
  RejectReason,
  Replay,
} from '../../broker/contract/rejection.ts';
import { ingestLimits } from '../limits.ts';

/** What a message is found by: small, so that looking for one does not read the bytes of all. */
interface Head {
  at: number;
  device?: DeviceKey;
  provider?: string;
  reasons: RejectReason[];
  isOpen: boolean;
  /** What the message takes, for the bound. */
  bytes: number;
}

/**
 * Keeps rejected messages on disk under their id, newest found first. Bounded by count and bytes: the
 * oldest are forgotten; by age where somebody calls `forgetBefore`. Another process may read while
 * this one writes.
 */
export function createRejectionLog(config: {
  path: string;
  /** Other than the usual bound. */
  bytesMax?: number;
}): RejectionLog & { close(): Promise<void> } {
  const { bytesMax = ingestLimits.rejectionBytesMax } = config;
  const { root, heads, messages } = openTables(config.path);
  let count = 0;
  let bytes = 0;
  recount();

  function recount(): void {
    count = 0;
    bytes = 0;
    for (const { value } of heads.getRange()) {
      count += 1;
      bytes += value.bytes;
    }
  }

  function remove(id: string, head: Head): void {
    heads.removeSync(id);
    messages.removeSync(id);
    count -= 1;
    bytes -= head.bytes;
  }

  function forgetOldest(): void {
    if (count <= limits.rejectionsMax && bytes <= bytesMax) return;
    for (const { key, value } of heads.getRange()) {
      if (count <= limits.rejectionsMax && bytes <= bytesMax) return;
      remove(key, value);
    }
  }

  /** Runs one transaction; resolves when it is on disk. One that fails leaves no trace. */
  async function commit(write: () => void): Promise<void> {
    try {
      await root.transaction(write);
      await root.flushed;
    } catch (error) {
      recount();
      throw await causeOf(error);
    }
  }

  return {
    append(added) {
      return commit(() => {
        for (const message of added) {
          if (heads.doesExist(message.id)) continue;
          const head = headOf(message);
          heads.putSync(message.id, head);
          messages.putSync(message.id, message);
          count += 1;
          bytes += head.bytes;
        }
        forgetOldest();
      });
    },

    list: (filter) => find({ heads, messages }, filter),

    get: (id) => messages.get(id),

    markReplayed(id, replay: Replay) {
      return commit(() => {
        const message = messages.get(id);
        if (!message) return;
        const marked = { ...message, replayed: replay };
        const before = heads.get(id)?.bytes ?? 0;
        const head = headOf(marked);
        heads.putSync(id, head);
        messages.putSync(id, marked);
        bytes += head.bytes - before;
      });
    },

    async forgetBefore(at) {
      const before = count;
      await commit(() => {
        for (const { key, value } of heads.getRange()) {
          // Ids are in the order of arrival: what follows is younger.
          if (value.at >= at) return;
          remove(key, value);
        }
      });
      return before - count;
    },

    close: () => root.close(),
  };
}

interface Tables {
  heads: Database<Head, string>;
  messages: Database<KeptMessage, string>;
}

function openTables(path: string): Tables & { root: RootDatabase<unknown, string> } {
  const root = open<unknown, string>({
    path,
    maxDbs: 4,
    encoding: 'json',
    // With it, lmdb makes promises of its own that nobody can take: a full disk would end the process.
    eventTurnBatching: false,
  });
  return {
    root,
    heads: root.openDB({ name: 'heads', encoding: 'json' }),
    messages: root.openDB({ name: 'messages', encoding: 'json' }),
  };
}

/** Newest first. */
function find({ heads, messages }: Tables, filter: RejectionFilter): KeptMessage[] {
  const found: KeptMessage[] = [];
  const { before } = filter;
  const range = heads.getRange({
    reverse: true,
    ...(before ? { start: before, exclusiveStart: true } : {}),
  });
  for (const { key, value } of range) {
    if (found.length >= filter.limit) break;
    if (!matches(value, filter)) continue;
    const message = messages.get(key);
    if (message) found.push(message);
  }
  return found;
}

function headOf(message: KeptMessage): Head {
  const { at, device, sender, rejections, replayed } = message;
  const provider = device ? providerOf(device) : providerOfSender(sender);
  return {
    at,
    ...(device === undefined ? {} : { device }),
    ...(provider === undefined ? {} : { provider }),
    reasons: [...new Set(rejections.map(({ reason }) => reason))],
    isOpen: !replayed || replayed.rejected > 0,
    bytes: Buffer.byteLength(JSON.stringify(message)),
  };
}

function providerOfSender(sender: KeptMessage['sender']): string | undefined {
  const account = sender?.account;
  return account?.kind === 'provider' ? account.provider : undefined;
}

function matches(
  head: Head,
  { device, provider, reason, from, to, open }: RejectionFilter,
): boolean {
  if (device !== undefined && head.device !== device) return false;
  if (provider !== undefined && head.provider !== provider) return false;
  if (reason !== undefined && !head.reasons.includes(reason)) return false;
  if (from !== undefined && head.at < from) return false;
  if (to !== undefined && head.at >= to) return false;
  return open === undefined || head.isOpen === open;
}

/** What the disk said. lmdb puts it into a second promise, which would end the process if nobody took it. */
async function causeOf(error: unknown): Promise<unknown> {
  const { commitError } = error as { commitError?: Promise<never> };
  try {
    await commitError;
    return error;
  } catch (cause) {
    return cause;
  }
}
