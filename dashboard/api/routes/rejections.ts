import { z } from 'zod';
import { DeviceKey } from '../../../broker/contract/ids.ts';
import {
  RejectedMessage,
  type RejectionFilter,
  RejectReason,
} from '../../../broker/contract/rejection.ts';
import type { Caller } from '../access.ts';
import type { Api, Context } from '../context.ts';
import { ApiError } from '../errors.ts';
import { apiLimits } from '../limits.ts';
import { tags } from '../openapi.ts';

const Query = z.strictObject({
  device: DeviceKey.optional(),
  reason: RejectReason.optional(),
  before: z.string().max(100).optional().describe('id of a message, to page on from'),
  limit: z.coerce.number().int().min(1).max(apiLimits.rejectionsPageMax).default(100),
});

/** `GET /api/v1/rejections`: refused messages with reason and raw bytes, newest first. */
export function rejectionsRoute(app: Api, context: Context): void {
  app.route({
    method: 'GET',
    url: '/api/v1/rejections',
    schema: {
      operationId: 'listRejections',
      tags: [tags.readings],
      summary: 'Refused messages, newest first; providers and devices see their own',
      querystring: Query,
      response: { 200: z.object({ rejections: z.array(RejectedMessage) }) },
    },
    onRequest: async ({ caller }) => {
      if (!caller.account) throw new ApiError('sign-in-required');
    },
    handler: async ({ query, caller }) => {
      const filter = ownOf(caller, query);
      return { rejections: filter ? context.deps.rejections.list(filter) : [] };
    },
  });
}

/** The filter, narrowed to what the caller may see; undefined when that is nothing. */
function ownOf(caller: Caller, filter: RejectionFilter): RejectionFilter | undefined {
  if (caller.role === 'admin' || caller.role === 'operator') return filter;
  if (caller.provider !== undefined) return { ...filter, provider: caller.provider };
  if (caller.device === undefined) return undefined;
  if (filter.device !== undefined && filter.device !== caller.device) return undefined;
  return { ...filter, device: caller.device };
}
