import type { FastifyRequest } from 'fastify';
import { z } from 'zod';
import type { Account } from '../../../broker/contract/access.ts';
import { PushResult } from '../../../broker/contract/api.ts';
import { DeviceKey, providerOf } from '../../../broker/contract/ids.ts';
import { limits } from '../../../broker/contract/limits.ts';
import { readingsTopic } from '../../../broker/contract/topics.ts';
import type { Api, Context, PushMessage } from '../context.ts';
import { ApiError } from '../errors.ts';
import { createGate } from '../gate.ts';
import { handIn, resultOf } from '../hand-in.ts';
import { apiLimits } from '../limits.ts';
import { tags } from '../openapi.ts';

const Query = z.object({
  device: DeviceKey.optional().describe('whose readings these are, where the body does not say'),
});

/** Paths that stock firmware has built in, and what it speaks there. */
const stockPaths = [
  { url: '/v1/push-sensor-data/', dialect: 'airrohr', operationId: 'pushSensorCommunity' },
  { url: '/v1/push-sensor-data', dialect: 'airrohr', operationId: 'pushSensorCommunityBare' },
  { url: '/data.php', dialect: 'airrohr', operationId: 'pushAirrohrCustom' },
];

/** Headers that a dialect may need to know the device; nothing else is handed on. */
const headersKept = ['x-sensor', 'x-mac-id', 'x-pin', 'content-type', 'user-agent'] as const;

/** HTTP push for devices that speak no MQTT. A 2xx says that the message is on disk. */
export async function pushRoutes(app: Api, context: Context): Promise<void> {
  // Stock firmware sends wrong content types: the body is taken as it is, and the dialect tells.
  app.removeAllContentTypeParsers();
  const bodyLimit = limits.payloadBytesMax;
  app.addContentTypeParser('*', { parseAs: 'buffer', bodyLimit }, (_request, body, done) =>
    done(null, body),
  );
  const gate = createGate(apiLimits.pushesMax);
  const push = async (message: PushMessage) => resultOf(await handIn(context, message));
  const common = {
    method: 'POST' as const,
    config: { takesBasic: true },
    bodyLimit,
    onRequest: async (request: FastifyRequest) => {
      pusherOf(request, context);
    },
  };
  const docs = {
    tags: [tags.push],
    consumes: ['*/*'],
    body: z.any().describe('as the device sends it'),
    querystring: Query,
    response: { 200: PushResult },
  };
  app.route({
    ...common,
    url: '/api/v1/push/:dialect',
    schema: {
      ...docs,
      operationId: 'push',
      summary: 'Push a message in a dialect: native, senml, airrohr, …',
      params: z.object({ dialect: z.string().regex(/^[a-z0-9-]{1,64}$/, 'must be a dialect') }),
    },
    handler: async (request) =>
      gate(() => push(toMessage(context, request, request.params.dialect))),
  });
  for (const { url, dialect, operationId } of stockPaths) {
    app.route({
      ...common,
      url,
      schema: { ...docs, operationId, summary: `Built into stock firmware of ${dialect}` },
      handler: async (request) => gate(() => push(toMessage(context, request, dialect))),
    });
  }
}

/** The account that pushes; people's accounts do not, and a page cannot do it with a session. */
function pusherOf({ caller }: FastifyRequest, { config }: Context): Account {
  const { account } = caller;
  if (!account) {
    if (config.enrolment === 'open') return { kind: 'anonymous' };
    throw new ApiError('sign-in-required');
  }
  if (account.kind === 'device' || account.kind === 'provider') return account;
  throw new ApiError('forbidden', "this needs a device's or a provider's token");
}

function toMessage(context: Context, request: FastifyRequest, dialect: string): PushMessage {
  const account = pusherOf(request, context);
  const { device } = request.query as z.output<typeof Query>;
  if (device !== undefined && !isOwn(account, device)) throw new ApiError('forbidden', device);
  const path = request.url.split('?', 1)[0] ?? request.url;
  const headers = headersKept.flatMap((name): [string, string][] => {
    const value = request.headers[name];
    return value === undefined ? [] : [[name, String(value)]];
  });
  return {
    topic: device === undefined ? path : readingsTopic(device),
    payload: Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0),
    qos: 1,
    retain: false,
    receivedAt: context.deps.clock(),
    account,
    dialect,
    headers: Object.fromEntries(headers),
  };
}

function isOwn(account: Account, device: DeviceKey): boolean {
  if (account.kind === 'device') return account.device === device;
  return account.kind === 'provider' && account.provider === providerOf(device);
}
