import { z } from 'zod';
import { AuditCheck, AuditEntry } from '../../../broker/contract/audit.ts';
import { Instant } from '../../../broker/contract/instant.ts';
import { only } from '../authenticate.ts';
import type { Api, Context } from '../context.ts';
import { createGate } from '../gate.ts';
import { apiLimits } from '../limits.ts';
import { tags } from '../openapi.ts';

const Query = z.strictObject({
  actor: z.string().max(200).optional().describe('as in the entries, e.g. operator:Ada'),
  action: z.string().max(100).optional(),
  object: z.string().max(300).optional(),
  from: Instant.optional().describe('included'),
  to: Instant.optional().describe('excluded'),
  before: z.coerce.number().int().min(1).optional().describe('`seq` of an entry, to page on from'),
  limit: z.coerce.number().int().min(1).max(apiLimits.auditPageMax).default(100),
  check: z
    .enum(['true', 'false'])
    .default('false')
    .describe('true: also look whether the chain of all kept entries is whole'),
});

/** `GET /api/v1/audit`: who changed what, newest first. */
export function auditRoute(app: Api, context: Context): void {
  const gate = createGate(apiLimits.auditReadsMax);
  app.route({
    method: 'GET',
    url: '/api/v1/audit',
    schema: {
      operationId: 'audit',
      tags: [tags.accounts],
      summary: 'Who changed what and who signed in, newest first',
      querystring: Query,
      response: {
        200: z.object({ entries: z.array(AuditEntry), chain: AuditCheck.optional() }),
      },
    },
    onRequest: only('admin'),
    handler: async ({ query }) =>
      gate(async () => {
        const { check, ...filter } = query;
        const { audit } = context.deps;
        const entries = await audit.list(filter);
        return { entries, ...(check === 'true' ? { chain: await audit.check() } : {}) };
      }),
  });
}
