import { z } from 'zod';
import { only } from '../authenticate.ts';
import type { Api, Context } from '../context.ts';
import { ApiError } from '../errors.ts';
import { tags } from '../openapi.ts';

const name = z.string().trim().min(1).max(100);
const admins = only('admin');

/** Tokens for people of the operations centre: issue, list whose they are, revoke. */
export function operatorsRoute(app: Api, context: Context): void {
  const { registry } = context.deps;
  app.route({
    method: 'POST',
    url: '/api/v1/operators',
    schema: {
      operationId: 'issueOperatorToken',
      tags: [tags.accounts],
      summary: 'A token for an operator, shown this once; one that the name had before ends',
      body: z.strictObject({ name }),
      response: { 201: z.object({ name, token: z.string() }) },
    },
    onRequest: admins,
    handler: async (request, reply) => {
      const operator = request.body.name;
      const token = await registry.issueToken({ kind: 'operator', name: operator });
      return reply.code(201).send({ name: operator, token });
    },
  });
  app.route({
    method: 'GET',
    url: '/api/v1/operators',
    schema: {
      operationId: 'listOperators',
      tags: [tags.accounts],
      summary: 'Operators that have a token',
      response: { 200: z.object({ operators: z.array(z.object({ name: z.string() })) }) },
    },
    onRequest: admins,
    handler: async () => {
      const names = [...registry.tokenAccounts()].flatMap((account) =>
        account.kind === 'operator' ? [account.name] : [],
      );
      return { operators: names.sort().map((operator) => ({ name: operator })) };
    },
  });
  app.route({
    method: 'DELETE',
    url: '/api/v1/operators/:name',
    schema: {
      operationId: 'removeOperator',
      tags: [tags.accounts],
      summary: "End an operator's token, sessions and streams",
      params: z.object({ name }),
      response: { 204: z.undefined().describe('removed') },
    },
    onRequest: admins,
    handler: async (request, reply) => {
      const existed = await registry.revokeTokens({ kind: 'operator', name: request.params.name });
      if (!existed) throw new ApiError('not-found');
      return reply.code(204).send();
    },
  });
}
