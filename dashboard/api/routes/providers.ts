import { z } from 'zod';
import { NewProvider, ProviderView, RegisteredProvider } from '../../../broker/contract/api.ts';
import { Id } from '../../../broker/contract/ids.ts';
import { audienceOf } from '../access.ts';
import { only, readers } from '../authenticate.ts';
import type { Api, Context } from '../context.ts';
import { ApiError } from '../errors.ts';
import { tags } from '../openapi.ts';

const admins = only('admin');

/** Who answers for devices: list, register, a new token, or none. */
export function providersRoutes(app: Api, context: Context): void {
  listing(app, context);
  registration(app, context);
  rotation(app, context);
  revocation(app, context);
}

function listing(app: Api, context: Context): void {
  app.route({
    method: 'GET',
    url: '/api/v1/providers',
    schema: {
      operationId: 'listProviders',
      tags: [tags.accounts],
      summary: 'Providers of devices that the caller may see, and how many these are',
      response: { 200: z.object({ providers: z.array(ProviderView) }) },
    },
    onRequest: readers(context),
    handler: async ({ caller }) => {
      const { registry } = context.deps;
      const audience = audienceOf(caller, context.config.publicRead);
      const counts = new Map<string, number>();
      for (const device of registry.devices()) {
        if (!audience.sees(device)) continue;
        counts.set(device.provider, (counts.get(device.provider) ?? 0) + 1);
      }
      const isShown = (id: string) =>
        audience.isOperations || caller.provider === id || counts.has(id);
      const shown = [...registry.providers()].filter(({ id }) => isShown(id));
      return {
        providers: shown.map((provider) => ({
          ...provider,
          devices: counts.get(provider.id) ?? 0,
        })),
      };
    },
  });
}

function registration(app: Api, context: Context): void {
  const { registry, clock } = context.deps;
  /** Providers whose registration is under way: two at once must not both succeed. */
  const underWay = new Set<string>();
  app.route({
    method: 'POST',
    url: '/api/v1/providers',
    schema: {
      operationId: 'registerProvider',
      tags: [tags.accounts],
      summary: 'Register a provider; the answer shows its token, this once',
      body: z.strictObject(NewProvider.shape),
      response: { 201: RegisteredProvider },
    },
    onRequest: admins,
    handler: async (request, reply) => {
      const { id, name } = request.body;
      if (underWay.has(id) || registry.provider(id)) throw new ApiError('exists', id);
      underWay.add(id);
      try {
        await registry.putProvider({ id, name, createdAt: clock(), open: false });
        const token = await registry.issueToken({ kind: 'provider', provider: id });
        return reply.code(201).send({ id, name, token });
      } finally {
        underWay.delete(id);
      }
    },
  });
}

function rotation(app: Api, context: Context): void {
  const { registry } = context.deps;
  app.route({
    method: 'POST',
    url: '/api/v1/providers/:provider/token',
    schema: {
      operationId: 'rotateProviderToken',
      tags: [tags.accounts],
      summary: 'A new token; the one before stops being valid',
      params: z.object({ provider: Id }),
      response: { 201: RegisteredProvider },
    },
    onRequest: admins,
    handler: async (request, reply) => {
      const provider = registry.provider(request.params.provider);
      if (!provider) throw new ApiError('not-found');
      const { id, name } = provider;
      const token = await registry.issueToken({ kind: 'provider', provider: id });
      return reply.code(201).send({ id, name, token });
    },
  });
}

function revocation(app: Api, context: Context): void {
  const { registry } = context.deps;
  app.route({
    method: 'DELETE',
    url: '/api/v1/providers/:provider/token',
    schema: {
      operationId: 'revokeProviderToken',
      tags: [tags.accounts],
      summary: 'End the token; open connections with it are closed, its devices keep their own',
      params: z.object({ provider: Id }),
      response: { 204: z.undefined().describe('it has no token now') },
    },
    onRequest: admins,
    handler: async (request, reply) => {
      const provider = registry.provider(request.params.provider);
      if (!provider) throw new ApiError('not-found');
      await registry.revokeTokens({ kind: 'provider', provider: provider.id });
      return reply.code(204).send();
    },
  });
}
