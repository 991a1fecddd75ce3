import { z } from 'zod';
import { accountName } from '../../../broker/contract/access.ts';
import { PushResult } from '../../../broker/contract/api.ts';
import type { KeptMessage } from '../../../broker/contract/rejection.ts';
import { type Caller, mayReplay, narrowed } from '../access.ts';
import { only } from '../authenticate.ts';
import type { Api, Context, PushMessage, PushOutcome } from '../context.ts';
import { ApiError } from '../errors.ts';
import { createGate } from '../gate.ts';
import { handIn, resultOf } from '../hand-in.ts';
import { apiLimits } from '../limits.ts';
import { tags } from '../openapi.ts';
import { RejectionQuery } from './rejections.ts';

const replayers = only('provider', 'operator', 'admin');

const BulkReplay = z.object({
  replayed: z.int().describe('messages handed in again'),
  closed: z.int().describe('of these: messages of which nothing is refused any more'),
  accepted: z.int().describe('readings; what is stored already is counted as duplicate'),
  rejected: z.int().describe('readings that are refused still'),
  next: z.string().optional().describe('there may be more: ask again with this as `before`'),
});

/** Hands rejected messages to ingest once more, after what was wrong has been put right. */
export function replayRoutes(app: Api, context: Context): void {
  one(app, context);
  many(app, context);
}

function one(app: Api, context: Context): void {
  app.route({
    method: 'POST',
    url: '/api/v1/rejections/:id/replay',
    schema: {
      operationId: 'replayRejection',
      tags: [tags.readings],
      summary: 'Hand one refused message in again; what is stored already stays as it is',
      description:
        'The raw bytes go in with their first arrival, so that readings get the same keys. Readings ' +
        'older than the retention of raw values are refused again.',
      params: z.object({ id: z.string().max(100) }),
      response: { 200: PushResult },
    },
    onRequest: replayers,
    handler: async ({ params, caller }) => {
      const message = context.deps.rejections.get(params.id);
      if (!message || !mayReplay(caller, message)) throw new ApiError('not-found');
      return resultOf(await replay(context, message, caller));
    },
  });
}

function many(app: Api, context: Context): void {
  const gate = createGate(1);
  app.route({
    method: 'POST',
    url: '/api/v1/rejections/replay',
    schema: {
      operationId: 'replayRejections',
      tags: [tags.readings],
      summary:
        'Hand in again what is open and matches a filter, newest first; one request at a time',
      body: RejectionQuery.extend({
        limit: z.int().min(1).max(apiLimits.replaysMax).default(apiLimits.replaysMax),
      }),
      response: { 200: BulkReplay },
    },
    onRequest: replayers,
    handler: async ({ body, caller }) =>
      gate(async () => {
        const sum: z.infer<typeof BulkReplay> = {
          replayed: 0,
          closed: 0,
          accepted: 0,
          rejected: 0,
        };
        const filter = narrowed(caller, { ...body, open: true });
        if (!filter) return sum;
        let { before } = filter;
        while (sum.replayed < filter.limit) {
          // One at a time: bytes of many messages must not be in memory together.
          const [message] = context.deps.rejections.list({ ...filter, before, limit: 1 });
          if (!message) return sum;
          const { accepted, rejections } = await replay(context, message, caller);
          sum.replayed += 1;
          sum.accepted += accepted;
          sum.rejected += rejections.length;
          if (rejections.length === 0) sum.closed += 1;
          before = message.id;
        }
        return { ...sum, ...(before === undefined ? {} : { next: before }) };
      }),
  });
}

async function replay(
  context: Context,
  message: KeptMessage,
  { account }: Caller,
): Promise<PushOutcome> {
  const { rejections, clock } = context.deps;
  const outcome = await handIn(context, inbound(message));
  await rejections.markReplayed(message.id, {
    at: clock(),
    by: account ? accountName(account) : 'public',
    accepted: outcome.accepted,
    rejected: outcome.rejections.length,
  });
  return outcome;
}

/** The message as it came in the first time. */
function inbound({ id, at, topic, payload, sender }: KeptMessage): PushMessage {
  return {
    topic,
    payload: Buffer.from(payload, 'base64'),
    qos: 1,
    retain: false,
    receivedAt: at,
    ...sender,
    replayOf: id,
  };
}
