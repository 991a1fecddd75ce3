import { createHash } from 'node:crypto';
import { AuditEntry, type AuditEvent } from '../contract/audit.ts';

/** What the first entry of all follows. */
export const chainStart = '0'.repeat(64);

/** The entry that an event becomes behind another one. */
export function chained(
  event: AuditEvent,
  after: { seq: number; hash: string } | undefined,
): AuditEntry {
  const entry = { seq: (after?.seq ?? 0) + 1, ...event, previous: after?.hash ?? chainStart };
  return { ...entry, hash: hashOf(entry) };
}

/** Whether an entry says what was written, and follows the one before (undefined: not known). */
export function follows(entry: AuditEntry, before: AuditEntry | undefined): boolean {
  const { hash, ...content } = entry;
  if (hash !== hashOf(content)) return false;
  return !before || (entry.previous === before.hash && entry.seq === before.seq + 1);
}

/** The entry of a line, or undefined when it is none. */
export function parseEntry(line: string): AuditEntry | undefined {
  try {
    return AuditEntry.parse(JSON.parse(line));
  } catch {
    return undefined;
  }
}

/** The order of fields must not matter: the text is made of sorted ones. */
function hashOf(content: Omit<AuditEntry, 'hash'>): string {
  const sorted = Object.entries(content).sort(([a], [b]) => (a < b ? -1 : 1));
  return createHash('sha256').update(JSON.stringify(sorted)).digest('hex');
}
