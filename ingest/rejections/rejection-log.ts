import { open } from 'lmdb';
import { providerOf } from '../../broker/contract/ids.ts';
import { limits } from '../../broker/contract/limits.ts';
import type {
  RejectedMessage,
  RejectionFilter,
  RejectionLog,
} from '../../broker/contract/rejection.ts';
import { ingestLimits } from '../limits.ts';

/** Rejected messages looked at for one answer; a rarer filter pages on from the last id seen. */
const scanMax = 20_000;

/**
 * Keeps rejected messages on disk under their id, newest found first. Bounded by count and bytes: the
 * oldest are forgotten. Another process may read while this one writes.
 */
export function createRejectionLog(config: {
  path: string;
}): RejectionLog & { close(): Promise<void> } {
  const db = open<RejectedMessage, string>({ path: config.path, encoding: 'json' });
  let bytes = 0;
  for (const { value } of db.getRange()) bytes += value.payload.length;

  async function append(messages: readonly RejectedMessage[]): Promise<void> {
    await db.transaction(() => {
      for (const message of messages) {
        if (db.get(message.id)) continue;
        bytes += message.payload.length;
        db.putSync(message.id, message);
      }
      forgetOldest();
    });
    await db.flushed;
  }

  function forgetOldest(): void {
    let surplus = db.getCount() - limits.rejectionsMax;
    if (surplus <= 0 && bytes <= ingestLimits.rejectionBytesMax) return;
    for (const { key, value } of db.getRange()) {
      if (surplus <= 0 && bytes <= ingestLimits.rejectionBytesMax) return;
      db.removeSync(key);
      bytes -= value.payload.length;
      surplus--;
    }
  }

  function list(filter: RejectionFilter): RejectedMessage[] {
    const found: RejectedMessage[] = [];
    const range = db.getRange({
      reverse: true,
      limit: scanMax,
      ...(filter.before ? { start: filter.before, exclusiveStart: true } : {}),
    });
    for (const { value } of range) {
      if (found.length >= filter.limit) break;
      if (matches(value, filter)) found.push(value);
    }
    return found;
  }

  return { append, list, close: () => db.close() };
}

function matches(message: RejectedMessage, filter: RejectionFilter): boolean {
  const { device, provider, reason } = filter;
  if (device !== undefined && message.device !== device) return false;
  if (provider !== undefined && (!message.device || providerOf(message.device) !== provider))
    return false;
  return (
    reason === undefined || message.rejections.some((rejection) => rejection.reason === reason)
  );
}
