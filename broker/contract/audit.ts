import { z } from 'zod';

/** Who changed what: each line is chained to the one before by its hash, so that no line can be altered unseen. */
export const AuditEvent = z.object({
  at: z.int().describe('epoch ms UTC'),
  actor: z
    .string()
    .max(200)
    .describe('admin, operator:<name>, provider:<id>, device:<key> or public'),
  action: z.string().max(100).describe('name of the operation, as in the OpenAPI document'),
  object: z.string().max(300).optional().describe('what it was about'),
  outcome: z.enum(['done', 'refused', 'failed']),
  status: z.int().describe('HTTP status of the answer'),
  address: z.string().max(100).describe('address that the request came from'),
});
export type AuditEvent = z.infer<typeof AuditEvent>;

const Hash = z.string().regex(/^[0-9a-f]{64}$/);

export const AuditEntry = AuditEvent.extend({
  seq: z.int().min(1),
  previous: Hash.describe('hash of the entry before'),
  hash: Hash.describe('SHA-256 over this entry without its hash'),
});
export type AuditEntry = z.infer<typeof AuditEntry>;

/** Whether the kept entries are one unbroken chain. */
export const AuditCheck = z.object({
  whole: z.boolean(),
  entries: z.int().describe('entries looked at'),
  brokenAt: z.int().optional().describe('the first entry that does not follow from the one before'),
});
export type AuditCheck = z.infer<typeof AuditCheck>;

export interface AuditFilter {
  actor?: string | undefined;
  action?: string | undefined;
  object?: string | undefined;
  /** Epoch ms: `from` included, `to` excluded. */
  from?: number | undefined;
  to?: number | undefined;
  /** `seq` to page on from. */
  before?: number | undefined;
  limit: number;
}

/** The audit log: only ever added to; bounded, the oldest file goes as a whole. */
export interface AuditLog {
  /** Resolves when it is on disk. @throws AuditUnavailable */
  append(event: AuditEvent): Promise<void>;
  /** Newest first. */
  list(filter: AuditFilter): Promise<AuditEntry[]>;
  check(): Promise<AuditCheck>;
}

/** The audit log cannot be written now. */
export class AuditUnavailable extends Error {
  readonly code = 'audit-unavailable';
}
