import { z } from 'zod';
import { DeviceKey, Id } from '../../../broker/contract/ids.ts';
import { Instant } from '../../../broker/contract/instant.ts';
import {
  type KeptMessage,
  RejectedMessage,
  type RejectionFilter,
  RejectReason,
} from '../../../broker/contract/rejection.ts';
import { narrowed } from '../access.ts';
import type { Api, Context } from '../context.ts';
import { ApiError } from '../errors.ts';
import { exportFormats, exportRejections } from '../export-rejections.ts';
import { apiLimits } from '../limits.ts';
import { tags, whole } from '../openapi.ts';

/** Which rejected messages are asked for, in a query string or a body. */
export const RejectionQuery = z.strictObject({
  device: DeviceKey.optional(),
  provider: Id.optional(),
  reason: RejectReason.optional(),
  from: Instant.optional().describe('arrival, included'),
  to: Instant.optional().describe('arrival, excluded'),
  before: z.string().max(100).optional().describe('id of a message, to page on from'),
});

const Query = RejectionQuery.extend({
  open: z
    .enum(['true', 'false'])
    .transform((text) => text === 'true')
    .optional()
    .describe('true: something of it is still refused'),
  limit: z.coerce
    .number()
    .int()
    .min(1)
    .max(apiLimits.rejectionsPageMax)
    .default(100)
    .describe('of one page; an export has all'),
  format: z.enum(['json', ...exportFormats]).default('json'),
});

const Page = z.object({ rejections: z.array(RejectedMessage) });

/** `GET /api/v1/rejections`: refused messages with reason and raw bytes, newest first; a page or all of them. */
export function rejectionsRoute(app: Api, context: Context): void {
  const startExport = exportRejections(context);
  app.route({
    method: 'GET',
    url: '/api/v1/rejections',
    schema: {
      operationId: 'listRejections',
      tags: [tags.readings],
      summary: 'Refused messages, newest first; providers and devices see their own',
      querystring: Query,
      response: {
        200: {
          description: 'A page as JSON, or all as lines of JSON or as CSV',
          content: {
            'application/json': { schema: Page },
            'application/x-ndjson': { schema: z.string() },
            'text/csv': { schema: z.string() },
          },
        },
      },
    },
    serializerCompiler: whole,
    onRequest: async ({ caller }) => {
      if (!caller.account) throw new ApiError('sign-in-required');
    },
    handler: async ({ query, caller }, reply) => {
      const { format, ...asked } = query;
      const filter: RejectionFilter | undefined = narrowed(caller, asked);
      if (format !== 'json') return startExport(reply, format, filter);
      const found = filter ? context.deps.rejections.list(filter) : [];
      return reply.type('application/json').send({ rejections: found.map(shown) });
    },
  });
}

/** A message as the API shows it. */
export function shown({ sender: _sender, ...message }: KeptMessage): RejectedMessage {
  return message;
}
